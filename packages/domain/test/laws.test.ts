import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  COUNT_WINDOW_MS,
  type CountWindow,
  countIncluding,
  currentCount,
  largestRequired,
  needsReload,
  noteContact,
  openCountWindow,
} from "../src/index.ts";

/** The naive model: every contact ever, counted by its definition (protocol.md §8.1). */
class Model {
  readonly contacts: { readonly cmid: string; readonly requiredCount: number; readonly timeMs: number }[] = [];
  required(nowMs: number): number {
    return Math.max(0, ...this.active(nowMs).map((contact) => contact.requiredCount));
  }
  count(nowMs: number): number {
    return Math.min(new Set(this.active(nowMs).map((contact) => contact.cmid)).size, 2 * this.required(nowMs));
  }
  window(limit: number): CountWindow {
    const newest = new Map<string, number>();
    const required = new Map<number, number>();
    for (const { cmid, requiredCount, timeMs } of this.contacts) {
      newest.set(cmid, timeMs);
      required.set(requiredCount, timeMs);
    }
    const machines = [...newest]
      .map(([cmid, lastSeenMs]) => ({ cmid, lastSeenMs }))
      .sort((a, b) => b.lastSeenMs - a.lastSeenMs);
    const rows = [...required].map(([requiredCount, lastSeenMs]) => ({ requiredCount, lastSeenMs }));
    return openCountWindow({ required: rows, machines: machines.slice(0, limit) }, limit);
  }
  private active(nowMs: number) {
    return this.contacts.filter((contact) => contact.timeMs > nowMs - COUNT_WINDOW_MS);
  }
}

const step = fc.record({
  cmid: fc.nat(40).map((n) => n.toString(16)),
  // A product keeps its required count, so a machine's is a function of its product.
  requiredCount: fc.constantFrom(1, 2, 5, 9),
  waitMs: fc.oneof(fc.nat(1000), fc.nat(COUNT_WINDOW_MS / 3), fc.nat(2 * COUNT_WINDOW_MS)),
});
const steps = fc.array(step, { maxLength: 60 });

/** Runs the steps through window and model and calls `look` after each, with both at the same instant. */
function run(
  history: readonly { cmid: string; requiredCount: number; waitMs: number }[],
  look: (w: CountWindow, m: Model, now: number) => void,
) {
  const model = new Model();
  let window = model.window(8);
  let nowMs = COUNT_WINDOW_MS;
  for (const { cmid, requiredCount, waitMs } of history) {
    nowMs += waitMs;
    if (needsReload(window, requiredCount, nowMs)) window = model.window(8 * requiredCount);
    const expected = countIncluding(window, { cmid, requiredCount, counted: true }, nowMs);
    noteContact(window, { cmid, requiredCount, counted: true }, nowMs);
    model.contacts.push({ cmid, requiredCount, timeMs: nowMs });
    assert.equal(expected, currentCount(window, nowMs), "the count foretold is the count noted");
    look(window, model, nowMs);
  }
}

test("the count is min(active machines, twice the largest required count), whatever is forgotten and loaded again", () => {
  fc.assert(
    fc.property(steps, (history) => run(history, (w, m, now) => assert.equal(currentCount(w, now), m.count(now)))),
    { numRuns: 500 },
  );
});

test("P1 P2 P3: 0 <= count <= 2N, the asker is counted, and the cap never blocks a grant", () => {
  fc.assert(
    fc.property(steps, (history) =>
      run(history, (window, _, now) => {
        const count = currentCount(window, now);
        assert.ok(count >= 1 && count <= 2 * largestRequired(window, now));
        assert.ok(2 * largestRequired(window, now) >= largestRequired(window, now));
      }),
    ),
  );
});

test("P4: repeating a request leaves the count unchanged", () => {
  fc.assert(
    fc.property(steps, (history) =>
      run(history, (window, model, now) => {
        const last = model.contacts.at(-1);
        if (last === undefined) return;
        const before = currentCount(window, now);
        noteContact(window, { cmid: last.cmid, requiredCount: last.requiredCount, counted: true }, now);
        assert.equal(currentCount(window, now), before);
      }),
    ),
  );
});

const opened = (contacts: readonly string[]) => {
  const window = openCountWindow({ required: [], machines: [] }, 1000);
  for (const cmid of contacts) noteContact(window, { cmid, requiredCount: 25, counted: true }, COUNT_WINDOW_MS);
  return window;
};
const cmids = fc.array(fc.nat(60).map(String));

test("P5: the count depends on the set of machines, not on the order of arrival", () => {
  fc.assert(
    fc.property(cmids, (asked) =>
      assert.equal(
        currentCount(opened(asked), COUNT_WINDOW_MS),
        currentCount(opened(asked.toReversed()), COUNT_WINDOW_MS),
      ),
    ),
  );
});

test("P6 P7: without requests the count never rises, and after 30 days of silence it is 0", () => {
  fc.assert(
    fc.property(cmids, fc.array(fc.nat(COUNT_WINDOW_MS)), (asked, waits) => {
      const window = opened(asked);
      let [now, before] = [COUNT_WINDOW_MS, currentCount(window, COUNT_WINDOW_MS)];
      for (const waitMs of waits) {
        now += waitMs;
        const count = currentCount(window, now);
        assert.ok(count <= before);
        before = count;
      }
      assert.equal(currentCount(window, now + COUNT_WINDOW_MS), 0);
    }),
  );
});

test("P8 P10: k distinct machines within the cap count k, and more machines never count less", () => {
  fc.assert(
    fc.property(cmids, cmids, (few, more) => {
      const k = new Set(few).size;
      if (k <= 50) assert.equal(currentCount(opened(few), COUNT_WINDOW_MS), k);
      assert.ok(currentCount(opened([...few, ...more]), COUNT_WINDOW_MS) >= currentCount(opened(few), COUNT_WINDOW_MS));
    }),
  );
});

test("P9: rows older than the window change nothing", () => {
  fc.assert(
    fc.property(cmids, cmids, (old, young) => {
      const now = 3 * COUNT_WINDOW_MS;
      const window = opened(old);
      const fresh = openCountWindow({ required: [], machines: [] }, 1000);
      for (const cmid of young) {
        noteContact(window, { cmid, requiredCount: 25, counted: true }, now);
        noteContact(fresh, { cmid, requiredCount: 25, counted: true }, now);
      }
      assert.equal(currentCount(window, now), currentCount(fresh, now));
    }),
  );
});

test("P11: applications are independent, because each has a window of its own", () => {
  const [office, database] = [opened(["a", "b"]), opened(["c"])];
  noteContact(office, { cmid: "d", requiredCount: 25, counted: true }, COUNT_WINDOW_MS);
  assert.equal(currentCount(database, COUNT_WINDOW_MS), 1);
});

test("an ephemeral machine is served without being counted", () => {
  const window = opened(["a"]);
  noteContact(window, { cmid: "e", requiredCount: 25, counted: false }, COUNT_WINDOW_MS);
  assert.equal(currentCount(window, COUNT_WINDOW_MS), 1);
});
