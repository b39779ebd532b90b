import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type ClockReading,
  confirmClock,
  effectiveNowMs,
  licenseNow,
  observeClock,
  openTrustedClock,
  raiseFloor,
  startSeries,
  type TrustedClock,
} from "../src/index.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const T0 = Date.UTC(2026, 0, 1);
const FLOOR_MS = T0 - 30 * DAY_MS;

/** A machine whose wall clock can be set: `ran` is run time of this boot. */
const at = (wallMs: number, monotonicMs: number, bootId = "a"): ClockReading => ({ wallMs, monotonicMs, bootId });
const opened = openTrustedClock(at(T0, 0), FLOOR_MS);

/** Observes one reading after the other. */
function observeAll(clock: TrustedClock, readings: readonly ClockReading[]): TrustedClock {
  return readings.reduce(observeClock, clock);
}

const arbitraryReading = fc.record({
  wallMs: fc.oneof(
    fc.integer({ min: T0 - 3 * DAY_MS, max: T0 + 3 * DAY_MS }),
    fc.integer({ min: 0, max: T0 + 3000 * DAY_MS }),
  ),
  monotonicMs: fc.nat(60 * DAY_MS),
  bootId: fc.constantFrom("a", "b", "c"),
});
const readings = fc.array(arbitraryReading, { maxLength: 30 });

test("a clock that runs as it should is believed", () => {
  const reading = at(T0 + 5 * HOUR_MS, 5 * HOUR_MS);
  const clock = observeClock(opened, reading);
  assert.equal(effectiveNowMs(clock, reading), reading.wallMs);
  assert.equal(clock.suspectSinceUsedMs, undefined);
});

test("up to 26 hours back is a time zone, not a rollback: time stands until the wall has caught up", () => {
  const reading = at(T0 - 26 * HOUR_MS, 0);
  const clock = observeClock(opened, reading);
  assert.equal(clock.suspectSinceUsedMs, undefined);
  assert.equal(effectiveNowMs(clock, reading), T0);
});

test("further back is a rollback: CLOCK_SUSPECT, and time is frozen at the high water", () => {
  const reading = at(T0 - 26 * HOUR_MS - 1, HOUR_MS);
  const clock = observeClock(opened, reading);
  assert.equal(clock.suspectSinceUsedMs, HOUR_MS);
  assert.equal(effectiveNowMs(clock, reading), T0);
  const later = at(reading.wallMs + 5 * DAY_MS, HOUR_MS, "b");
  assert.equal(
    observeClock(clock, at(T0 - 9 * DAY_MS, 0, "b")).suspectSinceUsedMs,
    HOUR_MS,
    "a boot does not clear it",
  );
  assert.equal(observeClock(clock, later).suspectSinceUsedMs, HOUR_MS, "nor does a wall that agrees again");
});

test("a forward jump of 7 days enters the high water at once, a longer one within one boot only after 24 hours", () => {
  assert.equal(observeClock(opened, at(T0 + 7 * DAY_MS, 0)).highWaterMs, T0 + 7 * DAY_MS);
  const jumped = at(T0 + 100 * DAY_MS, 0);
  const seen = observeClock(opened, jumped);
  assert.equal(seen.highWaterMs, T0);
  assert.equal(effectiveNowMs(seen, jumped), T0 + 7 * DAY_MS, "until then time goes 7 days ahead at most");
  const almost = observeClock(seen, at(T0 + 101 * DAY_MS - 1, DAY_MS - 1));
  assert.ok(almost.highWaterMs < T0 + 2 * DAY_MS);
  assert.equal(observeClock(almost, at(T0 + 101 * DAY_MS, DAY_MS)).highWaterMs, T0 + 101 * DAY_MS);
});

test("a jump that is withdrawn within 24 hours leaves nothing behind", () => {
  const clock = observeAll(opened, [at(T0 + 2000 * DAY_MS, 0), at(T0 + 2000 * DAY_MS + HOUR_MS, HOUR_MS)]);
  const back = at(T0 + 2 * HOUR_MS, 2 * HOUR_MS);
  const mended = observeClock(clock, back);
  assert.equal(mended.jump, undefined);
  assert.equal(mended.suspectSinceUsedMs, undefined);
  assert.equal(effectiveNowMs(mended, back), back.wallMs);
});

test("a wall that jumps again has not persisted: the 24 hours begin anew", () => {
  const twice = observeAll(opened, [
    at(T0 + 2000 * DAY_MS, 0),
    at(T0 + 1000 * DAY_MS, 23 * HOUR_MS),
    at(T0 + 1000 * DAY_MS + 2 * HOUR_MS, 25 * HOUR_MS),
  ]);
  assert.ok(twice.highWaterMs < T0 + 3 * DAY_MS);
  assert.equal(twice.jump?.usedMs, 23 * HOUR_MS);
});

