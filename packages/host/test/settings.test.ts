import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { getPriority, tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, describe, test } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { ConnectError } from "@connectrpc/connect";
import { readLease } from "@countersign/protocol";
import { ActivateResponseSchema, ErrorDetailSchema } from "@countersign/protocol/gen/activation";
import { type HostStore, StoreFault } from "@countersign/storage";
import { type HostOptions, type RunningHost, startHost } from "../src/main.ts";
import { eventsOf, post } from "./bad-input/door.ts";
import { adminOf, prepareSite, requestBytes, type SiteProduct } from "./site.ts";

const directory = await mkdtemp(join(tmpdir(), "countersign-settings-"));
after(() => rm(directory, { recursive: true, force: true }));
const site = await prepareSite(directory, [{ name: "Viewer", productClass: "client", requiredCount: 1 }]);
const [product] = site.products as readonly [SiteProduct];

const running: RunningHost[] = [];
afterEach(async () => {
  for (const host of running.splice(0)) await host.stop();
});

/** A host whose port nothing pins: the file says it. */
async function started(listeningPort: number, options: Partial<HostOptions> = {}) {
  const layer = { source: "file", place: "host.yaml", values: { listeningPort } } as const;
  const host = await startHost({
    ...{ dataDirectory: site.hostDirectory, adminPort: 0, listenAddress: "127.0.0.1", logLevel: "silent" },
    settingLayers: [layer],
    ...options,
  });
  running.push(host);
  return { host, admin: adminOf(host.adminSocket) };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function leaseFrom(port: number) {
  const answer = await post(port, { body: requestBytes(product), headers: { "content-type": "application/proto" } });
  assert.equal(answer.status, 200, answer.message);
  const lease = readLease(fromBinary(ActivateResponseSchema, answer.body).statement);
  assert.ok(lease.ok);
  return lease.value;
}

async function reasonOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "taken";
  } catch (error) {
    assert.ok(error instanceof ConnectError, String(error));
    return error.findDetails(ErrorDetailSchema)[0]?.reason ?? error.rawMessage;
  }
}

