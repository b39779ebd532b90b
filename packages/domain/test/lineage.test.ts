import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  COMPONENT_KIND,
  judgeLineage,
  type LineageRow,
  type LineageVerdict,
  type ProvenLineage,
} from "../src/index.ts";

const DAY_MS = 86_400_000;
const WEEK_S = 7 * 86_400;
const NOW_MS = Date.UTC(2026, 5, 1);

/** A machine whose SMBIOS UUID hashes to eight times this byte. */
const machine = (byte: number) => Uint8Array.of(COMPONENT_KIND.smbiosUuid.number, ...new Array<number>(8).fill(byte));
const OWN = machine(1);
const OTHER = machine(2);

const row = (more: Partial<LineageRow> = {}): LineageRow => ({ seq: 5, components: OWN, resyncTimesMs: [], ...more });
const judge = (of: LineageRow | undefined, asker: Partial<ProvenLineage>, renewalS = WEEK_S) =>
  judgeLineage(of, { seq: 5, components: OWN, ...asker }, NOW_MS, renewalS);

test("no row: first contact here, served with the number after the proven one", () => {
  assert.deepEqual(judge(undefined, { seq: 0 }), { kind: "advance", seq: 1, because: "first-contact" });
  assert.deepEqual(judge(undefined, { seq: 7 }), { kind: "advance", seq: 8, because: "first-contact" });
});

test("d = 0 on the same hardware: the normal case, served with the next number", () => {
  assert.deepEqual(judge(row(), {}), { kind: "advance", seq: 6, because: "next" });
});

test("d = 0 on other hardware: the only holder was changed or moved, served the same, and drift is told", () => {
  assert.deepEqual(judge(row(), { components: OTHER }), { kind: "advance", seq: 6, because: "drift" });
});

test("d < 0: this host's store was restored, so the asker's own number goes on, whatever its hardware", () => {
  for (const components of [OWN, OTHER]) {
    assert.deepEqual(judge(row(), { seq: 9, components }), { kind: "advance", seq: 10, because: "rollback" });
  }
});

test("d >= 1 on the same hardware: a re-sync with the current number, and nothing advances", () => {
  for (const seq of [0, 4])
    assert.deepEqual(judge(row(), { seq }), { kind: "resync", seq: 5, resyncTimesMs: [NOW_MS] });
});

test("d >= 1 on the same hardware a third time in the window: identical clones, one of them re-identifies", () => {
  const once = row({ resyncTimesMs: [NOW_MS - DAY_MS] });
  assert.deepEqual(judge(once, { seq: 4 }), { kind: "resync", seq: 5, resyncTimesMs: [NOW_MS - DAY_MS, NOW_MS] });
  const twice = row({ resyncTimesMs: [NOW_MS - 2 * DAY_MS, NOW_MS - DAY_MS] });
  assert.deepEqual(judge(twice, { seq: 4 }), { kind: "reidentify", because: "identical-clone" });
});

test("d >= 1 on other hardware: a copy, told to re-identify at once", () => {
  assert.deepEqual(judge(row(), { seq: 4, components: OTHER }), { kind: "reidentify", because: "other-hardware" });
  assert.deepEqual(judge(row(), { seq: 0, components: OTHER }), { kind: "reidentify", because: "other-hardware" });
});

test("a re-sync is forgotten after 30 days, or after five renewal intervals when those are longer", () => {
  const kindAfter = (ageMs: number, renewalS: number) =>
    judge(row({ resyncTimesMs: [NOW_MS - ageMs, NOW_MS - ageMs] }), { seq: 4 }, renewalS).kind;
  assert.equal(kindAfter(30 * DAY_MS - 1, 86_400), "reidentify");
  assert.equal(kindAfter(30 * DAY_MS, 86_400), "resync");
  assert.equal(kindAfter(35 * DAY_MS - 1, WEEK_S), "reidentify");
  assert.equal(kindAfter(35 * DAY_MS, WEEK_S), "resync");
});

test("at most two re-syncs are remembered, the newest ones", () => {
  const old = row({ resyncTimesMs: [NOW_MS - 40 * DAY_MS, NOW_MS - DAY_MS] });
  assert.deepEqual(judge(old, { seq: 4 }), { kind: "resync", seq: 5, resyncTimesMs: [NOW_MS - DAY_MS, NOW_MS] });
});

