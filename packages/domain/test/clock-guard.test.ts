import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  acceptHostClock,
  advanceHostClock,
  contactCorrection,
  currentCount,
  type HostClockReading,
  type HostClockRecord,
  noteContact,
  openCountWindow,
} from "../src/index.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;
const T0 = Date.UTC(2026, 0, 1);
const END_MS = T0 + 3 * YEAR_MS;

/** A look at the clocks: `ranMs` is the run time of this process, `offMs` how far the wall is from the truth. */
const look = (ranMs: number, offMs = 0, more: Partial<HostClockReading> = {}): HostClockReading => ({
  wallMs: T0 + ranMs + offMs,
  monotonicMs: ranMs,
  processId: "a",
  certificateNotAfterMs: END_MS,
  ...more,
});
const started = advanceHostClock(undefined, look(0));

function looks(record: HostClockRecord, readings: readonly HostClockReading[]): HostClockRecord {
  return readings.reduce<HostClockRecord>(advanceHostClock, record);
}

/** One look an hour, `hours` of them, from the run time `fromMs` on. */
const hourly = (fromMs: number, hours: number, offMs = 0, more: Partial<HostClockReading> = {}) =>
  Array.from({ length: hours + 1 }, (_, i) => look(fromMs + i * HOUR_MS, offMs, more));

test("a first start believes the wall clock, held at the end of the certificate", () => {
  assert.equal(started.guardedMs, T0);
  assert.equal(started.suspect, undefined);
  assert.equal(advanceHostClock(undefined, look(0, 10 * YEAR_MS)).guardedMs, END_MS);
  const uncertified = look(0, 10 * YEAR_MS, { certificateNotAfterMs: undefined });
  assert.equal(advanceHostClock(undefined, uncertified).guardedMs, T0 + 10 * YEAR_MS);
});

test("time follows a wall clock that runs as it should", () => {
  const record = looks(started, hourly(0, 100));
  assert.equal(record.guardedMs, T0 + 100 * HOUR_MS);
  assert.equal(record.suspect, undefined);
});

test("up to 6 hours beyond run time are one step; a larger one is watched, and time runs on the monotonic clock", () => {
  assert.equal(advanceHostClock(started, look(HOUR_MS, 6 * HOUR_MS)).guardedMs, T0 + 7 * HOUR_MS);
  const { guardedMs, suspect } = advanceHostClock(started, look(HOUR_MS, 6 * HOUR_MS + 1));
  assert.equal(guardedMs, T0 + HOUR_MS);
  assert.notEqual(suspect, undefined);
});

test("time never goes back: up to 24 hours behind, it waits for the wall", () => {
  const back = looks(started, [look(HOUR_MS), look(2 * HOUR_MS, -20 * HOUR_MS)]);
  assert.equal(back.guardedMs, T0 + HOUR_MS);
  assert.equal(back.suspect, undefined);
  const waited = looks(back, hourly(3 * HOUR_MS, 15, -20 * HOUR_MS));
  assert.equal(waited.guardedMs, T0 + HOUR_MS, "it waits, and is not suspected for that");
  assert.equal(waited.suspect, undefined);
  const caughtUp = looks(waited, hourly(19 * HOUR_MS, 10, -20 * HOUR_MS));
  assert.equal(caughtUp.guardedMs, T0 + 9 * HOUR_MS);
});

test("further behind than 24 hours is watched, in a running process and after a restart", () => {
  for (const processId of ["a", "b"]) {
    assert.equal(advanceHostClock(started, look(0, -DAY_MS, { processId })).suspect, undefined);
    assert.notEqual(advanceHostClock(started, look(0, -DAY_MS - 1, { processId })).suspect, undefined);
  }
});

test("after a restart a wall up to 22 days ahead is believed at once, one further ahead is watched", () => {
  const after = (offMs: number) => advanceHostClock(started, look(0, offMs, { processId: "b" }));
  assert.equal(after(21 * DAY_MS).guardedMs, T0 + 21 * DAY_MS, "switched off for three weeks");
  assert.equal(after(22 * DAY_MS).suspect, undefined);
  assert.notEqual(after(22 * DAY_MS + 1).suspect, undefined);
  assert.equal(after(YEAR_MS).guardedMs, T0 + 1, "the watch begins after all that was before it");
});

