import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LICENSE_STATUS } from "@countersign/domain";
import fc from "fast-check";
import { type LicensingClient, memoryTrustedStore } from "../src/index.ts";
import { mayReidentify } from "../src/take-statement.ts";
import { DAY_MS, newMachine, openOn, pass, type TestMachine, takeEvents } from "./machine.ts";
import { openSite, type Site, type TestTime, transportTo } from "./site.ts";

const startTime = () => ({ wallMs: Date.UTC(2026, 10, 24), monotonicMs: 5_000 });

/** A machine whose disk is a copy of `original`'s, on hardware that cannot be told apart by SMBIOS. */
function cloneOf(original: TestMachine, name: string, site: Site, time: TestTime): TestMachine {
  const copy = newMachine(name, time, transportTo(site.host));
  const withoutSmbios = copy.reading.components.filter(({ kind }) => kind !== "smbiosUuid");
  return {
    ...copy,
    store: memoryTrustedStore(original.store.snapshot()),
    reading: { ...copy.reading, components: withoutSmbios },
  };
}

async function clonedAfterFirstContact() {
  const time = startTime();
  const site = await openSite(time);
  const original = newMachine("pc-1", time, transportTo(site.host));
  const noSmbios = original.reading.components.filter(({ kind }) => kind !== "smbiosUuid");
  original.reading = { ...original.reading, components: noSmbios };
  const first = await openOn(original, site);
  await first.activate();
  const clone = cloneOf(original, "pc-2", site, time);
  await first.activate();
  return { time, site, original, first, clone };
}

describe("a copy of a machine", () => {
  it("is told so by the host, draws a new CMID and is licensed under it in the same attempt", async () => {
    const { site, clone, first } = await clonedAfterFirstContact();
    const client = await openOn(clone, site);
    const { cmid } = client.status();
    assert.equal(cmid, first.status().cmid);
    takeEvents(clone);
    const result = await client.activate();
    assert.ok(result.ok, JSON.stringify(result));
    assert.notEqual(client.status().cmid, cmid);
    assert.equal(client.status().status, LICENSE_STATUS.licensed);
    assert.equal(client.status().flags.pendingReidentification, false);
    assert.ok(takeEvents(clone).includes(30019));
  });

  it("keeps its staged CMID across a crash, and every retry until then asks under the same one", async () => {
    const { site, clone } = await clonedAfterFirstContact();
    const client = await openOn(clone, site);
    const honest = clone.transport;
    let asked = 0;
    clone.transport = async (...call) => {
      asked += 1;
      return asked === 1 ? honest(...call) : { kind: "failure", reason: "TIMEOUT", detail: "reply" };
    };
    const before = client.status();
    assert.equal((await client.activate()).ok, false);
    assert.equal(client.status().flags.pendingReidentification, true);
    assert.equal(client.status().cmid, before.cmid, "the old one is in force until a verified statement");
    assert.equal(client.status().status, before.status, "a directive costs no licence");
    clone.transport = honest;
    const again = await openOn(clone, site);
    assert.ok((await again.activate()).ok);
    assert.notEqual(again.status().cmid, before.cmid);
  });

  it("never makes the holder of the newest statement change (I27)", async () => {
    const { site, clone, first } = await clonedAfterFirstContact();
    const { cmid } = first.status();
    const client = await openOn(clone, site);
    await client.activate();
    assert.ok((await first.activate()).ok);
    assert.equal(first.status().cmid, cmid);
  });

  it("heals by itself where SMBIOS tells the machines apart, before any host is asked", async () => {
    const time = startTime();
    const site = await openSite(time);
    const original = newMachine("pc-1", time, transportTo(site.host));
    const first = await openOn(original, site);
    await first.activate();
    const clone = {
      ...newMachine("pc-2", time, transportTo(site.host)),
      store: memoryTrustedStore(original.store.snapshot()),
    };
    const client = await openOn(clone, site);
    assert.notEqual(client.status().cmid, first.status().cmid);
    assert.equal(client.status().status, LICENSE_STATUS.additionalGrace, "rebind grace, 7 days");
    assert.equal(client.status().grace, "rebind");
    assert.ok((await client.activate()).ok);
    assert.equal(client.status().status, LICENSE_STATUS.licensed);
  });
});

