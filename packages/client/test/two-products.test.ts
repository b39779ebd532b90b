import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EVENT, LICENSE_STATUS, toUuid } from "@countersign/domain";
import { narrowActivateRequest } from "@countersign/protocol";
import { isEvent, type Licensing, type LicensingClient, memoryTrustedStore, type Transport } from "../src/index.ts";
import { decodeTrustedState } from "../src/trusted-state-codec.ts";
import { DAY_MS, newMachine, openAllOn, openOn, pass, type TestMachine, takeEvents } from "./machine.ts";
import { openSite, type Site, transportTo } from "./site.ts";

const startTime = () => ({ wallMs: Date.UTC(2026, 10, 24), monotonicMs: 5_000 });

async function opened(licensing: Licensing, activationId: Uint8Array, setupKey?: string): Promise<LicensingClient> {
  const client = await licensing.open(activationId, setupKey);
  assert.ok(client.ok, JSON.stringify(client));
  return client.client;
}

/** A machine with both products of the site, each with its key. */
async function twoProducts(name = "pc-1") {
  const time = startTime();
  const site = await openSite(time);
  const machine = newMachine(name, time, transportTo(site.host));
  return { time, site, machine, ...(await bothOn(machine, site)) };
}

async function bothOn(machine: TestMachine, site: Site) {
  const licensing = await openAllOn(machine, site);
  const pro = await opened(licensing, site.product.activationId, site.setupKey);
  const basic = await opened(licensing, site.other.activationId, site.otherSetupKey);
  return { licensing, pro, basic };
}

const storedIn = (machine: TestMachine) => {
  const state = decodeTrustedState(machine.store.snapshot()?.body ?? new Uint8Array());
  assert.ok(state);
  return state;
};

describe("two products of one publisher on one machine", () => {
  it("are licensed side by side under one CMID, and one store holds both", async () => {
    const { machine, pro, basic } = await twoProducts();
    assert.ok((await pro.activate()).ok);
    assert.ok((await basic.activate()).ok);
    assert.equal(pro.status().cmid, basic.status().cmid);
    for (const client of [pro, basic]) assert.equal(client.status().status, LICENSE_STATUS.licensed);
    assert.equal(storedIn(machine).products.filter(({ lease }) => lease !== undefined).length, 2);
  });

  it("keep what each was told when their attempts are interleaved", async () => {
    const { machine, pro, basic } = await twoProducts();
    const results = await Promise.all([pro.activate(), basic.activate(), pro.activate(), basic.activate()]);
    assert.ok(results.every(({ ok }) => ok));
    const generations = machine.store.snapshot();
    assert.ok(generations);
    for (const { lineage, series } of storedIn(machine).products) {
      assert.equal(lineage.length, 1);
      assert.equal(series, undefined);
    }
  });

  it("are both there after a restart, from the store alone", async () => {
    const { machine, site, licensing, pro, basic } = await twoProducts();
    await pro.activate();
    await basic.activate();
    await licensing.close();
    machine.transport = unreachable;
    const again = await openAllOn(machine, site);
    assert.deepEqual(
      again.clients().map((client) => client.status().status),
      [LICENSE_STATUS.licensed, LICENSE_STATUS.licensed],
    );
  });

  it("are told apart in the events, whose fields are typed by their id", async () => {
    const { machine, site, pro, basic } = await twoProducts();
    await pro.activate();
    await basic.activate();
    const processed = machine.events.filter((event) => isEvent(event, EVENT.responseProcessed));
    assert.deepEqual(
      processed.map(({ product, fields }) => [product, fields.activated, fields.currentCount]),
      [
        [toUuid(site.product.activationId), true, 1],
        [toUuid(site.other.activationId), true, 1],
      ],
    );
  });

  it("renew each at its own time", async () => {
    const { time, machine, licensing, pro, basic } = await twoProducts();
    await pro.activate();
    pass(2 * DAY_MS, machine.time, time);
    await basic.activate();
    pass(5 * DAY_MS, machine.time, time);
    takeEvents(machine);
    await licensing.tick();
    assert.equal(takeEvents(machine).filter((id) => id === 12288).length, 1, "pro is due, basic is not");
    pass(2 * DAY_MS, machine.time, time);
    assert.equal(licensing.nextTickInMs(), 0);
    await licensing.tick();
    assert.equal(takeEvents(machine).filter((id) => id === 12288).length, 1);
  });

  it("learn of a newer product's key only through its own policy", async () => {
    const { site, licensing } = await twoProducts();
    const typed = await licensing.installKey(site.viewerSetupKey);
    assert.ok(typed.ok);
    assert.equal(typed.client.facts().product.name, "Viewer Pro");
    const nonsense = await licensing.installKey("no key at all");
    assert.equal(nonsense.ok ? "" : nonsense.refusal.reason, "KEY_INVALID");
  });
});

