import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LICENSE_STATUS } from "@countersign/domain";
import fc from "fast-check";
import { type LicensingClient, memoryTrustedStore, type Transport } from "../src/index.ts";
import { decodeTrustedState, encodeTrustedState } from "../src/trusted-state-codec.ts";
import { DAY_MS, HOUR_MS, newMachine, openOn, pass, type TestMachine, takeEvents } from "./machine.ts";
import { openSite, type TestTime, transportTo } from "./site.ts";

const START_MS = Date.UTC(2026, 10, 24);
const unreachable: Transport = async () => ({ kind: "failure", reason: "HOST_UNREACHABLE", detail: "refused" });

async function machineAt(requiredCount = 1) {
  const time = { wallMs: START_MS, monotonicMs: 5_000 };
  const site = await openSite(time, requiredCount);
  const machine = newMachine("pc-1", time, transportTo(site.host));
  return { time, site, machine, client: await openOn(machine, site) };
}

/** Lets time pass in steps, as a running machine sees it; returns how often a host was asked. */
async function live(client: LicensingClient, machine: TestMachine, ms: number, ...others: readonly TestTime[]) {
  let asked = 0;
  const inner = machine.transport;
  machine.transport = async (target, method, request) => {
    if (method === "Activate") asked += 1;
    return inner(target, method, request);
  };
  const endMs = machine.time.monotonicMs + ms;
  while (machine.time.monotonicMs < endMs) {
    const stepMs = Math.max(1_000, Math.min(client.nextTickInMs(), endMs - machine.time.monotonicMs));
    pass(stepMs, machine.time, ...others);
    await client.tick();
  }
  machine.transport = inner;
  return asked;
}

const untilNextMs = (client: LicensingClient, machine: TestMachine) =>
  (client.status().nextAttemptMs ?? Number.NaN) - machine.time.wallMs;

describe("a machine that finds no host", () => {
  it("asks every two hours through its initial grace of 30 days, and goes on in notification", async () => {
    const { machine, client } = await machineAt();
    machine.transport = unreachable;
    const inGrace = await live(client, machine, 30 * DAY_MS - HOUR_MS);
    assert.equal(client.status().status, LICENSE_STATUS.initialGrace);
    assert.ok(inGrace >= 359 && inGrace <= 361, `expected 360 attempts, found ${inGrace}`);
    await live(client, machine, 2 * HOUR_MS);
    assert.equal(client.status().status, LICENSE_STATUS.notification);
    assert.equal(client.status().reason, "GRACE_EXPIRED");
    assert.equal(await live(client, machine, DAY_MS), 12, "an answer may come at any time");
  });
});

describe("a licensed machine", () => {
  it("renews every seven days, and its 180 days begin anew with each renewal", async () => {
    const { time, machine, client } = await machineAt();
    await client.activate();
    assert.equal(await live(client, machine, 70 * DAY_MS, time), 10);
    assert.equal(client.status().expiresMs, machine.time.wallMs + 180 * DAY_MS);
    assert.equal(client.status().status, LICENSE_STATUS.licensed);
  });

  it("falls back to two hours when a renewal fails, and to seven days when one succeeds", async () => {
    const { time, site, machine, client } = await machineAt();
    await client.activate();
    machine.transport = unreachable;
    assert.equal(await live(client, machine, 8 * DAY_MS, time), 13);
    assert.equal(client.status().status, LICENSE_STATUS.licensed);
    machine.transport = transportTo(site.host);
    assert.equal(await live(client, machine, 2 * HOUR_MS, time), 1);
    assert.equal(untilNextMs(client, machine), 7 * DAY_MS);
  });

  it("goes the whole way without a host: licensed, additional grace, notification; and back with one answer", async () => {
    const { time, site, machine, client } = await machineAt();
    await client.activate();
    machine.transport = unreachable;
    const told: [number, string | undefined, number][] = [];
    const dayOf = () => (machine.time.wallMs - START_MS) / DAY_MS;
    for (let day = 0; day < 215; day++) {
      const { status, grace } = client.status();
      if (told.at(-1)?.[0] !== status) told.push([status, grace, dayOf()]);
      pass(DAY_MS, machine.time, time);
      await client.tick();
    }
    assert.deepEqual(told, [
      [LICENSE_STATUS.licensed, undefined, 0],
      [LICENSE_STATUS.additionalGrace, "renewal", 180],
      [LICENSE_STATUS.notification, undefined, 210],
    ]);
    machine.transport = transportTo(site.host);
    await live(client, machine, 2 * HOUR_MS, time);
    assert.equal(client.status().status, LICENSE_STATUS.licensed);
  });

  it("that is moved to other hardware has seven days to be bound anew, and one answer does it", async () => {
    const { time, machine, client } = await machineAt();
    await client.activate();
    const moved = newMachine("pc-2", time, unreachable).reading;
    // The firmware's id agrees, so the store was not copied; everything else is another machine's.
    const [own] = machine.reading.components;
    assert.ok(own);
    machine.reading = { ...moved, components: [...moved.components.slice(1)] };
    const honest = machine.transport;
    machine.transport = unreachable;
    await client.activate();
    assert.deepEqual([client.status().grace, client.status().reason], ["rebind", "MACHINE_CHANGED"]);
    await live(client, machine, 6 * DAY_MS, time);
    assert.equal(client.status().status, LICENSE_STATUS.additionalGrace);
    machine.transport = honest;
    await live(client, machine, 3 * HOUR_MS, time);
    assert.equal(client.status().status, LICENSE_STATUS.licensed);
  });
});

