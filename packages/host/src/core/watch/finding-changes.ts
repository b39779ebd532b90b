import type { CheckResult, Finding } from "@countersign/doctor";

/** A finding as it stands: since when, over restarts. */
export interface StandingFinding extends Omit<Finding, "concerns" | "evidence"> {
  readonly sinceMs: number;
}

/** What one round changed. */
export interface FindingChanges {
  readonly standing: readonly StandingFinding[];
  readonly appeared: readonly StandingFinding[];
  readonly cleared: readonly StandingFinding[];
}

/**
 * Two findings are the same by id and subject. What a check could not look at this time, or was skipped for what it needs,
 * stands as it stood: nobody has seen it mended.
 */
export function findingChanges(
  before: readonly StandingFinding[],
  results: readonly CheckResult[],
  nowMs: number,
): FindingChanges {
  const found = results.flatMap(({ findings }) => findings);
  const unseen = new Set(results.filter(isUnseen).map(({ id }) => id));
  const kept = before.filter((one) => unseen.has(one.check) && !found.some((finding) => isSame(finding, one)));
  const now = found.map((finding) => standingOf(finding, before, nowMs));
  const standing = [...now, ...kept];
  return {
    standing,
    appeared: now.filter((one) => !before.some((known) => isSame(known, one))),
    cleared: before.filter((known) => !standing.some((one) => isSame(known, one))),
  };
}

/** Not looked at; skipped because it does not apply is another thing, and says so without naming a check. */
function isUnseen({ outcome, why }: CheckResult): boolean {
  return outcome === "unknown" || (outcome === "skipped" && why.startsWith("needs CS-"));
}

type Named = Pick<Finding, "id" | "subject">;

function isSame(a: Named, b: Named): boolean {
  return a.id === b.id && a.subject === b.subject;
}

function standingOf(finding: Finding, before: readonly StandingFinding[], nowMs: number): StandingFinding {
  const { id, check, gravity, subject, cause, effect, remedy, advice } = finding;
  const sinceMs = before.find((known) => isSame(known, finding))?.sinceMs ?? Math.trunc(nowMs);
  return { id, check, gravity, subject, cause, effect, remedy, advice, sinceMs };
}
