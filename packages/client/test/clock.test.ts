import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LICENSE_STATUS, xprLines } from "@countersign/domain";
import fc from "fast-check";
import type { LicensingClient, Transport } from "../src/index.ts";
import { decodeTrustedState } from "../src/trusted-state-codec.ts";
import { DAY_MS, HOUR_MS, newMachine, openOn, pass, type TestMachine, takeEvents } from "./machine.ts";
import { openSite, transportTo } from "./site.ts";

const START_MS = Date.UTC(2026, 10, 24);
const startTime = () => ({ wallMs: START_MS, monotonicMs: 5_000 });
const unreachable: Transport = async () => ({ kind: "failure", reason: "HOST_UNREACHABLE", detail: "refused" });

async function licensedMachine() {
  const time = startTime();
  const site = await openSite(time);
  const honest = transportTo(site.host);
  const machine = newMachine("pc-1", time, honest);
  const client = await openOn(machine, site);
  assert.ok((await client.activate()).ok);
  return { time, site, honest, machine, client };
}

async function run(client: LicensingClient, machine: TestMachine, ms: number, stepMs = 10 * 60_000): Promise<void> {
  for (let done = 0; done < ms; done += stepMs) {
    pass(stepMs, machine.time);
    await client.tick();
  }
}

describe("a clock that jumps forward", () => {
  it("ends no licence before it has lasted a day of run time", async () => {
    const { machine, client } = await licensedMachine();
    machine.transport = unreachable;
    machine.time.wallMs += 365 * DAY_MS;
    await client.tick();
    assert.equal(client.status().status, LICENSE_STATUS.licensed, "seven days of a jump are believed at once");
    await run(client, machine, 25 * HOUR_MS);
    assert.notEqual(client.status().status, LICENSE_STATUS.licensed, "it persisted for a day");
  });

  it("is forgotten when it is taken back before that", async () => {
    const { machine, client } = await licensedMachine();
    machine.transport = unreachable;
    machine.time.wallMs += 365 * DAY_MS;
    await run(client, machine, 12 * HOUR_MS);
    machine.time.wallMs -= 365 * DAY_MS;
    await run(client, machine, 48 * HOUR_MS);
    assert.equal(client.status().status, LICENSE_STATUS.licensed);
    assert.equal(client.status().flags.clockSuspect, false);
  });
});