describe("the intervals", () => {
  it("are the host's: what its administrator sets comes with the next answer and is followed from then on", async () => {
    const { site, machine, client } = await machineAt(3);
    await client.activate();
    assert.equal(untilNextMs(client, machine), 2 * HOUR_MS);
    await site.host.changeSetting("activationIntervalMinutes", "30", "root");
    await client.activate();
    assert.equal(untilNextMs(client, machine), HOUR_MS / 2);
    assert.equal(client.facts().client?.activationIntervalMinutes, 30);
  });

  it("of renewal likewise", async () => {
    const { site, machine, client } = await machineAt();
    await site.host.changeSetting("renewalIntervalMinutes", "1440", "root");
    await client.activate();
    assert.equal(untilNextMs(client, machine), DAY_MS);
    assert.equal(client.facts().client?.renewalIntervalMinutes, 1_440);
  });

  it("are held within 15 minutes and 30 days, whatever was dictated, with 10 % of jitter (I37)", async () => {
    const { site, machine, client } = await machineAt();
    await client.activate();
    await client.close();
    const snapshot = machine.store.snapshot();
    const state = decodeTrustedState(snapshot?.body ?? new Uint8Array());
    assert.ok(snapshot && state);
    const dictated = fc.record({
      retryS: fc.nat(2 ** 31),
      fraction: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(dictated, async ({ retryS, fraction }) => {
        const products = state.products.map((product) => ({
          ...product,
          license: { ...product.license, intervals: { retryS, renewalS: retryS, jitterPct: 10 } },
        }));
        const body = encodeTrustedState({ ...state, products });
        const bent = { ...machine, fraction, store: memoryTrustedStore({ ...snapshot, body }), transport: unreachable };
        const opened = await openOn(bent, site);
        await opened.activate();
        const waitMs = untilNextMs(opened, bent);
        assert.ok(waitMs >= 0.9 * 15 * 60_000 && waitMs <= 1.1 * 30 * DAY_MS, `${waitMs} ms`);
      }),
      { numRuns: 40 },
    );
  });

  it("spread machines that fail together over a tenth before and after", async () => {
    const { site, time } = await machineAt();
    const waits = [];
    for (const fraction of [0, 0.25, 0.5, 0.75, 0.999_999]) {
      const machine = { ...newMachine(`pc-${fraction}`, time, unreachable), fraction };
      const client = await openOn(machine, site);
      await client.activate();
      waits.push(untilNextMs(client, machine) / (2 * HOUR_MS));
    }
    assert.deepEqual(
      waits.map((wait) => Math.round(wait * 100) / 100),
      [0.9, 0.95, 1, 1.05, 1.1],
    );
  });
});

describe("the first attempt", () => {
  it("is within two minutes of a start, at once when a person asks, and spread in between", async () => {
    const { site, time } = await machineAt();
    for (const fraction of [0, 0.5, 0.999]) {
      const machine = { ...newMachine(`pc-${fraction}`, time, transportTo(site.host)), fraction };
      const client = await openOn(machine, site);
      assert.equal(untilNextMs(client, machine), Math.round(fraction * 120_000));
    }
    const machine = newMachine("pc-9", time, transportTo(site.host));
    const client = await openOn(machine, site);
    assert.ok((await client.activate()).ok);
  });
});

describe("the port of a host", () => {
  it("is what its last statement said: tried first, and kept because a statement came over it", async () => {
    const { time, site, machine } = await machineAt();
    const asked: number[] = [];
    let open = [41_688, 1688];
    const honest = transportTo(site.host);
    machine.transport = async (target, method, request) => {
      if (method === "Activate") asked.push(target.port);
      return open.includes(target.port) ? honest(target, method, request) : unreachable(target, method, request);
    };
    const client = await openOn(machine, site, { host: { host: "host.example", port: 41_688 } });
    await client.activate();
    open = [1688];
    assert.ok((await client.activate()).ok, "the old port is closed, the client has followed");
    assert.deepEqual(asked, [41_688, 1688]);
    const cached = await openOn(machine, site, { host: undefined });
    await live(cached, machine, 8 * DAY_MS, time);
    assert.equal(cached.status().host, "host.example:1688");
  });

  it("that cannot be reached falls back to the one it is known under, in the same attempt", async () => {
    const { site, machine } = await machineAt();
    const honest = transportTo(site.host);
    machine.transport = async (target, method, request) =>
      target.port === 41_688 ? honest(target, method, request) : unreachable(target, method, request);
    const client = await openOn(machine, site, { host: { host: "host.example", port: 41_688 } });
    await client.activate();
    takeEvents(machine);
    const again = await client.activate();
    assert.deepEqual(
      again.tried.map(({ host, reason }) => [host, reason]),
      [
        ["host.example:1688", "HOST_UNREACHABLE"],
        ["host.example:41688", undefined],
      ],
    );
  });
});
