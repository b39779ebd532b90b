import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openSqliteHostStore } from "@countersign/storage/sqlite";
import { startHost } from "../src/main.ts";
import { prepareSite, requestBytes } from "./site.ts";

const directory = await mkdtemp(join(tmpdir(), "countersign-stop-"));
after(() => rm(directory, { recursive: true, force: true }));
const site = await prepareSite(directory);
const [product] = site.products;
const options = {
  dataDirectory: site.hostDirectory,
  port: 0,
  adminPort: 0,
  listenAddress: "127.0.0.1",
  logLevel: "silent",
};

test("requests in flight at a stop all get their answer and their rows are there", async () => {
  assert.ok(product);
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let armed = false;
  let committing = () => {};
  const inFlight = new Promise<void>((resolve) => {
    committing = resolve;
  });
  const host = await startHost({
    ...options,
    wrapStore: (store) => ({
      ...store,
      transact: async (work) => {
        if (armed) {
          committing();
          await released;
        }
        return store.transact(work);
      },
    }),
  });
  armed = true;
  // Pipelined in one write, so that all of them are accepted when the first is being committed.
  const socket = connect(host.port, "127.0.0.1", () =>
    socket.write(Buffer.concat(Array.from({ length: 20 }, () => posted(requestBytes(product))))),
  );
  const received: Buffer[] = [];
  socket.on("data", (chunk) => received.push(chunk));
  const ended = once(socket, "close");
  await inFlight;
  const stopped = host.stop();
  release();
  await stopped;
  await ended;
  const served = Buffer.concat(received).toString("latin1").split("HTTP/1.1 200").length - 1;
  const store = openSqliteHostStore(join(site.hostDirectory, "host.db"), (length) => new Uint8Array(length));
  const { machines } = await store.rowCounts();
  await store.close();
  assert.equal(served, 20);
  assert.equal(machines, 20);
});

function posted(body: Uint8Array): Buffer {
  const head = "POST /countersign.v1.ActivationService/Activate HTTP/1.1\r\nhost: x\r\ncontent-type: application/proto";
  return Buffer.concat([Buffer.from(`${head}\r\ncontent-length: ${body.length}\r\n\r\n`), body]);
}

for (const [name, start] of [
  ["http/1.1", "POST / HTTP/1.1\r\nhost: x\r\n"],
  ["h2c", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
]) {
  test(`a header that never ends closes its ${name} socket`, async () => {
    const host = await startHost({ ...options, limits: { headerTimeoutMs: 50 } });
    const socket = connect(host.port, "127.0.0.1", () => socket.write(start ?? ""));
    socket.on("error", () => {});
    socket.resume();
    await once(socket, "close");
    await host.stop();
  });
}
