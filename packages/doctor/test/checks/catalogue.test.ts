import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ALL_CHECKS } from "../../src/checks/catalogue.ts";
import { CATEGORIES } from "../../src/checks/check.ts";
import { examine } from "../../src/diagnosis/examine.ts";
import type { Source } from "../../src/facts/facts.ts";
import { healthyFacts } from "../healthy-facts.ts";

const IDS = ALL_CHECKS.map(({ id }) => id);
const ROWS = ALL_CHECKS.flatMap(({ id, findings }) =>
  Object.entries(findings).map(([finding, row]) => ({ check: id, finding, row })),
);
const repeated = (names: readonly string[]) => names.filter((name, i) => names.indexOf(name) !== i);

describe("the catalogue of checks", () => {
  it("has at least 60 checks", () => {
    assert.ok(ALL_CHECKS.length >= 60, `expected at least 60, found ${ALL_CHECKS.length}`);
  });

  it("gives each check an id of its own, of a category that there is", () => {
    assert.deepEqual(repeated(IDS), []);
    for (const id of IDS) {
      assert.match(id, /^CS-[A-Z]{3}-\d{3}$/);
      assert.ok(id.slice(3, 6) in CATEGORIES, `${id} is of no category`);
    }
  });

  it("lists the checks of one category together, in the order of the categories", () => {
    const order = Object.keys(CATEGORIES);
    const places = IDS.map((id) => order.indexOf(id.slice(3, 6)));
    assert.deepEqual(
      places,
      places.toSorted((a, b) => a - b),
    );
  });

  it("lets a check need only checks that come before it", () => {
    for (const [place, { id, needs }] of ALL_CHECKS.entries())
      for (const need of needs)
        assert.ok(IDS.slice(0, place).includes(need), `${id} needs ${need}, which is not before it`);
  });

  it("gives each finding a name of its own", () => {
    assert.deepEqual(repeated(ROWS.map(({ finding }) => finding)), []);
    for (const { finding } of ROWS) assert.match(finding, /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$/);
  });

  it("says of each check what is good, what it means and how to see it by hand", () => {
    for (const { id, good, about, byHand, findings } of ALL_CHECKS) {
      assert.match(good, /^[a-z].*[^.]$/, `${id}: a good state is a clause`);
      assert.match(about, /^[A-Z].*\.$/s, `${id}: what it means is in sentences`);
      assert.ok(byHand.length > 0 && byHand.every((command) => command !== ""), `${id}: no command by hand`);
      assert.ok(Object.keys(findings).length > 0, `${id} can find nothing`);
    }
  });

  it("says of each finding its cause, its effect and what to do, as clauses; a remedy is one line", () => {
    for (const { finding, row } of ROWS) {
      for (const part of ["cause", "effect", "advice"] as const) {
        assert.notEqual(row[part], "", `${finding}: no ${part}`);
        assert.doesNotMatch(row[part], /[.\s]$/, `${finding}: ${part} is a clause`);
      }
      assert.doesNotMatch(row.remedy, /\n/, `${finding}: a remedy is one line`);
    }
  });

  it("reads what there is to look at", () => {
    const sources: readonly Source[] = ["machine", "host", "client", "publisher", "dns", "targets", "clock"];
    for (const { id, reads } of ALL_CHECKS) {
      assert.ok(reads.length > 0, `${id} reads nothing`);
      assert.ok(reads.every((source) => sources.includes(source)));
    }
  });

  it("finds nothing in the healthy facts, and leaves none of them unread", () => {
    const results = examine(healthyFacts(), ALL_CHECKS);
    assert.deepEqual(
      results.flatMap(({ findings }) => findings.map(({ id, cause }) => `${id}: ${cause}`)),
      [],
    );
    assert.deepEqual(
      results.filter(({ outcome }) => outcome === "unknown").map(({ id, why }) => `${id}: ${why}`),
      [],
    );
    assert.ok(results.filter(({ outcome }) => outcome === "good").length >= ALL_CHECKS.length * 0.8);
  });

  it("tells of a look that failed, in every check that reads it and found nothing", () => {
    const sources: readonly Source[] = ["machine", "host", "client", "publisher", "dns", "targets", "clock"];
    for (const source of sources) {
      const gaps = [{ source, at: "there", why: "it took too long" }];
      for (const result of examine(healthyFacts({ gaps }), ALL_CHECKS)) {
        const check = ALL_CHECKS.find(({ id }) => id === result.id);
        if (check?.reads.includes(source) !== true || result.why.startsWith("needs ")) continue;
        assert.equal(result.outcome, "unknown", `${result.id} with a gap of ${source}`);
        assert.equal(result.why, "could not look at there: it took too long");
      }
    }
  });

  it("judges facts of nothing at all without a fault, and finds no more than that nothing is set up", () => {
    const nothing = healthyFacts({
      standpoint: "outside",
      machine: undefined,
      hosts: [],
      clients: [],
      network: undefined,
      clocks: [],
    });
    const found = examine(nothing, ALL_CHECKS).flatMap(({ findings }) => findings.map(({ id }) => id));
    assert.deepEqual(found, ["NOT_SET_UP"]);
  });
});
