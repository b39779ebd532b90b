import assert from "node:assert/strict";
import { afterEach, describe, it } from "node:test";
import { EVENT } from "@countersign/domain";
import { adminOf } from "../site.ts";
import { type Door, eventsOf, openDoor } from "./door.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;

/** A wall that is set by hand on top of time as it passes, and run time that is wound on with it or without it. */
const clock = {
  wallOffMs: 0,
  passedMs: 0,
  wallMs: () => Date.now() + clock.wallOffMs + clock.passedMs,
  monotonicMs: () => Math.floor(performance.now()) + clock.passedMs,
};

/** Time passes for both clocks, looked at every hour as requests would. */
async function passes(durationMs: number, door: Door): Promise<void> {
  for (let leftMs = durationMs; leftMs > 0; leftMs -= HOUR_MS) {
    clock.passedMs += Math.min(HOUR_MS, leftMs);
    await door.askFor();
  }
}

async function statusOf(door: Door) {
  const status = await adminOf(door.host.adminSocket).getStatus({});
  const [seat] = status.seats;
  const [count] = seat?.counts ?? [];
  assert.ok(seat && count);
  return { guardedMs: Number(status.guardedTimeMs), clockSuspect: status.clockSuspect, seat, count };
}

async function readiness(door: Door): Promise<{ readonly status: number; readonly text: string }> {
  const reply = await fetch(`http://127.0.0.1:${door.host.adminPort}/readyz`);
  return { status: reply.status, text: await reply.text() };
}

const clockEvents = (door: Door) => ({
  suspect: eventsOf(door.options.dataDirectory, EVENT.clockSuspect).length,
  trusted: eventsOf(door.options.dataDirectory, EVENT.clockTrusted).length,
});

const MACHINES = 5;

/** An activated host with five machines counted, its clock right. */
async function countingDoor(): Promise<Door> {
  clock.wallOffMs = 0;
  clock.passedMs = 0;
  const door = await openDoor({ clock });
  for (let i = 0; i < MACHINES; i++) await door.stillServes();
  assert.equal((await statusOf(door)).count.currentCount, MACHINES);
  return door;
}

/** The count goes on from where it was: neither begun anew nor held. */
async function countsOn(door: Door): Promise<void> {
  const { count } = await statusOf(door);
  await door.stillServes();
  const after = await statusOf(door);
  assert.equal(after.count.currentCount, count.currentCount + 1);
  assert.ok(after.count.currentCount > MACHINES);
}

let open: Door | undefined;
afterEach(async () => {
  await open?.stop();
  open = undefined;
});

describe("a host's wall clock that jumps while it serves", () => {
  for (const [name, offMs] of [
    ["ten years ahead", 10 * YEAR_MS],
    ["a year ahead", YEAR_MS],
    ["seven hours ahead", 7 * HOUR_MS],
  ] as const) {
    it(`${name} moves no time and no count: 30008, unready, served all the same; back again 30009`, async () => {
      open = await countingDoor();
      const before = await statusOf(open);
      clock.wallOffMs = offMs;
      await countsOn(open);
      const during = await statusOf(open);
      assert.ok(during.clockSuspect);
      assert.ok(during.guardedMs - before.guardedMs < HOUR_MS, "time runs on, it does not jump");
      assert.deepEqual(clockEvents(open), { suspect: 1, trusted: 0 });
      const ready = await readiness(open);
      assert.equal(ready.status, 503);
      assert.match(ready.text, /the clock is suspect/);
      clock.wallOffMs = 0;
      await countsOn(open);
      assert.equal((await statusOf(open)).clockSuspect, false);
      assert.deepEqual(clockEvents(open), { suspect: 1, trusted: 1 });
      assert.deepEqual(await readiness(open), { status: 200, text: "ok\n" });
    });
  }

  it("behind its own certificate is HOST_CLOCK_SUSPECT: refused, failed + 1, the machines stay; back again it serves", async () => {
    open = await countingDoor();
    clock.wallOffMs = -5 * YEAR_MS;
    const before = open.rows();
    const reply = await open.askFor();
    assert.equal(reply.reason, "HOST_CLOCK_SUSPECT");
    assert.equal(reply.status, 400);
    const { machines, total, failed } = open.rows();
    assert.deepEqual([machines, total, failed], [before.machines, before.total + 1, before.failed + 1]);
    assert.deepEqual(clockEvents(open), { suspect: 1, trusted: 0 });
    assert.match((await readiness(open)).text, /the clock is suspect/);
    assert.equal((await statusOf(open)).count.currentCount, MACHINES);
    clock.wallOffMs = 0;
    await countsOn(open);
    assert.deepEqual(clockEvents(open), { suspect: 1, trusted: 1 });
  });
});

