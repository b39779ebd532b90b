import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { tokenBuckets } from "../src/index.ts";

test("a burst passes, then one a tick; who must wait is told how many seconds, and those seconds suffice", () => {
  const buckets = tokenBuckets(3, 0.5, 10);
  assert.deepEqual(
    [1, 2, 3, 4].map(() => buckets.take("a", 0)),
    [0, 0, 0, 2],
  );
  assert.equal(buckets.take("a", 1000), 1);
  assert.equal(buckets.take("a", 2000), 0);
  assert.equal(buckets.take("b", 0), 0, "another source has its own");
});

test("whatever the asking, a source gets at most its burst and what flowed in meanwhile, and at least that whenever it waits as told", () => {
  const waits = fc.array(fc.nat(5000), { minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(waits, fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 4 }), (steps, burst, perSecond) => {
      const buckets = tokenBuckets(burst, perSecond, 10);
      let [nowMs, passed] = [0, 0];
      for (const waitMs of steps) {
        nowMs += waitMs;
        const told = buckets.take("a", nowMs);
        if (told === 0) passed++;
        else {
          nowMs += told * 1000;
          assert.equal(buckets.take("a", nowMs), 0);
          passed++;
        }
      }
      assert.ok(passed <= burst + (nowMs / 1000) * perSecond + 1e-6);
    }),
  );
});

test("a clock that goes back gives nothing and takes nothing", () => {
  const buckets = tokenBuckets(1, 1, 10);
  assert.equal(buckets.take("a", 5000), 0);
  assert.equal(buckets.take("a", 1000), 1);
  assert.equal(buckets.take("a", 2000), 0);
});

test("the table is bounded, and the source that was silent longest is forgotten first", () => {
  const buckets = tokenBuckets(1, 0.001, 2);
  buckets.take("a", 0);
  buckets.take("b", 0);
  assert.ok(buckets.take("a", 1) > 0);
  buckets.take("c", 2);
  assert.ok(buckets.take("a", 3) > 0, "a asked after b");
  assert.equal(buckets.take("b", 4), 0, "b was forgotten");
});