test("the monotonic clock of another process explains nothing", () => {
  const restarted = look(0, 30 * DAY_MS, { processId: "b", monotonicMs: 30 * DAY_MS });
  const record = advanceHostClock(started, restarted);
  assert.notEqual(record.suspect, undefined);
  assert.equal(record.guardedMs, T0 + 1);
});

test("after a restart a wall beyond the end of the certificate is watched, unless time had reached that end before", () => {
  const ending = (offMs: number) => look(0, offMs, { processId: "b", certificateNotAfterMs: T0 + 5 * DAY_MS });
  assert.equal(advanceHostClock(started, ending(5 * DAY_MS)).suspect, undefined);
  const beyond = advanceHostClock(started, ending(5 * DAY_MS + 1));
  assert.notEqual(beyond.suspect, undefined);
  assert.equal(beyond.guardedMs, T0 + 1);
  const ended = { ...started, guardedMs: T0 + 5 * DAY_MS };
  assert.equal(advanceHostClock(ended, ending(9 * DAY_MS)).suspect, undefined);
});

test("a wall that has agreed with itself for 24 hours of run time is believed", () => {
  const jumped = looks(started, hourly(0, 23, 40 * DAY_MS));
  assert.equal(jumped.guardedMs, T0 + 23 * HOUR_MS);
  assert.notEqual(jumped.suspect, undefined);
  const believed = advanceHostClock(jumped, look(DAY_MS, 40 * DAY_MS));
  assert.equal(believed.guardedMs, T0 + 41 * DAY_MS);
  assert.equal(believed.suspect, undefined);
});

test("the 24 hours go on over restarts, so a host that is switched off every night comes to their end", () => {
  let record = started;
  for (let day = 0; day < 3; day++) {
    const processId = `day ${day}`;
    const offMs = 60 * DAY_MS + day * DAY_MS;
    record = looks(record, hourly(0, 8, offMs, { processId }));
    if (day < 2) assert.notEqual(record.suspect, undefined);
  }
  assert.equal(record.suspect, undefined);
  assert.equal(record.guardedMs, T0 + 62 * DAY_MS + 8 * HOUR_MS);
});

test("a wall that lands elsewhere meanwhile begins its 24 hours anew", () => {
  const twice = looks(started, [...hourly(0, 23, 40 * DAY_MS), ...hourly(DAY_MS, 23, 50 * DAY_MS)]);
  assert.notEqual(twice.suspect, undefined);
  const creeping = Array.from({ length: 30 }, (_, i) => look(i * HOUR_MS, 40 * DAY_MS + i * 60_000));
  assert.notEqual(looks(started, creeping).suspect, undefined, "a minute an hour is no clock that runs as it should");
  const overnight = looks(started, [...hourly(0, 23, 40 * DAY_MS), ...hourly(0, 23, 30 * DAY_MS, { processId: "b" })]);
  assert.notEqual(overnight.suspect, undefined, "nor one that goes back over a restart");
  const leapt = looks(started, [...hourly(0, 23, 40 * DAY_MS), ...hourly(0, 23, 64 * DAY_MS, { processId: "b" })]);
  assert.notEqual(leapt.suspect, undefined, "nor one that leaps ahead over it");
});

test("one bad answer of a time server leaves nothing behind, forwards or back", () => {
  for (const offMs of [YEAR_MS, -YEAR_MS, 9000 * DAY_MS, -T0]) {
    const record = looks(started, [look(HOUR_MS), look(2 * HOUR_MS, offMs), look(3 * HOUR_MS)]);
    assert.equal(record.guardedMs, T0 + 3 * HOUR_MS, `${offMs / DAY_MS} days off`);
    assert.equal(record.suspect, undefined);
  }
});

test("one start in a wrong year leaves nothing behind either", () => {
  for (const offMs of [YEAR_MS, -YEAR_MS, -T0]) {
    const wrong = advanceHostClock(started, look(0, offMs, { processId: "b" }));
    assert.notEqual(wrong.suspect, undefined);
    const right = advanceHostClock(wrong, look(10 * 60_000, 0, { processId: "b" }));
    assert.equal(right.guardedMs, T0 + 10 * 60_000);
    assert.equal(right.suspect, undefined);
  }
});

