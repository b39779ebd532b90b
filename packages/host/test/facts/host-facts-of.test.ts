// Whatever state a host is in, somebody who looks is told what it is like and what keeps it from running.
import assert from "node:assert/strict";
import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, test } from "node:test";
import { openSqliteHostStore } from "@countersign/storage/sqlite";
import { hostFactsOf, type RunningHost, startHost } from "../../src/main.ts";
import { domainIn, hasDefaultRouteIn, resolversIn } from "../../src/node/surroundings/machine-facts.ts";
import { adminOf, prepareSite } from "../site.ts";
import { traceOf } from "../trace.ts";

const root = await mkdtemp(join(tmpdir(), "countersign-facts-"));
after(() => rm(root, { recursive: true, force: true }));
const site = await prepareSite(root);
let copies = 0;

/** A host of its own with everything the prepared one has. */
async function hostCopy(): Promise<string> {
  const directory = join(root, `copy-${copies++}`);
  await cp(site.hostDirectory, directory, { recursive: true });
  return directory;
}

async function configured(text: string) {
  const configFile = join(root, `host-${copies++}.yaml`);
  await writeFile(configFile, text);
  return { env: {}, platform: process.platform, configFile };
}

const unconfigured = () => configured("listenAddress: 127.0.0.1\n");
const quietly = { port: 0, adminPort: 0, listenAddress: "127.0.0.1", logLevel: "silent" } as const;

async function running(dataDirectory: string, look: (host: RunningHost) => Promise<void>): Promise<void> {
  const host = await startHost({ ...quietly, dataDirectory });
  await look(host).finally(() => host.stop());
}

describe("the facts of a host", () => {
  test("that runs are told by the service: where it listens, since when, its disk, its keys", async () => {
    const dataDirectory = await hostCopy();
    await running(dataDirectory, async ({ port }) => {
      const facts = await hostFactsOf(dataDirectory, await unconfigured());
      assert.ok(facts);
      assert.deepEqual(
        [facts.from, facts.isRunning, facts.store, facts.startFailure],
        ["service", true, undefined, undefined],
      );
      assert.deepEqual(facts.listening, { address: "127.0.0.1", port });
      assert.ok((facts.startedMs ?? 0) > 0 && (facts.disk?.totalBytes ?? 0) > 0 && facts.disk?.writable);
      assert.deepEqual(facts.openKeyFiles, []);
      assert.equal(facts.seats[0]?.hostStatus, "licensed");
      assert.equal(facts.machine?.platform, process.platform);
    });
  });

  test("are for viewers and above: whoever may only look at the status is refused", async () => {
    const dataDirectory = await hostCopy();
    await running(dataDirectory, async ({ adminSocket }) => {
      const view = adminOf(adminSocket.replace("admin.sock", "view.sock"));
      await assert.rejects(view.getFacts({}), /getFacts is for administrators/);
    });
  });

  test("that was stopped are read from its store, and nothing in its directory changes", async () => {
    const dataDirectory = await hostCopy();
    await running(dataDirectory, async () => {});
    const before = traceOf(dataDirectory);
    const facts = await hostFactsOf(dataDirectory, await unconfigured());
    assert.deepEqual(traceOf(dataDirectory), before);
    assert.deepEqual([facts?.from, facts?.isRunning, facts?.listening], ["store", false, undefined]);
    assert.equal(facts?.events[0]?.eventId, 903);
    assert.equal(facts?.seats[0]?.partialKey, site.hostKey.slice(-5));
    assert.equal(facts?.store, undefined);
  });

  test("that could not start say why it did not, until a start succeeds", async () => {
    const dataDirectory = await hostCopy();
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, "127.0.0.1", resolve));
    const address = taken.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await assert.rejects(startHost({ ...quietly, dataDirectory, port }));
    taken.close();
    assert.equal((await hostFactsOf(dataDirectory, await unconfigured()))?.startFailure?.reason, "PORT_IN_USE");
    await running(dataDirectory, async () => {});
    assert.equal((await hostFactsOf(dataDirectory, await unconfigured()))?.startFailure, undefined);
  });

  test("whose store is damaged name it, with what its files tell", async () => {
    const dataDirectory = await hostCopy();
    await writeFile(join(dataDirectory, "host.db"), "this was a store once, and then somebody edited it");
    const facts = await hostFactsOf(dataDirectory, await unconfigured());
    assert.deepEqual(
      [facts?.isRunning, facts?.store?.reason, facts?.startFailure?.reason],
      [false, "STORE_CORRUPT", "STORE_CORRUPT"],
    );
    assert.equal(facts?.settings["listenAddress"]?.value, "127.0.0.1");
    assert.ok(facts?.disk?.writable);
  });

  test("whose store is of a later version name it", async () => {
    const dataDirectory = await hostCopy();
    await newerStore(join(dataDirectory, "host.db"));
    const facts = await hostFactsOf(dataDirectory, await unconfigured());
    assert.deepEqual([facts?.isRunning, facts?.store?.reason], [false, "STORE_NEWER"]);
  });

  test("whose store is gone name it", async () => {
    const dataDirectory = await hostCopy();
    await rm(join(dataDirectory, "host.db"));
    assert.equal((await hostFactsOf(dataDirectory, await unconfigured()))?.store?.reason, "STORE_MISSING");
  });

  test("whose store another process holds name it", async () => {
    const dataDirectory = await hostCopy();
    const holder = openSqliteHostStore(join(dataDirectory, "host.db"), (length) => new Uint8Array(length));
    const facts = await hostFactsOf(dataDirectory, await unconfigured());
    await holder.close();
    assert.deepEqual([facts?.isRunning, facts?.store?.reason], [false, "STORE_LOCKED"]);
  });

  test("whose configuration is none name every problem of it, and its store is read all the same", async () => {
    const dataDirectory = await hostCopy();
    const sources = await configured("listeningPort: fast\ncolour: red\n");
    const facts = await hostFactsOf(dataDirectory, sources);
    assert.equal(facts?.startFailure?.reason, "CONFIGURATION_INVALID");
    assert.equal(facts?.configuration?.path, sources.configFile);
    assert.equal(facts?.configuration?.problems.length, 2);
    assert.equal(facts?.seats[0]?.hostStatus, "licensed");
  });

  test("that runs with a configuration that was broken since tell both", async () => {
    const dataDirectory = await hostCopy();
    const sources = await unconfigured();
    const settingLayers = [{ source: "file", place: sources.configFile, values: {} }] as const;
    const host = await startHost({ ...quietly, dataDirectory, settingLayers });
    try {
      await writeFile(sources.configFile, "colour: red\n");
      const facts = await hostFactsOf(dataDirectory, sources);
      assert.deepEqual([facts?.isRunning, facts?.configuration?.problems.length], [true, 1]);
    } finally {
      await host.stop();
    }
  });

  test("name a key file that others may read", { skip: process.platform === "win32" && "no modes" }, async () => {
    const dataDirectory = await hostCopy();
    const open = join(dataDirectory, "keys", "left-open");
    await writeFile(open, "x");
    await chmod(open, 0o644);
    assert.deepEqual((await hostFactsOf(dataDirectory, await unconfigured()))?.openKeyFiles, [open]);
  });

  test("are none where no host was ever set up", async () => {
    const empty = join(root, "empty");
    await mkdir(empty);
    const sources = { env: {}, platform: "none", configFile: undefined };
    assert.equal(await hostFactsOf(empty, sources), undefined);
    assert.equal(await hostFactsOf(join(empty, "not-there"), sources), undefined);
  });
});

