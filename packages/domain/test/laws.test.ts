import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  COUNT_WINDOW_MS,
  type Contact,
  type CountWindow,
  countIncluding,
  currentCount,
  forgetSurplus,
  largestRequired,
  needsReload,
  noteContact,
  openCountWindow,
} from "../src/index.ts";

/** What counts, as functions: the real ones, or ones with a fault that some law must notice. */
interface Counting {
  readonly note: typeof noteContact;
  readonly current: typeof currentCount;
  readonly including: typeof countIncluding;
}
const REAL: Counting = { note: noteContact, current: currentCount, including: countIncluding };

/** The naive model: one row for each machine and product, counted by its definition (protocol.md §8.1). */
class Model {
  readonly rows = new Map<string, Contact & { readonly timeMs: number }>();
  note(contact: Contact, timeMs: number): void {
    // A product keeps its required count, so the count names the product.
    this.rows.set(`${contact.cmid} ${contact.requiredCount}`, { ...contact, timeMs });
  }
  count(nowMs: number): number {
    const active = this.active(nowMs);
    const required = Math.max(0, ...active.map((row) => row.requiredCount));
    return Math.min(new Set(active.map((row) => row.cmid)).size, 2 * required);
  }
  /** As a store gives it: machines newest first, at most `limit`. */
  window(nowMs: number, limit: number): CountWindow {
    const newest = new Map<string, number>();
    const required = new Map<number, number>();
    for (const { cmid, requiredCount, timeMs } of this.active(nowMs)) {
      newest.set(cmid, Math.max(timeMs, newest.get(cmid) ?? 0));
      required.set(requiredCount, Math.max(timeMs, required.get(requiredCount) ?? 0));
    }
    const machines = [...newest].map(([cmid, lastSeenMs]) => ({ cmid, lastSeenMs }));
    const rows = [...required].map(([requiredCount, lastSeenMs]) => ({ requiredCount, lastSeenMs }));
    const ordered = machines.sort((a, b) => b.lastSeenMs - a.lastSeenMs);
    return openCountWindow({ required: rows, machines: ordered.slice(0, limit) }, limit);
  }
  private active(nowMs: number) {
    return [...this.rows.values()].filter((row) => row.counted && nowMs - row.timeMs < COUNT_WINDOW_MS);
  }
}

const W = COUNT_WINDOW_MS;
const contactOf = (cmid: string, requiredCount = 25): Contact => ({ cmid, requiredCount, counted: true });
const anyStep = fc.record({
  cmid: fc.nat(40).map((n) => n.toString(16)),
  requiredCount: fc.constantFrom(1, 2, 5, 9),
  waitMs: fc.oneof(fc.nat(1000), fc.nat(W / 3), fc.nat(2 * W), fc.constantFrom(0, W - 1, W, W + 1)),
  endsBatch: fc.boolean(),
});
type Step = typeof anyStep extends fc.Arbitrary<infer Value> ? Value : never;
const steps = fc.array(anyStep, { maxLength: 60, size: "max" });
const cmids = fc.array(fc.nat(60).map(String), { maxLength: 90, size: "max" });

/** What a law may look at: each request once it is noted, and the window as each request finds it. */
type Look = (seen: {
  readonly window: CountWindow;
  readonly model: Model;
  readonly nowMs: number;
  readonly foretold: number;
  readonly contact: Contact;
}) => void;
type LookBefore = (window: CountWindow, model: Model, nowMs: number) => void;

/** A window as a host keeps it: loaded when it must be, in batches of one or more requests. */
function run(counting: Counting, history: readonly Step[], look: Look, arriving: LookBefore = () => undefined): void {
  const model = new Model();
  let nowMs = W;
  let window = model.window(nowMs, 8);
  for (const { cmid, requiredCount, waitMs, endsBatch } of history) {
    nowMs += waitMs;
    if (needsReload(window, 0, nowMs)) window = model.window(nowMs, 20);
    arriving(window, model, nowMs);
    if (needsReload(window, requiredCount, nowMs)) window = model.window(nowMs, 8 * requiredCount);
    const contact = contactOf(cmid, requiredCount);
    const foretold = counting.including(window, contact, nowMs);
    counting.note(window, contact, nowMs);
    model.note(contact, nowMs);
    look({ window, model, nowMs, foretold, contact });
    if (endsBatch) forgetSurplus(window, nowMs);
  }
}

/** A window in which these machines asked one after the other. */
function opened({ note }: Counting, asked: readonly string[], requiredCount = 25, nowMs = W): CountWindow {
  const window = openCountWindow({ required: [], machines: [] }, 1000);
  for (const cmid of asked) note(window, contactOf(cmid, requiredCount), nowMs);
  return window;
}

