// What the log says of the service itself, over real stores and sockets.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { REFUSALS, RefusalError } from "@countersign/domain";
import { nodeCryptography } from "@countersign/protocol/node";
import { openSqliteHostStore } from "@countersign/storage/sqlite";
import { startHost } from "../src/main.ts";

const root = await mkdtemp(join(tmpdir(), "countersign-service-events-"));
after(() => rm(root, { recursive: true, force: true }));
const options = { port: 0, adminPort: 0, listenAddress: "127.0.0.1", logLevel: "silent" };

/** The whole log of a host that does not run. */
async function logOf(dataDirectory: string) {
  const store = openSqliteHostStore(join(dataDirectory, "host.db"), nodeCryptography.random);
  const events = await store.events({ afterId: 0, limit: 100, eventIds: [] });
  await store.close();
  return events.map(({ eventId, data }) => [eventId, { ...data }]);
}

test("902 and 903: a start and an orderly end, with version and reason", async () => {
  const dataDirectory = join(root, "a");
  const host = await startHost({ ...options, dataDirectory });
  await host.stop();
  assert.deepEqual(await logOf(dataDirectory), [
    [902, { version: "0.1.0" }],
    [903, { reason: "stop requested" }],
  ]);
});

test("12291: a port that another process has is in the log under its code, and the next start is as ever", async () => {
  const dataDirectory = join(root, "b");
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  await assert.rejects(
    startHost({ ...options, dataDirectory, port }),
    (fault) => fault instanceof RefusalError && fault.refusal.reason === "PORT_IN_USE",
  );
  assert.deepEqual(await logOf(dataDirectory), [[12291, { resultCode: REFUSALS.PORT_IN_USE.code }]]);
  other.close();
  await once(other, "close");
  const host = await startHost({ ...options, dataDirectory, port });
  await host.stop();
  const ids = (await logOf(dataDirectory)).map(([id]) => id);
  assert.deepEqual(ids, [12291, 902, 903]);
});
