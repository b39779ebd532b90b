import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FAULTS } from "../../../../faults/catalogue.ts";
import { healthyFacts } from "../healthy-facts.ts";
import { diagnose } from "./diagnose.ts";
import { FAULT_FACTS } from "./fault-facts.ts";

/** What the fault itself is made of beside its cause: a certificate lapses because no publisher answers, and both are to be mended. */
const BESIDE: Readonly<Record<string, readonly string[]>> = { "certificate-lapsed": ["PUBLISHER_UNREACHABLE"] };

describe("each fault of the library, as the facts of that day", () => {
  it("has facts: the catalogue and the table name the same faults", () => {
    assert.deepEqual(Object.keys(FAULT_FACTS).toSorted(), FAULTS.map(({ id }) => id).toSorted());
  });

  for (const { id, deed, cause, remedy } of FAULTS) {
    it(`${id}: where ${deed}, ${cause} comes first and says what to do`, () => {
      const ranked = diagnose(FAULT_FACTS[id]?.(healthyFacts()) ?? healthyFacts());
      const [first] = ranked;
      assert.equal(first?.finding.id, cause, ranked.map(({ finding }) => finding.id).join(", "));
      assert.ok(first.finding.remedy.includes(remedy), `expected ${remedy} in: ${first.finding.remedy}`);
    });

    it(`${id}: it accounts for everything else that is worth more than a notice`, () => {
      const [, ...others] = diagnose(FAULT_FACTS[id]?.(healthyFacts()) ?? healthyFacts());
      const grave = others.filter(({ finding }) => finding.gravity !== "notice").map(({ finding }) => finding.id);
      assert.deepEqual(grave, BESIDE[id] ?? []);
    });
  }
});