describe("what files of the system say of a machine", () => {
  test("resolv.conf: its servers without their zones, and the domain of its last line", () => {
    const text =
      "# made by hand\nsearch a.example b.example\nnameserver 192.0.2.53\nnameserver fe80::1%eth0\ndomain corp.example.\n";
    assert.deepEqual(resolversIn(text), ["192.0.2.53", "fe80::1"]);
    assert.equal(domainIn(text), "corp.example");
    assert.equal(domainIn("nameserver 192.0.2.53\n"), "");
  });

  test("tables of routes: a default that is up, in either family; a route to a network is none", () => {
    const head = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n";
    const four = (to: string, flags: string, mask: string) =>
      `${head}eth0\t${to}\t010200C0\t${flags}\t0\t0\t0\t${mask}\t0\t0\t0\n`;
    assert.equal(hasDefaultRouteIn(four("00000000", "0003", "00000000"), ""), true);
    assert.equal(hasDefaultRouteIn(four("00000000", "0002", "00000000"), ""), false);
    assert.equal(hasDefaultRouteIn(four("000200C0", "0001", "00FFFFFF"), ""), false);
    const none = "0".repeat(32);
    const six = (device: string) =>
      `${none} 00 ${none} 00 fe800000000000000000000000000001 00000400 1 0 00000003 ${device}\n`;
    assert.equal(hasDefaultRouteIn(head, six("eth0")), true);
    assert.equal(hasDefaultRouteIn(head, six("      lo")), false);
  });
});

async function newerStore(path: string): Promise<void> {
  const { DatabaseSync } = await import("node:sqlite");
  using database = new DatabaseSync(path);
  database.exec("PRAGMA user_version=99");
}
