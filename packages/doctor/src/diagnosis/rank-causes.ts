import type { Gravity } from "../checks/check.ts";
import { bareName } from "../checks/names.ts";
import type { CheckResult, Finding } from "./examine.ts";
import { EXPLAINS, MENDED_BY_A_HOST } from "./explains.ts";

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
 * The findings that nothing else found accounts for, what to mend first on top: graver first; of equal gravity what an
 * activation mends after what keeps the machine from one; then the one that accounts for more; then in the order of the
 * checks, which goes from the machine outwards.
 */
export function rankCauses(results: readonly CheckResult[]): readonly RankedCause[] {
  const findings = results.flatMap((result) => result.findings);
  const explained = new Map(findings.map((finding) => [finding, explainedBy(finding, findings)]));
  const primary = findings.filter((finding) => !findings.some((other) => explained.get(other)?.includes(finding)));
  const ranked = primary
    .map((finding) => ({ finding, explains: explained.get(finding) ?? [] }))
    .toSorted((a, b) => weightOf(a) - weightOf(b) || waits(a) - waits(b) || b.explains.length - a.explains.length);
  return ranked.map((cause, place) => ({ ...cause, reasons: reasonsOf(cause, ranked[place + 1]) }));
}

type Cause = Omit<RankedCause, "reasons">;

/** A cause weighs as much as the gravest of what it brings about: mending it mends that. */
function weightOf({ finding, explains }: Cause): number {
  return Math.min(...[finding, ...explains].map(({ gravity }) => WEIGHT[gravity]));
}

function waits({ finding }: Cause): number {
  return MENDED_BY_A_HOST.includes(finding.id) ? 1 : 0;
}

/** Everything that follows from a finding, over any number of steps between things that were found. */
function explainedBy(finding: Finding, all: readonly Finding[]): readonly Finding[] {
  const found = new Set<Finding>();
  const open = [finding];
  for (let cause = open.pop(); cause !== undefined; cause = open.pop()) {
    for (const other of all) {
      if (other === finding || found.has(other) || !follows(cause, other)) continue;
      found.add(other);
      open.push(other);
    }
  }
  return all.filter((other) => found.has(other));
}

/** Whether the second follows from the first in one step: by the table, and where it must be, about the same thing. */
function follows(cause: Finding, effect: Finding): boolean {
  const { any = [], same = [], from = "notice" } = EXPLAINS[cause.id] ?? {};
  if (WEIGHT[cause.gravity] > WEIGHT[from]) return false;
  return any.includes(effect.id) || (same.includes(effect.id) && commonName(cause, effect) !== undefined);
}

/** The host, domain or machine that two findings are both about. */
function commonName(a: Finding, b: Finding): string | undefined {
  const names = namesOf(b);
  return namesOf(a).find((name) => names.some((other) => isSameName(name, other)));
}

/** The first word of a subject is what it is about; the rest tells findings of one check apart. */
function namesOf({ subject, concerns }: Finding): readonly string[] {
  const [first = ""] = subject.split(" ");
  return [first, ...concerns].map(bareName).filter((name) => name !== "");
}

/** A machine may know itself without its domain. */
function isSameName(a: string, b: string): boolean {
  if (a === b) return true;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return !short.includes(".") && long.startsWith(`${short}.`);
}

function reasonsOf(cause: Cause, next: Cause | undefined): readonly string[] {
  const { finding, explains } = cause;
  const consequences = explains.map(
    (effect) => `it accounts for ${effect.id} (${effect.check})${aboutText(finding, effect)}`,
  );
  return [
    `${finding.gravity}, and nothing else that was found accounts for it`,
    ...consequences,
    ...(next === undefined ? [] : [`before ${next.finding.id}: ${whyBefore(cause, next)}`]),
  ];
}

function aboutText(cause: Finding, effect: Finding): string {
  const name = commonName(cause, effect);
  return name === undefined ? "" : `: both are about ${name}`;
}

function whyBefore(cause: Cause, next: Cause): string {
  if (weightOf(cause) < weightOf(next)) return "it is graver, with what it brings about";
  if (waits(cause) < waits(next)) return "that one is mended by an activation, which has to be possible first";
  if (cause.explains.length > next.explains.length) return "it accounts for more";
  return "both weigh the same, and it is nearer to the machine";
}
