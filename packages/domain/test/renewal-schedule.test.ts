import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { clampIntervalS, nextAttempt, sameBytesDelayMs, targetDelayMs, type Wait } from "../src/index.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const NOW_MS = Date.UTC(2026, 10, 24);
const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const anyNumber = fc.oneof(fc.double(), fc.nat(2 ** 32 - 1));
const delayOf = (wait: Wait, random: number) => nextAttempt(wait, NOW_MS, random).attemptMs - NOW_MS;

test("I37: whatever a host dictates, the next attempt lies within 15 minutes and 30 days, give or take the jitter", () => {
  const kinds = fc.constantFrom("activation-interval" as const, "renewal-interval" as const);
  fc.assert(
    fc.property(kinds, anyNumber, fc.integer(), fraction, (kind, intervalS, jitterPct, random) => {
      const delayMs = delayOf({ kind, intervalS, jitterPct }, random);
      assert.ok(delayMs >= 15 * MINUTE_MS * 0.9 && delayMs <= 30 * DAY_MS * 1.1, `${delayMs}`);
    }),
  );
});

test("an interval within the limits is kept, one outside is held at the limit", () => {
  assert.equal(clampIntervalS(7_200), 7_200);
  assert.equal(clampIntervalS(1), 900);
  assert.equal(clampIntervalS(Number.NaN), 900);
  assert.equal(clampIntervalS(2 ** 32 - 1), 30 * 86_400);
});

test("renewal is due after 7 days and a retry after 2 hours, spread by 10 %", () => {
  const renewal: Wait = { kind: "renewal-interval", intervalS: 604_800, jitterPct: 10 };
  assert.equal(delayOf(renewal, 0.5), 7 * DAY_MS);
  assert.equal(delayOf(renewal, 0), 7 * DAY_MS * 0.9);
  const retry: Wait = { kind: "activation-interval", intervalS: 7_200, jitterPct: 10 };
  assert.equal(delayOf(retry, 0.5), 2 * HOUR_MS);
  assert.equal(nextAttempt(retry, NOW_MS, 0).reason, "activation-interval");
});

test("a host cannot take the jitter away and so make a fleet come back as one", () => {
  const delays = [0, 0.999].map((random) =>
    delayOf({ kind: "activation-interval", intervalS: 7_200, jitterPct: 0 }, random),
  );
  assert.ok((delays[1] ?? 0) - (delays[0] ?? 0) > 2 * MINUTE_MS);
});

test("I38: 10 000 machines that boot together ask spread evenly over two minutes", () => {
  // A fixed sequence (Lehmer), so that the test says the same every time.
  let seed = 20_261_124;
  const random = () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
  const bins = Array.from({ length: 24 }, () => 0);
  for (let i = 0; i < 10_000; i++) {
    const delayMs = delayOf({ kind: "boot", interactive: false, dueMs: undefined }, random());
    assert.ok(delayMs >= 0 && delayMs <= 120_000);
    const bin = Math.min(23, Math.floor(delayMs / 5_000));
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  const expected = 10_000 / 24;
  const chiSquare = bins.reduce((sum, found) => sum + (found - expected) ** 2 / expected, 0);
  assert.ok(chiSquare < 49.7, `chi-square ${chiSquare} of 23 degrees of freedom; 49.7 is p = 0.001`);
});

test("a person who asks is served at once, after a boot too", () => {
  assert.equal(delayOf({ kind: "at-once" }, 0.9), 0);
  assert.equal(delayOf({ kind: "boot", interactive: true, dueMs: NOW_MS + DAY_MS }, 0.9), 0);
});

test("a restart keeps the attempt that was planned, and asks soon when it is overdue", () => {
  assert.equal(delayOf({ kind: "boot", interactive: false, dueMs: NOW_MS + 5 * DAY_MS }, 0.9), 5 * DAY_MS);
  assert.equal(delayOf({ kind: "boot", interactive: false, dueMs: NOW_MS - DAY_MS }, 0.5), MINUTE_MS);
});

test("a planned attempt no interval reaches was written under another clock: the machine asks soon", () => {
  assert.equal(delayOf({ kind: "boot", interactive: false, dueMs: NOW_MS + 400 * DAY_MS }, 0.5), MINUTE_MS);
});

test("an overloaded host is left alone at least as long as it asks, and at most 2 hours longer", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 100 }), fc.nat(600), fraction, (inARow, retryAfterS, random) => {
      const delayMs = targetDelayMs({ action: "honour-retry-after", inARow, retryAfterS }, random);
      assert.ok(delayMs >= retryAfterS * 1000 && delayMs <= retryAfterS * 1000 + 2 * HOUR_MS);
    }),
  );
});

test("the backoff is full jitter: its bound doubles from 30 s up to 2 hours", () => {
  const bound = (inARow: number) => targetDelayMs({ action: "back-off-target", inARow, retryAfterS: 0 }, 0.999_999_999);
  assert.deepEqual([1, 2, 3, 9, 50].map(bound), [30_000, 60_000, 120_000, 2 * HOUR_MS, 2 * HOUR_MS]);
  assert.equal(targetDelayMs({ action: "back-off-target", inARow: 9, retryAfterS: 0 }, 0), 0);
});

test("no unsigned word of a host keeps a machine from it for more than a day", () => {
  const actions = fc.constantFrom(
    "honour-retry-after" as const,
    "back-off-target" as const,
    "bug-long-backoff" as const,
  );
  fc.assert(
    fc.property(actions, fc.nat(10_000), fc.nat(2 ** 32 - 1), fraction, (action, inARow, retryAfterS, random) => {
      assert.ok(targetDelayMs({ action, inARow, retryAfterS }, random) <= DAY_MS);
    }),
  );
});

test("a refusal that only says no leaves the host open for the next scheduled attempt", () => {
  for (const action of ["next-host", "next-host-and-notify", "keep-bytes-next-host", "show-remedy"] as const) {
    assert.equal(targetDelayMs({ action, inARow: 3, retryAfterS: 900 }, 0.5), 0);
  }
});

test("a lost reply is asked again with the same bytes after 30 s, twice", () => {
  assert.deepEqual([0, 1, 2].map(sameBytesDelayMs), [30_000, 30_000, undefined]);
});