describe("a clock that goes back", () => {
  it("is told once for the machine, not once a product", async () => {
    const { machine, licensing, pro, basic } = await twoProducts();
    await pro.activate();
    await basic.activate();
    machine.transport = unreachable;
    machine.time.wallMs -= 40 * DAY_MS;
    takeEvents(machine);
    await licensing.tick();
    const events = takeEvents(machine);
    assert.equal(events.filter((id) => id === 30008).length, 1);
    assert.equal(events.filter((id) => id === 12288).length, 2, "and each asks at once");
  });

  it("is trusted again for both by one fresh answer to either", async () => {
    const { machine, site, licensing, pro, basic } = await twoProducts();
    await pro.activate();
    await basic.activate();
    machine.time.wallMs -= 40 * DAY_MS;
    machine.transport = unreachable;
    await licensing.tick();
    machine.transport = transportTo(site.host);
    await basic.activate();
    for (const client of [pro, basic]) assert.equal(client.status().flags.clockSuspect, false);
  });
});

describe("a directive to one of two products", () => {
  /** A disk clone of the machine that SMBIOS cannot tell apart, forked from it. */
  async function forked() {
    const original = await twoProducts();
    withoutSmbios(original.machine);
    await original.pro.activate();
    await original.basic.activate();
    const clone = newMachine("pc-2", original.time, original.machine.transport);
    withoutSmbios(clone);
    carryingDiskOf(original.machine, clone);
    const machine = { ...clone, store: memoryTrustedStore(original.machine.store.snapshot()) };
    await original.pro.activate();
    await original.basic.activate();
    return { ...original, original, machine, ...(await bothOn(machine, original.site)) };
  }

  it("gives both the new CMID; the other's lease runs on, and it renews under the new one", async () => {
    const { pro, basic, original, machine } = await forked();
    const before = pro.status().cmid;
    assert.ok((await pro.activate()).ok);
    assert.notEqual(pro.status().cmid, before);
    assert.equal(basic.status().cmid, pro.status().cmid);
    assert.equal(basic.status().status, LICENSE_STATUS.licensed);
    const requests = watched(machine);
    assert.ok((await basic.activate()).ok);
    const asked = narrowActivateRequest(requests[0] ?? new Uint8Array());
    assert.ok(asked.ok);
    assert.deepEqual([...asked.value.cmid], [...storedIn(machine).identity.cmid]);
    assert.equal(asked.value.lineage.length, 0, "the old CMID's sequence says nothing about the new one");
    assert.ok((await original.pro.activate()).ok && (await original.basic.activate()).ok);
    assert.equal(original.pro.status().cmid, before);
  });

  it("keeps what the other had already asked under the staged CMID: the same bytes until they are answered", async () => {
    const { pro, basic, machine, site } = await forked();
    const honest = transportTo(site.host);
    let answers = 1;
    machine.transport = async (...call) => {
      const reply = await honest(...call);
      return answers-- > 0 ? reply : { kind: "failure", reason: "TIMEOUT", detail: "reply" };
    };
    assert.equal((await pro.activate()).ok, false, "the directive came, the answer to the new CMID was lost");
    const staged = storedIn(machine).products.find(({ productId }) => productId === site.product.productId)?.series;
    assert.ok(staged?.isPendingIdentity);
    machine.transport = honest;
    assert.ok((await basic.activate()).ok, "the other product brings the new CMID into force");
    const kept = storedIn(machine).products.find(({ productId }) => productId === site.product.productId)?.series;
    assert.deepEqual(kept?.request, staged.request);
    takeEvents(machine);
    assert.ok((await pro.activate()).ok);
    assert.ok(!takeEvents(machine).includes(30019), "no second change of CMID");
    assert.equal(storedIn(machine).reidentifiedMs.length, 1);
  });
});