test("machines that show no hardware at all are the same one; one that shows some is not one that shows none", () => {
  const nothing = new Uint8Array();
  assert.equal(judge(row({ components: nothing }), { seq: 4, components: nothing }).kind, "resync");
  assert.equal(judge(row({ components: nothing }), { seq: 4 }).kind, "reidentify");
  assert.equal(judge(row(), { seq: 4, components: nothing }).kind, "reidentify");
});

/** A host as far as one (CMID, product) goes: it remembers what the verdict says and nothing else. */
function host(nowMs: () => number) {
  let remembered: LineageRow | undefined;
  return {
    get row() {
      return remembered;
    },
    ask(asker: ProvenLineage): LineageVerdict {
      const verdict = judgeLineage(remembered, asker, nowMs(), WEEK_S);
      if (verdict.kind === "advance") {
        const resyncTimesMs = remembered?.resyncTimesMs ?? [];
        remembered = { seq: verdict.seq, components: asker.components, resyncTimesMs };
      }
      if (verdict.kind === "resync" && remembered !== undefined) {
        remembered = { ...remembered, resyncTimesMs: verdict.resyncTimesMs };
      }
      return verdict;
    },
  };
}

const anyMachine = fc.integer({ min: 1, max: 4 }).map(machine);
/** Who asks, with what of the past: an index into the numbers this host gave out, 0 = nothing proven. */
const anyAsk = fc.record({ components: anyMachine, proves: fc.nat(30), waitMs: fc.nat(3 * DAY_MS) });

test("I27: the directive never goes to the holder of the newest number, whoever asked before", () => {
  fc.assert(
    fc.property(fc.array(anyAsk, { maxLength: 60 }), anyMachine, (asks, components) => {
      let nowMs = NOW_MS;
      const { ask } = host(() => nowMs);
      let newest = 0;
      for (const { waitMs, proves, components: of } of asks) {
        nowMs += waitMs;
        const verdict = ask({ seq: Math.min(proves, newest), components: of });
        if (verdict.kind === "advance") newest = verdict.seq;
      }
      const verdict = ask({ seq: newest, components });
      assert.equal(verdict.kind, "advance");
      assert.equal(verdict.kind === "advance" && verdict.seq, newest + 1);
    }),
    { numRuns: 500 },
  );
});

test("I28: whoever lacks the newest number changes neither the sequence nor the remembered hardware", () => {
  fc.assert(
    fc.property(fc.array(anyAsk, { minLength: 1, maxLength: 60 }), fc.integer({ min: 1, max: 30 }), (asks, newest) => {
      let nowMs = NOW_MS;
      const site = host(() => nowMs);
      site.ask({ seq: newest - 1, components: OWN });
      for (const { waitMs, proves, components } of asks) {
        nowMs += waitMs;
        const verdict = site.ask({ seq: Math.min(proves, newest - 1), components });
        assert.notEqual(verdict.kind, "advance");
        assert.equal(site.row?.seq, newest);
        assert.deepEqual(site.row?.components, OWN);
      }
    }),
  );
});

test("I26: of k clones of one image at most one still holds the CMID once each has renewed four times", () => {
  const fleet = fc.record({
    identical: fc.boolean(),
    clones: fc.integer({ min: 2, max: 6 }),
    imagedAfterContact: fc.boolean(),
    order: fc.infiniteStream(fc.nat(1000)),
  });
  fc.assert(
    fc.property(fleet, ({ identical, clones, imagedAfterContact, order }) => {
      let nowMs = NOW_MS;
      const site = host(() => nowMs);
      const inherited = imagedAfterContact ? site.ask({ seq: 0, components: machine(100) }) : undefined;
      const seq = inherited?.kind === "advance" ? inherited.seq : 0;
      let holders = Array.from({ length: clones }, (_, i) => ({ seq, components: machine(identical ? 1 : 1 + i) }));
      for (let week = 0; week < 4; week++) {
        const arrivals = holders.map((holder) => ({ holder, at: order.next().value ?? 0 }));
        for (const { holder } of arrivals.sort((a, b) => a.at - b.at)) {
          nowMs += DAY_MS;
          const verdict = site.ask(holder);
          if (verdict.kind === "reidentify") holders = holders.filter((each) => each !== holder);
          else holder.seq = verdict.seq;
        }
      }
      assert.ok(holders.length <= 1, `${holders.length} of ${clones} still share the CMID`);
      assert.equal(holders.length, 1, "and the genuine holder of the newest number keeps it");
    }),
    { numRuns: 500 },
  );
});
