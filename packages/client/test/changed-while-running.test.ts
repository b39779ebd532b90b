import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LICENSE_STATUS } from "@countersign/domain";
import type { LicensingClient, Transport } from "../src/index.ts";
import { HOUR_MS, newMachine, openAllOn, openOn, pass, type TestMachine, takeEvents } from "./machine.ts";
import { openSite, transportTo } from "./site.ts";

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 10, 24);
const unreachable: Transport = async () => ({ kind: "failure", reason: "HOST_UNREACHABLE", detail: "refused" });

/** A machine that was licensed and whose hosts are gone, so that nothing but its own look at itself changes anything. */
async function licensedMachine() {
  const time = { wallMs: START_MS, monotonicMs: 5_000 };
  const site = await openSite(time);
  const honest = transportTo(site.host);
  const reads = { count: 0 };
  let { reading, ...rest } = newMachine("pc-1", time, honest);
  const machine: TestMachine = {
    ...rest,
    get reading() {
      reads.count++;
      return reading;
    },
    set reading(changed) {
      reading = changed;
    },
  };
  const client = await openOn(machine, site);
  assert.ok((await client.activate()).ok);
  takeEvents(machine);
  return { time, site, honest, machine, client, reads };
}

/** Ticks as the timer does: when there is something to do, every ten minutes at the latest. */
async function run(client: LicensingClient, machine: TestMachine, ms: number): Promise<void> {
  for (let leftMs = ms; leftMs > 0; ) {
    const stepMs = Math.min(leftMs, Math.max(1_000, client.nextTickInMs()));
    pass(stepMs, machine.time);
    leftMs -= stepMs;
    await client.tick();
  }
}

const otherHardware = (machine: TestMachine, kinds: readonly string[], name = "pc-2") => ({
  ...machine.reading,
  components: machine.reading.components.map(({ kind, value }) => ({
    kind,
    value: kinds.includes(kind) ? value.replace("pc-1", name) : value,
  })),
});

describe("a machine that changes while it runs", () => {
  it("is noticed within an hour of running: MACHINE_CHANGED, its event, and a host asked at once", async () => {
    const { machine, client } = await licensedMachine();
    machine.transport = unreachable;
    // The firmware names no machine any more, so this one is no copy but a changed one.
    const components = [
      { kind: "primaryMac", value: "mac of pc-2" },
      { kind: "osInstallId", value: "os of pc-2" },
    ] as const;
    machine.reading = { ...machine.reading, components };
    await run(client, machine, HOUR_MS - MINUTE_MS);
    assert.equal(client.status().status, LICENSE_STATUS.licensed, "not before");
    await run(client, machine, MINUTE_MS);
    const { status, grace, reason } = client.status();
    assert.deepEqual([status, grace, reason], [LICENSE_STATUS.additionalGrace, "rebind", "MACHINE_CHANGED"]);
    assert.deepEqual(takeEvents(machine), [1025, 1003, 16384, 12288, 8198, 16384]);
  });

  it("is licensed again when it is what it was, within an hour, without a host", async () => {
    const { machine, client } = await licensedMachine();
    machine.transport = unreachable;
    const before = machine.reading;
    machine.reading = { ...before, components: [{ kind: "osInstallId", value: "os of pc-2" }] };
    await run(client, machine, HOUR_MS);
    assert.equal(client.status().reason, "MACHINE_CHANGED");
    machine.reading = before;
    await run(client, machine, HOUR_MS);
    assert.equal(client.status().status, LICENSE_STATUS.licensed);
  });

  it("draws a new CMID when its firmware is another's: a copy that was resumed, not started", async () => {
    const { machine, client, honest } = await licensedMachine();
    machine.transport = unreachable;
    const before = client.status().cmid;
    machine.reading = otherHardware(machine, ["smbiosUuid", "primaryMac"]);
    await run(client, machine, HOUR_MS);
    assert.notEqual(client.status().cmid, before);
    assert.ok(takeEvents(machine).includes(30019));
    machine.transport = honest;
    await run(client, machine, 2 * HOUR_MS + 20 * MINUTE_MS);
    assert.equal(client.status().status, LICENSE_STATUS.licensed, "and asks with it");
  });

  it("costs one reading an hour, and nothing is written or told, while it stays the same", async () => {
    const { machine, client, reads } = await licensedMachine();
    reads.count = 0;
    await run(client, machine, 24 * HOUR_MS);
    assert.equal(reads.count, 24);
    assert.deepEqual(takeEvents(machine), []);
  });

  it("is no other machine because a characteristic cannot be read for once, or comes in another order", async () => {
    const { machine, client } = await licensedMachine();
    machine.transport = unreachable;
    const { components } = machine.reading;
    for (const seen of [components.toReversed(), components.slice(0, 1), components.slice(1, 2), []]) {
      machine.reading = { ...machine.reading, components: seen };
      await run(client, machine, HOUR_MS);
      assert.equal(client.status().status, LICENSE_STATUS.licensed);
    }
    assert.deepEqual(takeEvents(machine), []);
  });

  it("is one machine to all its products", async () => {
    const time = { wallMs: START_MS, monotonicMs: 5_000 };
    const site = await openSite(time);
    const machine = newMachine("pc-1", time, transportTo(site.host));
    const licensing = await openAllOn(machine, site);
    for (const key of [site.setupKey, site.otherSetupKey]) assert.ok((await licensing.installKey(key)).ok);
    for (const client of licensing.clients()) assert.ok((await client.activate()).ok);
    machine.transport = unreachable;
    machine.reading = { ...machine.reading, components: [{ kind: "osInstallId", value: "os of pc-2" }] };
    pass(HOUR_MS, machine.time);
    await licensing.tick();
    assert.deepEqual(
      licensing.clients().map((client) => client.status().reason),
      ["MACHINE_CHANGED", "MACHINE_CHANGED"],
    );
  });
});