/** Ends as nothing listens there: refused. */
async function isClosed(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`).then(
    () => false,
    (error) => error.cause?.code === "ECONNREFUSED",
  );
}

describe("intervals", () => {
  test("the policy's are told until an administrator says others; these are in the next answer and after a restart", async () => {
    const port = await freePort();
    const { host, admin } = await started(port);
    assert.deepEqual(await intervals(port), { retryS: 7200, renewalS: 604_800 });
    await admin.setSetting({ name: "activationIntervalMinutes", value: "30" });
    assert.deepEqual(await intervals(port), { retryS: 1800, renewalS: 604_800 });
    await admin.setSetting({ name: "renewalIntervalMinutes", value: "43200" });
    await host.stop();
    running.pop();
    const again = await started(port);
    assert.deepEqual(await intervals(port), { retryS: 1800, renewalS: 2_592_000 });
    await again.admin.clearSetting({ name: "activationIntervalMinutes" });
    await again.admin.clearSetting({ name: "renewalIntervalMinutes" });
    assert.deepEqual(await intervals(port), { retryS: 7200, renewalS: 604_800 });
  });

  test("a value outside its range is refused and nothing is written", async () => {
    const { admin } = await started(await freePort());
    const before = eventsOf(site.hostDirectory, 30012).length;
    for (const value of ["14", "43201", "soon", ""])
      assert.equal(await reasonOf(admin.setSetting({ name: "activationIntervalMinutes", value })), "USAGE_INVALID");
    assert.equal(await reasonOf(admin.setSetting({ name: "interval", value: "30" })), "NOT_FOUND");
    assert.equal(eventsOf(site.hostDirectory, 30012).length, before);
  });

  async function intervals(port: number) {
    const { retryS, renewalS } = await leaseFrom(port);
    return { retryS, renewalS };
  }
});

describe("the listening port", () => {
  test("the new one answers and is in the next statement, the old one is closed, and a restart stays with it", async () => {
    const [old, next] = [await freePort(), await freePort()];
    const { host, admin } = await started(old);
    assert.equal((await leaseFrom(old)).port, old);
    const { setting } = await admin.setSetting({ name: "listeningPort", value: String(next) });
    assert.deepEqual([setting?.value, setting?.source], [String(next), "store"]);
    assert.equal((await leaseFrom(next)).port, next);
    assert.ok(await isClosed(old));
    assert.equal((await admin.getStatus({})).listeningPort, next);
    assert.deepEqual(eventsOf(site.hostDirectory, 30012).at(-1)?.data, {
      ...{ action: "listeningPort set", target: String(next), actor: "local administrator" },
    });
    await host.stop();
    running.pop();
    const again = await started(old);
    assert.equal(again.host.port, next);
    await again.admin.clearSetting({ name: "listeningPort" });
    assert.equal((await leaseFrom(old)).port, old);
  });

  test("what the old port accepted is answered there", async () => {
    const [old, next] = [await freePort(), await freePort()];
    const gate = { armed: false, release: () => {}, begun: () => {} };
    const released = new Promise<void>((resolve) => {
      gate.release = resolve;
    });
    const begun = new Promise<void>((resolve) => {
      gate.begun = resolve;
    });
    // Only the batch waits: the change itself is committed meanwhile.
    const wrapStore = (store: HostStore): HostStore => ({
      ...store,
      transact: async (work) => {
        if (!gate.armed) return store.transact(work);
        gate.armed = false;
        gate.begun();
        await released;
        return store.transact(work);
      },
    });
    const { admin } = await started(old, { wrapStore });
    gate.armed = true;
    const asked = leaseFrom(old);
    await begun;
    await admin.setSetting({ name: "listeningPort", value: String(next) });
    gate.release();
    assert.ok((await asked).leaseId.length > 0);
    await admin.clearSetting({ name: "listeningPort" });
  });

  test("a taken port is refused by its name and the old one goes on", async () => {
    const old = await freePort();
    const { admin } = await started(old);
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const value = String(typeof address === "object" ? address?.port : 0);
    assert.equal(await reasonOf(admin.setSetting({ name: "listeningPort", value })), "PORT_IN_USE");
    assert.equal((await leaseFrom(old)).port, old);
    other.close();
  });

  test("a change that is not committed opens nothing", async () => {
    const [old, next] = [await freePort(), await freePort()];
    const fault = { armed: false };
    const wrapStore = (store: HostStore): HostStore => ({
      ...store,
      transact: (work) =>
        fault.armed ? Promise.reject(new StoreFault("full", "no room", "make room")) : store.transact(work),
    });
    const { admin } = await started(old, { wrapStore });
    fault.armed = true;
    assert.match(await reasonOf(admin.setSetting({ name: "listeningPort", value: String(next) })), /^STORE_/);
    fault.armed = false;
    assert.ok(await isClosed(next));
    assert.equal((await leaseFrom(old)).port, old);
  });

  test("one that an option pins is refused, naming it", async () => {
    const { admin } = await started(1, { port: 0 });
    assert.equal(await reasonOf(admin.setSetting({ name: "listeningPort", value: "1700" })), "SETTING_PINNED");
    const { settings } = await admin.listSettings({});
    const port = settings.find(({ name }) => name === "listeningPort");
    assert.deepEqual([port?.source, port?.place], ["flag", "the option --port"]);
  });

  test("a command without a running host opens no port and still knows which it will be", async () => {
    const { host, admin } = await started(await freePort(), { serves: false });
    await admin.setSetting({ name: "listeningPort", value: "1700" });
    assert.equal(host.port, 0);
    const { licencesJson } = await admin.getLicence({});
    assert.equal(JSON.parse(licencesJson[0] ?? "").host.listeningPort, 1700);
    await admin.clearSetting({ name: "listeningPort" });
  });
});

describe("publishing and priority", () => {
  test("low priority is the process's until it is normal again", async (t) => {
    if (process.getuid?.() !== 0) return t.skip("raising a priority again needs root");
    const before = getPriority();
    const { admin } = await started(await freePort());
    await admin.setSetting({ name: "lowPriority", value: "on" });
    assert.ok(getPriority() > before);
    await admin.setSetting({ name: "lowPriority", value: "off" });
    assert.equal(getPriority(), before);
    await admin.clearSetting({ name: "lowPriority" });
  });

  test("DNS publishing is kept and shown", async () => {
    const { admin } = await started(await freePort());
    const shown = async () => JSON.parse((await admin.getLicence({})).licencesJson[0] ?? "").host.dnsPublishing;
    assert.equal(await shown(), true);
    await admin.setSetting({ name: "dnsPublishing", value: "off" });
    assert.equal(await shown(), false);
    await admin.clearSetting({ name: "dnsPublishing" });
    assert.equal(await shown(), true);
  });
});

describe("the licence of a host", () => {
  test("its facts name the policy's product, the count and counters that add up", async () => {
    const port = await freePort();
    const { admin } = await started(port);
    await leaseFrom(port);
    const { softwareVersion, licencesJson } = await admin.getLicence({});
    assert.equal(softwareVersion, "0.1.0");
    const [facts] = licencesJson.map((text) => JSON.parse(text));
    assert.equal(facts.product.name, "Viewer");
    assert.equal(facts.product.channel, "host key");
    assert.equal(facts.product.partialKey, site.hostKey.slice(-5));
    assert.match(facts.product.activationId, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    assert.equal(facts.state.status, 1);
    const { total, failed, byStatus } = facts.host.requests;
    const sum = (counts: readonly number[]) => counts.reduce((all, count) => all + count, 0);
    assert.equal(total, failed + sum(byStatus));
    assert.equal(failed, sum(facts.host.failedByReason.map(({ count }: { readonly count: number }) => count)));
    assert.equal(JSON.stringify(facts).includes(site.hostKey.slice(0, 11)), false);
  });

  test("without its key a host serves nobody, says so by name, and keeps its counters", async () => {
    const port = await freePort();
    const { admin } = await started(port);
    const before = (await admin.getStatus({})).seats[0]?.requests?.total;
    await admin.removeKey({});
    const answer = await post(port, { body: requestBytes(product), headers: { "content-type": "application/proto" } });
    assert.equal(answer.reason, "HOST_NOT_ENABLED");
    const [seat] = (await admin.getStatus({})).seats;
    assert.deepEqual([seat?.partialKey, seat?.hostStatus, seat?.reason], ["", "unlicensed", "HOST_NOT_ENABLED"]);
    assert.equal(seat?.requests?.total, (before ?? 0n) + 1n);
    assert.equal(eventsOf(site.hostDirectory, 1018).at(-1)?.data["partialKey"], site.hostKey.slice(-5));
    assert.equal(await reasonOf(admin.removeKey({})), "KEY_NOT_INSTALLED");
    await admin.installKey({ productKey: site.hostKey });
    assert.equal(eventsOf(site.hostDirectory, 1016).at(-1)?.data["partialKey"], site.hostKey.slice(-5));
    assert.equal((await admin.getStatus({})).seats[0]?.reason, "HOST_NOT_ACTIVATED");
  });
});
