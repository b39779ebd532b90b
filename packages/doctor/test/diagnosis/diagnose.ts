import { ALL_CHECKS } from "../../src/checks/catalogue.ts";
import { examine } from "../../src/diagnosis/examine.ts";
import { type RankedCause, rankCauses } from "../../src/diagnosis/rank-causes.ts";
import type { Facts } from "../../src/facts/facts.ts";

/** What the doctor makes of the facts, by way of JSON, as of a bundle. */
export function diagnose(facts: Facts): readonly RankedCause[] {
  return rankCauses(examine(JSON.parse(JSON.stringify(facts)), ALL_CHECKS));
}

/** The ids of the causes, what to mend first on top. */
export function causesOf(facts: Facts): readonly string[] {
  return diagnose(facts).map(({ finding }) => finding.id);
}