test("a wall that stays behind is never believed by itself: time would stand still until then", () => {
  const days = looks(started, hourly(0, 100, -10 * DAY_MS));
  assert.notEqual(days.suspect, undefined);
  assert.equal(days.guardedMs, T0 + 100 * HOUR_MS);
});

test("a time that was committed beyond the end of a later certificate does not go back by itself", () => {
  const early = advanceHostClock(undefined, look(0, 10 * YEAR_MS, { certificateNotAfterMs: undefined }));
  const right = advanceHostClock(early, look(HOUR_MS));
  assert.equal(right.guardedMs, early.guardedMs);
  assert.notEqual(right.suspect, undefined);
});

test("an administrator's word sets time to the wall at once, forwards or back", () => {
  const suspect = looks(started, hourly(0, 3, 100 * DAY_MS));
  assert.deepEqual(acceptHostClock(look(4 * HOUR_MS, 100 * DAY_MS)), {
    ...suspect,
    guardedMs: T0 + 100 * DAY_MS + 4 * HOUR_MS,
    monotonicMs: 4 * HOUR_MS,
    suspect: undefined,
  });
  assert.equal(acceptHostClock(look(0, -100 * DAY_MS)).guardedMs, T0 - 100 * DAY_MS);
});

test("time beyond the end of the certificate is never committed, and a host whose certificate ended is not suspected", () => {
  const certificateNotAfterMs = T0 + 10 * HOUR_MS;
  let record = started;
  for (const reading of hourly(0, 100, 0, { certificateNotAfterMs })) {
    record = advanceHostClock(record, reading);
    assert.ok(record.guardedMs <= certificateNotAfterMs);
    assert.equal(record.suspect, undefined);
  }
  const renewed = advanceHostClock(record, look(101 * HOUR_MS));
  assert.equal(renewed.guardedMs, T0 + 101 * HOUR_MS, "a renewed one lets time go on at once");
});

test("when a watch ends, who asked during it asked later by all of its lag, and who fell silent before did not", () => {
  const off = looks(started, hourly(0, 5));
  const watched = looks(off, hourly(0, 23, 30 * DAY_MS, { processId: "b" }));
  assert.equal(contactCorrection(off, watched), undefined, "nothing moves while it lasts");
  const believed = advanceHostClock(watched, look(DAY_MS, 30 * DAY_MS, { processId: "b" }));
  assert.equal(believed.suspect, undefined);
  const lagMs = believed.guardedMs - (watched.guardedMs + HOUR_MS);
  assert.deepEqual(contactCorrection(watched, believed), {
    fromMs: off.guardedMs + 1,
    byMs: lagMs,
    latestMs: believed.guardedMs,
  });
  assert.ok(lagMs > 29 * DAY_MS);
});

test("a clock accepted backwards leaves no contact in the future; one accepted forwards ends its watch", () => {
  const early = acceptHostClock(look(0, -100 * DAY_MS));
  const { guardedMs } = early;
  assert.deepEqual(contactCorrection(started, early), { fromMs: guardedMs, byMs: 0, latestMs: guardedMs });
  const watched = looks(started, hourly(0, 3, 100 * DAY_MS));
  const accepted = acceptHostClock(look(3 * HOUR_MS, 100 * DAY_MS));
  assert.equal(contactCorrection(watched, accepted)?.byMs, 100 * DAY_MS);
});

test("a step that no watch delayed moves no contact, nor does a watch of one bad answer", () => {
  assert.equal(contactCorrection(undefined, started), undefined);
  assert.equal(contactCorrection(started, advanceHostClock(started, look(HOUR_MS, 6 * HOUR_MS))), undefined);
  const wrong = advanceHostClock(started, look(HOUR_MS, YEAR_MS));
  assert.equal(contactCorrection(wrong, advanceHostClock(wrong, look(2 * HOUR_MS))), undefined);
});

/** Any history of one host: run time passes, the wall reads anything, processes end and begin. */
const anyHistory = fc.array(
  fc.record({
    ranMs: fc.oneof(fc.nat(60_000), fc.nat(DAY_MS)),
    offMs: fc.oneof(
      fc.constant(0),
      fc.integer({ min: -8 * HOUR_MS, max: 8 * HOUR_MS }),
      fc.integer({ min: -40 * DAY_MS, max: 40 * DAY_MS }),
      fc.integer({ min: -50 * YEAR_MS, max: 50 * YEAR_MS }),
    ),
    restarts: fc.boolean(),
  }),
  { maxLength: 40 },
);

