import type { Category, Check, CheckId, FindingRow, Found, Gravity } from "../checks/check.ts";
import type { Facts, Gap } from "../facts/facts.ts";
import { fillPlaces } from "./fill-places.ts";

/** A finding with its row filled in: what a person reads. */
export interface Finding {
  readonly id: string;
  readonly check: CheckId;
  readonly gravity: Gravity;
  readonly subject: string;
  /** What it touches beside its subject: names of hosts, domains and machines. */
  readonly concerns: readonly string[];
  readonly cause: string;
  readonly effect: string;
  readonly remedy: string;
  readonly advice: string;
  readonly evidence: readonly string[];
}

/** What became of one check. A check that could not look is `unknown`, never failed. */
export type Outcome = "good" | "found" | "skipped" | "unknown";

/** One line of a report. */
export interface CheckResult {
  readonly id: CheckId;
  readonly category: Category;
  readonly good: string;
  readonly outcome: Outcome;
  /** Of `skipped` and `unknown`. */
  readonly why: string;
  readonly findings: readonly Finding[];
}

/** Which checks to run: ids or categories, in any case. Nothing named: all of them. */
export interface Selection {
  readonly only?: readonly string[];
  readonly skip?: readonly string[];
}

/** Runs the checks over the facts, in the order given; a finding of one never keeps another from being looked for. */
export function examine(facts: Facts, checks: readonly Check[], selection: Selection = {}): readonly CheckResult[] {
  const results = new Map<CheckId, CheckResult>();
  for (const check of checks.filter((one) => isSelected(one, selection)))
    results.set(check.id, resultOf(check, facts, results));
  return [...results.values()];
}

function resultOf(check: Check, facts: Facts, before: ReadonlyMap<CheckId, CheckResult>): CheckResult {
  const line = { id: check.id, category: categoryOf(check.id), good: check.good, why: "", findings: [] };
  const unmet = check.needs.find((id) => isUnmet(before.get(id)));
  if (unmet !== undefined) return { ...line, outcome: "skipped", why: `needs ${unmet}: ${before.get(unmet)?.good}` };
  const judgement = judgementOf(check, facts);
  if (judgement instanceof Error)
    return { ...line, outcome: "unknown", why: `a fault of the doctor itself: ${judgement.message}` };
  if (judgement.kind === "moot") {
    const gap = facts.gaps.find(({ source }) => check.reads.includes(source));
    return gap === undefined
      ? { ...line, outcome: "skipped", why: judgement.why }
      : { ...line, outcome: "unknown", why: gapText(gap) };
  }
  if (judgement.found.length > 0) {
    const findings = judgement.found.map((found) => findingOf(check, found));
    return { ...line, outcome: "found", findings };
  }
  const gap = facts.gaps.find(({ source }) => check.reads.includes(source));
  return gap === undefined ? { ...line, outcome: "good" } : { ...line, outcome: "unknown", why: gapText(gap) };
}

/** A check that breaks keeps no other from being made: it says that it could not look. */
function judgementOf(check: Check, facts: Facts): ReturnType<Check["judge"]> | Error {
  try {
    return check.judge(facts);
  } catch (fault) {
    return fault instanceof Error ? fault : new Error(String(fault));
  }
}

/** Whether what a check needs is not there: it was found wrong, or could not be looked at itself. */
function isUnmet(result: CheckResult | undefined): boolean {
  if (result === undefined || result.outcome === "good") return false;
  if (result.outcome !== "found") return result.outcome === "unknown";
  return result.findings.some(({ gravity }) => gravity === "fatal" || gravity === "error");
}

function findingOf(check: Check, found: Found): Finding {
  const row = check.findings[found.finding] as FindingRow;
  const filled = (text: string) => fillPlaces(text, found.params);
  return {
    ...{ id: found.finding, check: check.id, gravity: found.gravity ?? row.gravity },
    ...{ subject: found.subject, concerns: found.concerns ?? [] },
    ...{ cause: filled(row.cause), effect: filled(row.effect), remedy: filled(row.remedy), advice: filled(row.advice) },
    evidence: found.evidence,
  };
}

function isSelected({ id }: Check, { only = [], skip = [] }: Selection): boolean {
  const isNamed = (names: readonly string[]) =>
    names.some((name) => [id, categoryOf(id)].some((own) => own.toLowerCase() === name.toLowerCase()));
  return (only.length === 0 || isNamed(only)) && !isNamed(skip);
}

function categoryOf(id: CheckId): Category {
  return id.slice(3, 6) as Category;
}

function gapText({ at, why }: Gap): string {
  return `could not look at ${at}: ${why}`;
}