describe("a clock that goes back", () => {
  it("is suspect beyond 26 h: the event, the flag, and an attempt at once", async () => {
    const { machine, client, time } = await licensedMachine();
    pass(DAY_MS, machine.time, time);
    await client.tick();
    takeEvents(machine);
    machine.time.wallMs -= 40 * DAY_MS;
    machine.transport = unreachable;
    await client.tick();
    assert.equal(client.status().flags.clockSuspect, true);
    const events = takeEvents(machine);
    assert.ok(events.includes(30008) && events.includes(12288), String(events));
  });

  it("moves no date that is shown: while it stands behind, when it is set right, and while run time goes on", async () => {
    const { machine, client } = await licensedMachine();
    const shown = () => {
      const facts = client.facts();
      return [client.status().expiresMs, facts.state.endsMs, ...xprLines([facts])].join("\n");
    };
    const before = shown();
    machine.transport = unreachable;
    pass(10 * DAY_MS, machine.time);
    await client.tick();
    assert.equal(shown(), before);
    machine.time.wallMs -= 9 * DAY_MS;
    for (let day = 0; day < 6; day++) {
      await run(client, machine, DAY_MS, 2 * HOUR_MS);
      assert.equal(shown(), before, `day ${day} behind`);
    }
    assert.equal(client.status().flags.clockSuspect, true);
    assert.ok((client.status().expiresMs ?? 0) - machine.time.wallMs > 170 * DAY_MS);
    assert.equal(client.facts().state.remainingMinutes, 164 * 1_440, "what is left is told by run time");
    machine.time.wallMs += 9 * DAY_MS;
    await client.tick();
    assert.equal(shown(), before, "set right");
  });

  it("gains no time: the licence ends after its validity of run time all the same (I32)", async () => {
    const { machine, client } = await licensedMachine();
    machine.transport = unreachable;
    machine.time.wallMs -= 100 * DAY_MS;
    let licensedMs = 0;
    const stepMs = 6 * HOUR_MS;
    for (let i = 0; i < 4 * 200; i++) {
      pass(stepMs, machine.time);
      await client.tick();
      if (client.status().status === LICENSE_STATUS.licensed) licensedMs += stepMs;
    }
    assert.ok(licensedMs <= 180 * DAY_MS, `licensed for ${licensedMs / DAY_MS} days`);
    assert.equal(client.status().status, LICENSE_STATUS.notification);
  });

  it("is trusted again by a fresh verified statement (I33), whose time raises no floor (I34)", async () => {
    const { machine, client, honest } = await licensedMachine();
    const floorOf = () => decodeTrustedState(machine.store.snapshot()?.body ?? new Uint8Array())?.clock.floorMs;
    const floorMs = floorOf();
    machine.time.wallMs -= 5 * DAY_MS;
    machine.transport = unreachable;
    await client.tick();
    assert.equal(client.status().flags.clockSuspect, true);
    machine.transport = honest;
    // The question is an hour old by now: the answer is kept, and a fresh one clears the clock in the same attempt.
    pass(2 * HOUR_MS, machine.time);
    assert.ok((await client.activate()).ok);
    assert.equal(client.status().flags.clockSuspect, false);
    assert.equal(client.status().status, LICENSE_STATUS.licensed);
    // By what is believed: no wall clock is before what the publisher has signed.
    assert.equal(client.status().expiresMs, client.status().trustedTimeMs + 180 * DAY_MS);
    assert.equal(floorOf(), floorMs);
  });

  it("leaves a machine without a clock chip working: it starts in 1970 and is licensed", async () => {
    const time = startTime();
    const site = await openSite(time);
    const machine = newMachine("pc-1", { wallMs: 1_000, monotonicMs: 10 }, transportTo(site.host));
    const client = await openOn(machine, site);
    assert.ok((await client.activate()).ok);
    assert.equal(client.status().status, LICENSE_STATUS.licensed);
  });
});

describe("a lease", () => {
  it("counts from the first send of its series: a withheld reply gains no time", async () => {
    const time = startTime();
    const site = await openSite(time);
    const honest = transportTo(site.host);
    const machine = newMachine("pc-1", time, honest);
    const client = await openOn(machine, site);
    machine.transport = async (...call) => {
      await honest(...call);
      return { kind: "failure", reason: "TIMEOUT", detail: "reply" };
    };
    await client.activate();
    const firstSendMs = machine.time.wallMs;
    pass(3 * DAY_MS, machine.time, time);
    machine.transport = honest;
    assert.ok((await client.activate()).ok);
    assert.equal(client.status().expiresMs, firstSendMs + 180 * DAY_MS);
  });

  it("keeps a machine licensed no longer than its validity, whatever the wall clock does while it runs (I32)", async () => {
    const jumps = fc.array(fc.tuple(fc.integer({ min: -400, max: 400 }), fc.integer({ min: 1, max: 60 })), {
      maxLength: 8,
    });
    const property = fc.asyncProperty(jumps, async (moves) => {
      const { machine, client } = await licensedMachine();
      machine.transport = unreachable;
      let licensedMs = 0;
      const stepMs = 12 * HOUR_MS;
      for (const [days, steps] of [...moves, [0, 400] as const]) {
        machine.time.wallMs += days * DAY_MS;
        for (let i = 0; i < steps; i++) {
          pass(stepMs, machine.time);
          await client.tick();
          if (client.status().status === LICENSE_STATUS.licensed) licensedMs += stepMs;
        }
      }
      assert.ok(licensedMs <= 180 * DAY_MS, `licensed for ${licensedMs / DAY_MS} days`);
      assert.notEqual(client.status().status, LICENSE_STATUS.licensed);
    });
    await fc.assert(property, { numRuns: 8 });
  });
});