describe("a host that starts in a wrong year", () => {
  for (const [name, offMs] of [
    ["ten years ahead", 10 * YEAR_MS],
    ["two months ahead", 60 * DAY_MS],
  ] as const) {
    it(`${name}, commits there and comes back, has lost nothing: one commit in a wrong year is survived`, async () => {
      open = await countingDoor();
      const before = await statusOf(open);
      clock.wallOffMs = offMs;
      await open.restart();
      await countsOn(open);
      assert.ok((await statusOf(open)).guardedMs - before.guardedMs < HOUR_MS);
      assert.ok((await statusOf(open)).clockSuspect);
      await open.restart();
      await countsOn(open);
      clock.wallOffMs = 0;
      await open.restart();
      await countsOn(open);
      const after = await statusOf(open);
      assert.equal(after.clockSuspect, false);
      assert.equal(after.seat.hostStatus, "licensed");
    });
  }

  it("years back refuses until it is right again, over restarts, and the count is as it was", async () => {
    open = await countingDoor();
    clock.wallOffMs = -20 * YEAR_MS;
    await open.restart();
    assert.equal((await open.askFor()).reason, "HOST_CLOCK_SUSPECT");
    await open.restart();
    assert.equal((await open.askFor()).reason, "HOST_CLOCK_SUSPECT");
    assert.equal((await statusOf(open)).count.currentCount, MACHINES);
    clock.wallOffMs = 0;
    await open.restart();
    await countsOn(open);
  });
});

describe("a wall clock that is right and was not believed", () => {
  it("is believed once it has agreed with itself for 24 hours", async () => {
    open = await countingDoor();
    clock.wallOffMs = 20 * DAY_MS;
    await passes(23 * HOUR_MS, open);
    assert.ok((await statusOf(open)).clockSuspect);
    await passes(2 * HOUR_MS, open);
    const after = await statusOf(open);
    assert.equal(after.clockSuspect, false);
    assert.ok(Math.abs(after.guardedMs - clock.wallMs()) < HOUR_MS);
    assert.deepEqual(clockEvents(open), { suspect: 1, trusted: 1 });
    await open.stillServes();
  });

  it("is believed at once when an administrator says so, forwards and back, and the count is judged by it", async () => {
    open = await countingDoor();
    const admin = adminOf(open.host.adminSocket);
    clock.wallOffMs = 40 * DAY_MS;
    await open.stillServes();
    const { guardedTimeMs } = await admin.acceptClock({});
    assert.ok(Math.abs(Number(guardedTimeMs) - clock.wallMs()) < HOUR_MS);
    assert.equal((await statusOf(open)).clockSuspect, false);
    assert.equal(
      (await statusOf(open)).count.currentCount,
      1,
      "30 days of silence, but for who asked during the watch",
    );
    assert.deepEqual(await readiness(open), { status: 200, text: "ok\n" });
    clock.wallOffMs = 0;
    await open.stillServes();
    assert.ok((await statusOf(open)).clockSuspect, "time does not go back by itself");
    await admin.acceptClock({});
    assert.equal((await statusOf(open)).clockSuspect, false);
    await open.restart();
    assert.equal((await statusOf(open)).clockSuspect, false);
    await open.stillServes();
  });
});

describe("a host certificate that has ended", () => {
  it("is HOST_CERT_EXPIRED once time is believed to be past it: refused, failed + 1, unready; nothing is lost", async () => {
    open = await countingDoor();
    const { seat } = await statusOf(open);
    clock.wallOffMs = Number(seat.notAfterMs) - Date.now() + DAY_MS;
    await countsOn(open); // A jump is not believed, so the certificate has not ended yet.
    await adminOf(open.host.adminSocket).acceptClock({});
    const before = open.rows();
    const reply = await open.askFor();
    assert.equal(reply.reason, "HOST_CERT_EXPIRED");
    const { machines, total, failed } = open.rows();
    assert.deepEqual([machines, total, failed], [before.machines, before.total + 1, before.failed + 1]);
    const after = await statusOf(open);
    assert.deepEqual([after.seat.hostStatus, after.seat.reason], ["notification", "HOST_CERT_EXPIRED"]);
    assert.ok(after.guardedMs <= Number(seat.notAfterMs), "time is never committed past the certificate's end");
    assert.match((await readiness(open)).text, /the host certificate has ended/);
    await open.restart();
    assert.equal((await open.askFor()).reason, "HOST_CERT_EXPIRED");
    clock.wallOffMs = 0;
    await adminOf(open.host.adminSocket).acceptClock({});
    await open.stillServes();
  });
});
