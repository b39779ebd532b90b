import type { Gravity } from "../checks/check.ts";
import type { CheckResult, Finding } from "./examine.ts";
import { EXPLAINS } from "./explains.ts";

/** A finding with its place in the explanation of the whole. */
export interface RankedCause {
  readonly finding: Finding;
  /** The other findings that it accounts for: they go when it is mended. */
  readonly explains: readonly Finding[];
  /** Why it stands where it stands, a sentence each (`--why`). */
  readonly reasons: readonly string[];
}

const WEIGHT: Readonly<Record<Gravity, number>> = { fatal: 0, error: 1, warning: 2, notice: 3 };

/**
 * The findings that nothing else found accounts for, what to mend first on top: graver first; of equal gravity the one that
 * accounts for more; then in the order of the checks, which goes from the machine outwards.
 */
export function rankCauses(results: readonly CheckResult[]): readonly RankedCause[] {
  const findings = results.flatMap((result) => result.findings);
  const primary = findings.filter((finding) => explainersOf(finding, findings).length === 0);
  const causes = primary.map((finding) => ({ finding, explains: explainedBy(finding, findings) }));
  return causes
    .toSorted((a, b) => weightOf(a) - weightOf(b) || b.explains.length - a.explains.length)
    .map((cause) => ({ ...cause, reasons: reasonsOf(cause) }));
}

type Cause = Omit<RankedCause, "reasons">;

/** A cause weighs as much as the gravest of what it brings about: mending it mends that. */
function weightOf({ finding, explains }: Cause): number {
  return Math.min(...[finding, ...explains].map(({ gravity }) => WEIGHT[gravity]));
}

/** Everything that follows from a finding, over any number of steps. */
function explainedBy(finding: Finding, all: readonly Finding[]): readonly Finding[] {
  const ids = new Set<string>();
  const open = [...(EXPLAINS[finding.id] ?? [])];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (ids.has(id)) continue;
    ids.add(id);
    open.push(...(EXPLAINS[id] ?? []));
  }
  return all.filter((other) => other !== finding && ids.has(other.id) && other.id !== finding.id);
}

function explainersOf(finding: Finding, all: readonly Finding[]): readonly Finding[] {
  return all.filter((other) => other !== finding && explainedBy(other, all).includes(finding));
}

function reasonsOf({ finding, explains }: Cause): readonly string[] {
  const consequences = explains.map(({ id, check }) => `it accounts for ${id} (${check})`);
  return [`${finding.gravity}, and nothing else that was found accounts for it`, ...consequences];
}