/** Plays a history and shows each step with the run time since the wall was suspected first. */
function play(
  history: readonly { ranMs: number; offMs: number; restarts: boolean }[],
  show: (before: HostClockRecord, after: HostClockRecord, step: { ranMs: number; suspectRunMs: number }) => void,
): { record: HostClockRecord; ranMs: number; processId: string } {
  let [record, process, processRanMs, ranMs, suspectRunMs] = [started, 0, 0, 0, 0];
  for (const step of history) {
    ranMs += step.ranMs;
    process += step.restarts ? 1 : 0;
    processRanMs = step.restarts ? 0 : processRanMs + step.ranMs;
    suspectRunMs = record.suspect === undefined ? 0 : suspectRunMs + (step.restarts ? 0 : step.ranMs);
    const reading = look(ranMs, step.offMs, { monotonicMs: processRanMs, processId: `${process}` });
    const after = advanceHostClock(record, reading);
    show(record, after, { ranMs: step.ranMs, suspectRunMs });
    record = after;
  }
  return { record, ranMs, processId: `${process}` };
}

test("whatever the wall reads: time never goes back, never passes the certificate, and steps only as far as it may", () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      play(history, (before, after, { ranMs, suspectRunMs }) => {
        assert.ok(after.guardedMs >= before.guardedMs);
        assert.ok(after.guardedMs <= END_MS);
        const restarted = before.processId !== after.processId;
        const mayStepMs = restarted ? 22 * DAY_MS : ranMs + 6 * HOUR_MS;
        const agreed = before.suspect !== undefined && suspectRunMs >= DAY_MS;
        if (!agreed) assert.ok(after.guardedMs - before.guardedMs <= mayStepMs);
        if (after.suspect !== undefined && !restarted) {
          assert.ok(Math.abs(after.guardedMs - before.guardedMs - ranMs) < 1, "a watched wall moves nothing");
        }
      });
    }),
    { numRuns: 1000 },
  );
});

test("whatever it was before, after 24 hours of a right clock time follows it, unless it is a day ahead of it", () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      const { record, ranMs, processId } = play(history, () => undefined);
      const monotonicMs = record.suspect?.monotonicMs ?? record.monotonicMs;
      const day = hourly(ranMs, 26).map((reading, i) => ({
        ...reading,
        monotonicMs: monotonicMs + i * HOUR_MS,
        processId,
        certificateNotAfterMs: undefined,
      }));
      const after = looks(record, day);
      const truthMs = T0 + ranMs + 26 * HOUR_MS;
      if (after.guardedMs - truthMs <= DAY_MS) assert.equal(after.suspect, undefined);
      assert.ok(after.guardedMs >= truthMs);
    }),
    { numRuns: 500 },
  );
});

test("no single reading takes a machine out of the count that renews every week, and none freezes it", () => {
  const offMs = fc.oneof(fc.integer({ min: -50 * YEAR_MS, max: 50 * YEAR_MS }), fc.constant(YEAR_MS), fc.constant(-T0));
  fc.assert(
    fc.property(offMs, fc.boolean(), (off, restarts) => {
      const window = openCountWindow({ required: [], machines: [] }, 1000);
      // Thirty machines, the one that asked longest ago a week and its jitter before.
      for (let i = 0; i < 30; i++) {
        const seenMs = T0 - (7.7 * DAY_MS * (30 - i)) / 30;
        noteContact(window, { cmid: `${i}`, requiredCount: 25, counted: true }, seenMs);
      }
      const processId = restarts ? "b" : "a";
      const wrong = advanceHostClock(started, look(restarts ? 0 : 1000, off, { processId }));
      assert.equal(currentCount(window, wrong.guardedMs), 30, "as it was committed with the wrong reading");
      const right = looks(wrong, hourly(2000, 26, 0, { processId }));
      assert.equal(currentCount(window, right.guardedMs), 30);
      const monthLater = looks(right, hourly(2000 + 27 * HOUR_MS, 24 * 54, 0, { processId }));
      assert.equal(currentCount(window, monthLater.guardedMs + 1), 0, "30 days of silence");
    }),
    { numRuns: 200 },
  );
});