test("a machine that was off for up to 400 days is believed at once, for longer after 24 hours", () => {
  assert.equal(observeClock(opened, at(T0 + 400 * DAY_MS, 0, "b")).highWaterMs, T0 + 400 * DAY_MS);
  const seen = observeClock(opened, at(T0 + 401 * DAY_MS, 0, "b"));
  assert.equal(seen.highWaterMs, T0);
  assert.equal(observeClock(seen, at(T0 + 402 * DAY_MS, DAY_MS, "b")).highWaterMs, T0 + 402 * DAY_MS);
});

test("run time counts within a boot, never goes back, and takes nothing from the gap between boots", () => {
  const clock = observeAll(opened, [at(T0, HOUR_MS), at(T0, 9 * HOUR_MS, "b"), at(T0, 10 * HOUR_MS, "b")]);
  assert.equal(clock.usedMs, 2 * HOUR_MS);
  fc.assert(
    fc.property(readings, (walk) => {
      let usedMs = 0;
      walk.reduce((before, reading) => {
        const next = observeClock(before, reading);
        assert.ok(next.usedMs >= usedMs);
        usedMs = next.usedMs;
        return next;
      }, opened);
    }),
  );
});

test("a machine without a clock chip starts below the floor and is not suspected for it", () => {
  const dead = at(0, 0);
  const clock = observeClock(openTrustedClock(dead, FLOOR_MS), at(HOUR_MS, HOUR_MS));
  assert.equal(clock.suspectSinceUsedMs, undefined);
  assert.equal(effectiveNowMs(clock, at(HOUR_MS, HOUR_MS)), FLOOR_MS);
});

test("I33: a fresh verified statement always clears CLOCK_SUSPECT and sets the high water to the wall", () => {
  fc.assert(
    fc.property(readings, arbitraryReading, fc.nat(HOUR_MS - 1), (walk, begin, tookMs) => {
      const before = observeClock(observeAll(opened, walk), begin);
      const series = startSeries(before, begin);
      const end = at(begin.wallMs + tookMs, begin.monotonicMs + tookMs, begin.bootId);
      const { clock, fresh } = confirmClock(observeClock(before, end), end, series);
      assert.ok(fresh);
      assert.equal(clock.suspectSinceUsedMs, undefined);
      assert.equal(clock.highWaterMs, end.wallMs);
      const next = at(end.wallMs + 1000, end.monotonicMs + 1000, end.bootId);
      assert.equal(
        observeClock(clock, next).suspectSinceUsedMs,
        undefined,
        "and the next look does not raise it again",
      );
    }),
  );
});

test("a statement whose series began an hour ago, or in another boot, clears nothing", () => {
  const back = at(T0 - 5 * DAY_MS, HOUR_MS);
  const suspect = observeClock(opened, back);
  const series = startSeries(suspect, back);
  const late = at(back.wallMs + HOUR_MS, 2 * HOUR_MS);
  const other = at(back.wallMs + 1000, 1000, "b");
  for (const reading of [late, other]) {
    const { clock, fresh } = confirmClock(observeClock(suspect, reading), reading, series);
    assert.equal(fresh, false);
    assert.notEqual(clock.suspectSinceUsedMs, undefined);
    assert.equal(clock.highWaterMs, suspect.highWaterMs);
  }
});

test("I34: only publisher-signed time moves the floor, and only up", () => {
  fc.assert(
    fc.property(readings, fc.nat(T0 + 9000 * DAY_MS), (walk, signedMs) => {
      const clock = observeAll(opened, walk);
      const last = walk.at(-1) ?? at(T0, 0);
      const confirmed = confirmClock(clock, last, startSeries(clock, last)).clock;
      assert.equal(confirmed.floorMs, FLOOR_MS);
      assert.equal(raiseFloor(clock, signedMs).floorMs, Math.max(FLOOR_MS, signedMs));
    }),
  );
});

test("effective time is never before the floor nor before what was believed", () => {
  fc.assert(
    fc.property(readings, arbitraryReading, (walk, reading) => {
      const clock = observeClock(observeAll(opened, walk), reading);
      assert.ok(effectiveNowMs(clock, reading) >= Math.max(clock.floorMs, clock.highWaterMs));
    }),
  );
});

test("a lease counts from the first send, not from the reply: a withheld reply gains no time", () => {
  const series = startSeries(opened, at(T0, 0));
  const reading = at(T0 + 3 * HOUR_MS, 3 * HOUR_MS);
  const { firstSend, clock } = confirmClock(observeClock(opened, reading), reading, series);
  assert.deepEqual(firstSend, { atMs: T0, usedMs: 0 });
  assert.equal(licenseNow(clock, reading).atMs - firstSend.atMs, 3 * HOUR_MS);
});

test("a reply that sets the clock right makes its lease neither older nor younger", () => {
  for (const wallMs of [T0 - 20 * DAY_MS, T0 + 300 * DAY_MS]) {
    const wrong = at(wallMs, 0);
    const clock = observeClock(opened, wrong);
    const series = startSeries(clock, wrong);
    const reading = at(wallMs + 5_000, 5_000);
    const { firstSend, clock: right } = confirmClock(observeClock(clock, reading), reading, series);
    assert.equal(licenseNow(right, reading).atMs - firstSend.atMs, 5_000);
  }
});