/** The laws of counting (protocol.md §8.2), each for whatever counts. */
const LAWS = {
  "the count is min(active machines, twice the largest required count), whatever is forgotten and loaded again": (
    c,
  ) => {
    const agree: LookBefore = (window, model, nowMs) => assert.equal(c.current(window, nowMs), model.count(nowMs));
    fc.assert(
      fc.property(steps, (history) =>
        run(c, history, ({ window, model, nowMs }) => agree(window, model, nowMs), agree),
      ),
      { numRuns: 300 },
    );
  },
  "the count that decides a request is the count that stands once it is noted": (c) =>
    fc.assert(
      fc.property(steps, (history) =>
        run(c, history, ({ window, nowMs, foretold }) => assert.equal(foretold, c.current(window, nowMs))),
      ),
    ),
  "a machine counts until exactly 30 days after it asked": (c) => {
    const window = opened(c, ["a"]);
    assert.equal(c.current(window, 2 * W - 1), 1);
    assert.equal(c.current(window, 2 * W), 0);
  },
  "P1 P2: 0 <= count <= 2N, and whoever asks is counted": (c) =>
    fc.assert(
      fc.property(steps, (history) =>
        run(c, history, ({ window, nowMs, foretold }) => {
          assert.ok(foretold >= 1);
          assert.ok(c.current(window, nowMs) <= 2 * largestRequired(window, nowMs));
        }),
      ),
    ),
  "P3: the cap never blocks a grant: with as many machines as a product requires, its asker gets the count": (c) =>
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 30 }),
        fc.boolean(),
        (n, others, counted) => {
          const window = opened(
            c,
            Array.from({ length: n + 5 }, (_, i) => `${i}`),
            others,
          );
          assert.ok(c.including(window, { cmid: "asker", requiredCount: n, counted }, W) >= n);
        },
      ),
    ),
  "P4: repeating a request leaves the count unchanged": (c) =>
    fc.assert(
      fc.property(steps, (history) =>
        run(c, history, ({ window, nowMs, contact }) => {
          const before = c.current(window, nowMs);
          assert.equal(c.including(window, contact, nowMs), before);
          c.note(window, contact, nowMs);
          assert.equal(c.current(window, nowMs), before);
        }),
      ),
    ),
  "P5: the count depends on the set of machines, not on the order of arrival": (c) =>
    fc.assert(
      fc.property(cmids, (asked) => {
        assert.equal(c.current(opened(c, asked), W), c.current(opened(c, asked.toReversed()), W));
      }),
    ),
  "P6 P7: without requests the count never rises, and after 30 days of silence it is 0": (c) =>
    fc.assert(
      fc.property(cmids, fc.array(fc.nat(W)), (asked, waits) => {
        const window = opened(c, asked);
        let [nowMs, before] = [W, c.current(window, W)];
        for (const waitMs of waits) {
          nowMs += waitMs;
          const count = c.current(window, nowMs);
          assert.ok(count <= before);
          before = count;
        }
        assert.equal(c.current(window, Math.max(nowMs, 2 * W)), 0);
      }),
    ),
  "P8 P10: k distinct machines within the cap count k, and more machines never count less": (c) =>
    fc.assert(
      fc.property(cmids, cmids, (few, more) => {
        const k = new Set(few).size;
        if (k <= 50) assert.equal(c.current(opened(c, few), W), k);
        assert.ok(c.current(opened(c, [...few, ...more]), W) >= c.current(opened(c, few), W));
      }),
    ),
  "P9: rows older than the window change nothing": (c) =>
    fc.assert(
      fc.property(cmids, cmids, (old, young) => {
        const window = opened(c, old);
        for (const cmid of young) c.note(window, contactOf(cmid), 3 * W);
        assert.equal(c.current(window, 3 * W), c.current(opened(c, young, 25, 3 * W), 3 * W));
      }),
    ),
  "P11: applications are independent, because each has a window of its own": (c) => {
    const [office, database] = [opened(c, ["a", "b"]), opened(c, ["c"])];
    c.note(office, contactOf("d"), W);
    assert.deepEqual([c.current(office, W), c.current(database, W)], [3, 1]);
  },
  "60 workstations that require 25 show 50; 12 servers that require 5 show 10, and one workstation more shows 13": (
    c,
  ) => {
    const numbered = (count: number) => Array.from({ length: count }, (_, i) => `${i}`);
    assert.equal(c.current(opened(c, numbered(60)), W), 50);
    const servers = opened(c, numbered(12), 5);
    assert.equal(c.current(servers, W), 10);
    c.note(servers, contactOf("workstation", 25), W);
    assert.equal(c.current(servers, W), 13);
  },
  "an ephemeral machine is served without being counted, and one that becomes it counts for the rest of its 30 days": (
    c,
  ) => {
    const window = opened(c, ["a", "b"]);
    const ephemeral = { ...contactOf("e"), counted: false };
    assert.equal(c.including(window, ephemeral, W), 2);
    c.note(window, ephemeral, W);
    assert.equal(c.current(window, W), 2);
    c.note(window, { ...contactOf("b"), counted: false }, W);
    assert.equal(c.current(window, W), 2);
    assert.equal(needsReload(window, 25, W), false, "the store says the same");
    c.note(window, { ...contactOf("b"), counted: false }, 2 * W - 1);
    assert.equal(c.current(window, 2 * W), 0);
  },
} satisfies Readonly<Record<string, (counting: Counting) => void>>;