describe("a crash between two writes", () => {
  it("loses neither product's licence, and the bytes on their way stay the same", async () => {
    const { machine, site, pro, basic } = await twoProducts();
    await pro.activate();
    const requests = watched(machine);
    const honest = machine.transport;
    machine.transport = async (...call) => {
      await honest(...call);
      // The power goes while the reply is on its way: nothing after this write reaches the disk.
      machine.store.fail({ problem: "unavailable", detail: "no power" });
      return { kind: "failure", reason: "TIMEOUT", detail: "reply" };
    };
    await basic.activate();
    const rebooted = { ...machine, store: memoryTrustedStore(machine.store.snapshot()), transport: honest };
    const again = await bothOn(rebooted, site);
    assert.equal(again.pro.status().status, LICENSE_STATUS.licensed);
    assert.ok((await again.basic.activate()).ok);
    assert.equal(new Set(requests.map((request) => Buffer.from(request).toString("hex"))).size, 1);
    assert.equal(again.basic.status().status, LICENSE_STATUS.licensed);
  });
});

describe("rearm", () => {
  async function three() {
    const both = await twoProducts();
    const viewer = await opened(both.licensing, both.site.viewer.activationId, both.site.viewerSetupKey);
    await both.pro.activate();
    await both.basic.activate();
    return { ...both, viewer };
  }
  const left = (clients: readonly LicensingClient[]) => clients.map((client) => client.status().rearmsLeft);

  it("of one product restarts that one, keeps the CMID and the sequence, and costs only that one", async () => {
    const { licensing, site, pro, basic, viewer } = await three();
    const { cmid } = pro.status();
    const { activationId } = site.product;
    assert.deepEqual(await licensing.rearm({ kind: "product", activationId }), { ok: true });
    assert.equal(pro.status().status, LICENSE_STATUS.initialGrace);
    assert.equal(basic.status().status, LICENSE_STATUS.licensed);
    assert.deepEqual(left([pro, basic, viewer]), [2, 3, 3]);
    assert.equal(pro.status().cmid, cmid);
    assert.ok((await pro.activate()).ok, "its next question carries its newest lease id, so it is no clone");
    assert.equal(pro.status().cmid, cmid);
  });

  it("of an application restarts its products and no other application's", async () => {
    const { licensing, site, pro, basic, viewer } = await three();
    const { applicationId } = site;
    assert.deepEqual(await licensing.rearm({ kind: "application", applicationId }), { ok: true });
    assert.deepEqual(left([pro, basic, viewer]), [2, 2, 3]);
    for (const client of [pro, basic]) assert.equal(client.status().status, LICENSE_STATUS.initialGrace);
  });

  it("of the machine restarts every product under a new CMID", async () => {
    const { licensing, pro, basic, viewer } = await three();
    const { cmid } = pro.status();
    assert.deepEqual(await licensing.rearm({ kind: "machine" }), { ok: true });
    assert.deepEqual(left([pro, basic, viewer]), [2, 2, 2]);
    assert.notEqual(pro.status().cmid, cmid);
    assert.equal(basic.status().cmid, pro.status().cmid);
    assert.ok((await pro.activate()).ok && (await basic.activate()).ok);
  });

  it("is for all products of its scope or for none: one that has none left refuses the machine's", async () => {
    const { licensing, site, pro, basic } = await three();
    const { activationId } = site.product;
    for (let i = 0; i < 3; i++) assert.ok((await licensing.rearm({ kind: "product", activationId })).ok);
    const refused = await licensing.rearm({ kind: "machine" });
    assert.equal(refused.ok ? "" : refused.refusal.reason, "REARM_EXHAUSTED");
    assert.deepEqual(left([pro, basic]), [0, 3]);
    assert.equal(basic.status().status, LICENSE_STATUS.licensed);
  });

  it("of what is not there is refused by name", async () => {
    const { licensing } = await three();
    const nobody = new Uint8Array(16).fill(9);
    const sku = await licensing.rearm({ kind: "product", activationId: nobody });
    assert.equal(sku.ok ? "" : sku.refusal.reason, "NOT_FOUND");
    const app = await licensing.rearm({ kind: "application", applicationId: nobody });
    assert.equal(app.ok ? "" : app.refusal.reason, "NOT_FOUND");
  });

  it("is remembered beside the store for each product alone", async () => {
    const { licensing, site, machine } = await three();
    await licensing.rearm({ kind: "product", activationId: site.product.activationId });
    const snapshot = machine.store.snapshot();
    const emptied = {
      ...memoryTrustedStore(),
      load: async () => ({ kind: "absent", marker: snapshot?.marker }) as const,
    };
    const again = await bothOn({ ...machine, store: emptied }, site);
    assert.deepEqual(left([again.pro, again.basic]), [2, 3]);
    for (const client of [again.pro, again.basic]) {
      assert.equal(client.status().status, LICENSE_STATUS.notification);
      assert.equal(client.status().reason, "GRACE_EXPIRED");
    }
  });
});

