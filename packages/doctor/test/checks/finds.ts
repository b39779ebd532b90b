import assert from "node:assert/strict";
import { ALL_CHECKS } from "../../src/checks/catalogue.ts";
import type { CheckId, Gravity } from "../../src/checks/check.ts";
import { type CheckResult, examine, type Finding } from "../../src/diagnosis/examine.ts";
import type { Facts } from "../../src/facts/facts.ts";

/** What one check says of the facts, the checks it needs aside: they have tests of their own. */
export function resultOf(id: CheckId, facts: Facts): CheckResult {
  const check = ALL_CHECKS.find((one) => one.id === id);
  assert.ok(check !== undefined, `expected a check ${id}, found none`);
  const [result] = examine(JSON.parse(JSON.stringify(facts)), [check]);
  assert.ok(result !== undefined);
  return result;
}

/** That this check finds exactly these, and the first of them. */
export function finds(id: CheckId, facts: Facts, ...expected: readonly string[]): Finding {
  const { findings } = resultOf(id, facts);
  assert.deepEqual(
    findings.map((finding) => finding.id),
    expected,
  );
  const [first] = findings;
  assert.ok(first !== undefined);
  for (const { cause, effect, remedy, advice, evidence } of findings) {
    assert.doesNotMatch([cause, effect, remedy, advice, ...evidence].join("\n"), /undefined|NaN|\[object|\{\w+\}/);
    assert.ok(evidence.length > 0 && evidence.every((line) => line !== ""));
  }
  return first;
}

/** That this check is content. */
export function isGood(id: CheckId, facts: Facts): void {
  const { outcome, findings } = resultOf(id, facts);
  assert.deepEqual(findings, []);
  assert.equal(outcome, "good");
}

/** That this check does not apply, and why. */
export function isMoot(id: CheckId, facts: Facts, why: RegExp): void {
  const result = resultOf(id, facts);
  assert.equal(result.outcome, "skipped");
  assert.match(result.why, why);
}

/** That it weighs so much and says this. */
export function says(
  finding: Finding,
  gravity: Gravity,
  words: Partial<Record<"cause" | "effect" | "remedy" | "advice" | "evidence", RegExp>>,
): void {
  assert.equal(finding.gravity, gravity);
  for (const [part, pattern] of Object.entries(words)) {
    const text = part === "evidence" ? finding.evidence.join("\n") : finding[part as "cause"];
    assert.match(text, pattern);
  }
}