for (const [sentence, law] of Object.entries<(counting: Counting) => void>(LAWS)) test(sentence, () => law(REAL));

/** A fault each, and the laws that must notice it: a law nothing can break would promise nothing. */
const MUTANTS: readonly {
  readonly fault: string;
  readonly counting: Partial<Counting>;
  readonly breaks: readonly string[];
}[] = [
  {
    fault: "the asker is not included",
    counting: { including: (window, _, nowMs) => currentCount(window, nowMs) },
    breaks: ["the count that decides", "P1 P2"],
  },
  {
    fault: "the cap is N, not 2N",
    counting: { current: (window, nowMs) => Math.min(currentCount(window, nowMs), largestRequired(window, nowMs)) },
    breaks: ["the count is min", "P8", "60 workstations"],
  },
  {
    fault: "there is no cap",
    counting: {
      current: (window, nowMs) => {
        currentCount(window, nowMs);
        return window.machines.size;
      },
    },
    breaks: ["the count is min", "P1 P2", "60 workstations"],
  },
  {
    fault: "a contact of exactly 30 days ago still counts",
    counting: { current: (window, nowMs) => currentCount(window, nowMs - 1) },
    breaks: ["the count is min", "a machine counts until exactly", "P6 P7"],
  },
  {
    fault: "a contact counts a millisecond too short",
    counting: { current: (window, nowMs) => currentCount(window, nowMs + 1) },
    breaks: ["the count is min", "a machine counts until exactly"],
  },
  {
    fault: "requests are counted, not machines",
    counting: { including: (window, contact, nowMs) => countIncluding(window, contact, nowMs) + 1 },
    breaks: ["the count that decides", "P4"],
  },
  {
    fault: "the cap is that of the machines before, so it blocks the first of a product that requires more",
    counting: {
      including: (window, contact, nowMs) =>
        Math.min(countIncluding(window, contact, nowMs), Math.max(1, 2 * largestRequired(window, nowMs))),
    },
    breaks: ["the count that decides", "P3"],
  },
  {
    fault: "only as many contacts as the cap are kept, as KMS does",
    counting: {
      note: (window, contact, nowMs) => {
        noteContact(window, contact, nowMs);
        const surplus = window.machines.size - 2 * largestRequired(window, nowMs);
        for (const cmid of [...window.machines.keys()].slice(0, Math.max(0, surplus))) window.machines.delete(cmid);
      },
    },
    breaks: ["the count is min", "60 workstations"],
  },
  {
    fault: "an ephemeral machine is counted",
    counting: { note: (window, contact, nowMs) => noteContact(window, { ...contact, counted: true }, nowMs) },
    breaks: ["an ephemeral machine"],
  },
  {
    fault: "asking again does not move the last contact",
    counting: {
      note: (window, contact, nowMs) => {
        const before = window.machines.get(contact.cmid);
        noteContact(window, contact, before !== undefined && nowMs - before < W ? before : nowMs);
      },
    },
    breaks: ["the count is min"],
  },
];

for (const { fault, counting, breaks } of MUTANTS) {
  test(`a count with a fault is noticed: ${fault}`, () => {
    for (const named of breaks) {
      const [sentence, law] = lawNamed(named);
      assert.throws(() => law({ ...REAL, ...counting }), `"${sentence}" holds although ${fault}`);
    }
  });
}

function lawNamed(beginning: string): readonly [string, (counting: Counting) => void] {
  const found = Object.entries<(counting: Counting) => void>(LAWS).find(([sentence]) => sentence.startsWith(beginning));
  assert.ok(found !== undefined, `no law begins with "${beginning}"`);
  return found;
}

test("every law has a fault that breaks it, or says what no fault of a count can change", () => {
  const broken = MUTANTS.flatMap(({ breaks }) => breaks);
  const unbroken = Object.keys(LAWS).filter((sentence) => !broken.some((named) => sentence.startsWith(named)));
  assert.deepEqual(
    unbroken.map((sentence) => sentence.split(":")[0]),
    ["P5", "P9", "P11"],
  );
});