describe("a store with two products", () => {
  it("serves a program that knows one of them, and leaves the other as it was", async () => {
    const { machine, site, licensing, pro, basic } = await twoProducts();
    await pro.activate();
    await basic.activate();
    await licensing.close();
    const lone = await openOn(machine, site, { setupKey: undefined });
    assert.ok((await lone.activate()).ok);
    await lone.close();
    const again = await openAllOn(machine, site);
    assert.deepEqual(
      again.clients().map((client) => client.status().status),
      [LICENSE_STATUS.licensed, LICENSE_STATUS.licensed],
    );
  });

  it("that is carried to another machine draws one new CMID for both, each in its rebind grace", async () => {
    const { machine, site, time, licensing, pro, basic } = await twoProducts();
    await pro.activate();
    await basic.activate();
    await licensing.close();
    const other = {
      ...newMachine("pc-9", time, machine.transport),
      store: memoryTrustedStore(machine.store.snapshot()),
    };
    const moved = await bothOn(other, site);
    assert.notEqual(moved.pro.status().cmid, pro.status().cmid);
    assert.equal(moved.basic.status().cmid, moved.pro.status().cmid);
    for (const client of [moved.pro, moved.basic]) assert.equal(client.status().grace, "rebind");
    assert.equal(takeEvents(other).filter((id) => id === 30019).length, 1);
    assert.ok((await moved.pro.activate()).ok && (await moved.basic.activate()).ok);
  });
});

function withoutSmbios(machine: TestMachine): void {
  const components = machine.reading.components.filter(({ kind }) => kind !== "smbiosUuid");
  machine.reading = { ...machine.reading, components };
}

/** A disk image carries the installation's id along. */
function carryingDiskOf(original: TestMachine, clone: TestMachine): void {
  const isDiskBorne = ({ kind }: { readonly kind: string }) => kind === "osInstallId";
  const own = clone.reading.components.filter((component) => !isDiskBorne(component));
  const carried = original.reading.components.filter(isDiskBorne);
  clone.reading = { ...clone.reading, components: [...own, ...carried] };
}

/** Every Activate request the machine sends from now on. */
function watched(machine: TestMachine): Uint8Array[] {
  const sent: Uint8Array[] = [];
  const inner = machine.transport;
  machine.transport = async (target, method, request) => {
    if (method === "Activate") sent.push(request);
    return inner(target, method, request);
  };
  return sent;
}

const unreachable: Transport = async () => ({ kind: "failure", reason: "HOST_UNREACHABLE", detail: "refused" });