describe("directives", () => {
  it("are followed once in 24 h and three times in 30 days at most (I31)", () => {
    const instants = fc
      .array(fc.integer({ min: 0, max: 60 * 24 }), { maxLength: 60 })
      .map((hours) => hours.sort((a, b) => a - b));
    fc.assert(
      fc.property(instants, (hours) => {
        const taken: number[] = [];
        for (const hour of hours) if (mayReidentify(taken, hour * 3_600_000)) taken.push(hour * 3_600_000);
        for (const [i, atMs] of taken.entries()) {
          if (i > 0) assert.ok(atMs - (taken[i - 1] ?? 0) >= DAY_MS);
          if (i > 2) assert.ok(atMs - (taken[i - 3] ?? 0) >= 30 * DAY_MS);
        }
      }),
    );
  });

  it("beyond that are a failed attempt: REIDENTIFY_LIMIT, the CMID and the licence stay", async () => {
    const { site, clone, time } = await clonedAfterFirstContact();
    const client = await openOn(clone, site);
    assert.ok((await client.activate()).ok);
    const { cmid } = client.status();
    // The clone's disk goes back to the copied state, its memory of the directive goes with it: forked again.
    const snapshot = clone.store.snapshot();
    await client.activate();
    const stale = cloneOf({ ...clone, store: memoryTrustedStore(snapshot) }, "pc-9", site, time);
    const third = await openOn(stale, site);
    const result = await third.activate();
    assert.equal(result.ok ? "" : result.refusal.reason, "REIDENTIFY_LIMIT");
    assert.equal(third.status().cmid, cmid);
    passAll(DAY_MS, stale, time);
    assert.ok((await third.activate()).ok, "a day later the directive is followed");
    assert.notEqual(third.status().cmid, cmid);
  });
});

describe("rearm", () => {
  const prepared = async () => {
    const time = startTime();
    const site = await openSite(time);
    const machine = newMachine("pc-1", time, transportTo(site.host));
    const client: LicensingClient = await openOn(machine, site);
    await client.activate();
    return { client, machine, site };
  };

  it("draws a new CMID, clears the lease and restarts the initial grace, three times at most (I36)", async () => {
    const { client, machine } = await prepared();
    const seen = new Set([client.status().cmid]);
    for (const left of [2, 1, 0]) {
      assert.deepEqual(await client.rearm(), { ok: true });
      seen.add(client.status().cmid);
      assert.equal(client.status().rearmsLeft, left);
      assert.equal(client.status().status, LICENSE_STATUS.initialGrace);
    }
    assert.equal(seen.size, 4);
    assert.ok(takeEvents(machine).includes(12306));
    const refused = await client.rearm();
    assert.equal(refused.ok ? "" : refused.refusal.reason, "REARM_EXHAUSTED");
    assert.ok((await client.activate()).ok);
  });

  it("is not given back by removing the store: its marker remembers, and there is no second initial grace", async () => {
    const { client, machine, site } = await prepared();
    await client.rearm();
    await client.close();
    const marker = machine.store.snapshot()?.marker;
    assert.equal(marker?.rearmsUsed, 1);
    assert.deepEqual(marker?.products, { [site.product.productId]: 1 });
    const emptied = { ...memoryTrustedStore(), load: async () => ({ kind: "absent", marker }) as const };
    const again = await openOn({ ...machine, store: emptied }, site);
    assert.equal(again.status().status, LICENSE_STATUS.notification);
    assert.equal(again.status().reason, "GRACE_EXPIRED");
    assert.equal(again.status().rearmsLeft, 2);
    assert.ok((await again.activate()).ok);
    assert.equal(again.status().status, LICENSE_STATUS.licensed);
  });

  it("is not used by generalize before the first activation", async () => {
    const time = startTime();
    const site = await openSite(time);
    const machine = newMachine("pc-1", time, transportTo(site.host));
    const client = await openOn(machine, site);
    const { cmid } = client.status();
    assert.deepEqual(await client.generalize(), { ok: true });
    assert.notEqual(client.status().cmid, cmid);
    assert.equal(client.status().rearmsLeft, 3);
  });
});

function passAll(ms: number, machine: TestMachine, time: TestTime): void {
  pass(ms, machine.time, time);
}
