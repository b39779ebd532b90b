import { ALL_CHECKS } from "../checks/catalogue.ts";
import type { Category, Check, CheckId, Gravity } from "../checks/check.ts";
import { PRE_CHECKS } from "../checks/pre-checks.ts";
import { READY_CHECKS } from "../checks/ready-checks.ts";
import { type CheckResult, examine, type Finding, type Outcome, type Selection } from "../diagnosis/examine.ts";
import { type RankedCause, rankCauses } from "../diagnosis/rank-causes.ts";
import type { Facts, Standpoint } from "../facts/facts.ts";

/** The form of the report as JSON; a change that a reader could stumble over is another number. */
export const REPORT_FORMAT = 1;

/** One thing to mend, with everything it accounts for. */
export interface Cause {
  readonly id: string;
  readonly check: CheckId;
  readonly gravity: Gravity;
  readonly subject: string;
  readonly cause: string;
  readonly effect: string;
  /** One command line as it can be typed; "" = no command can. */
  readonly remedy: string;
  readonly advice: string;
  readonly evidence: readonly string[];
  /** Ids of the findings that go when it is mended. */
  readonly explains: readonly string[];
  /** Why it stands where it stands. */
  readonly reasons: readonly string[];
}

/** One thing that was found, cause or consequence. */
export type FindingLine = Pick<Cause, "id" | "check" | "gravity" | "subject" | "cause" | "evidence">;

/** What became of one check. */
export interface CheckLine {
  readonly id: CheckId;
  readonly category: Category;
  readonly good: string;
  readonly outcome: Outcome;
  readonly why: string;
  /** Ids of what it found. */
  readonly findings: readonly string[];
}

/** What the doctor says. Every rendering is made from this value alone. */
export interface DoctorReport {
  readonly format: typeof REPORT_FORMAT;
  readonly standpoint: Standpoint;
  /** The machine it stood on; "" = not known. */
  readonly machine: string;
  readonly gatheredMs: number;
  readonly softwareVersion: string;
  /** The most likely cause, its evidence, and the command that mends it. */
  readonly sentence: string;
  /** What to mend first on top. */
  readonly causes: readonly Cause[];
  /** Everything that was found, in the order of the checks: a grave finding hides no other. */
  readonly findings: readonly FindingLine[];
  readonly checks: readonly CheckLine[];
  readonly summary: Readonly<Record<Outcome, number>>;
}

/** What is asked of the facts. */
export interface Examination {
  readonly checks: readonly Check[];
  /** The sentence where nothing is wrong, without its full stop. */
  readonly good: string;
}

/** Whether anything is wrong. */
export const WHOLE: Examination = { checks: ALL_CHECKS, good: "Nothing is wrong" };
/** Whether the machine may become a host. */
export const PRE: Examination = { checks: PRE_CHECKS, good: "This machine may become a host" };
/** Whether machines may be sent to the host. */
export const READY: Examination = {
  checks: READY_CHECKS,
  good: "Machines may be sent to this host: it is licensed, listens, is published, and its time is in step",
};

/** Examines the facts and says what is wrong, why, and what mends it. */
export function doctorReport(
  facts: Facts,
  selection: Selection = {},
  { checks, good }: Examination = WHOLE,
): DoctorReport {
  const results = examine(facts, checks, selection);
  const causes = rankCauses(results).map(causeOf);
  const count = (outcome: Outcome) => results.filter((result) => result.outcome === outcome).length;
  const summary = { good: count("good"), found: count("found"), skipped: count("skipped"), unknown: count("unknown") };
  return {
    ...{ format: REPORT_FORMAT, standpoint: facts.standpoint, machine: facts.machine?.name ?? "" },
    ...{ gatheredMs: facts.gatheredMs, softwareVersion: facts.softwareVersion },
    ...{ sentence: sentenceOf(causes, summary, good), causes },
    ...{ findings: results.flatMap(findingLines), checks: results.map(lineOf), summary },
  };
}

/** Worth an administrator's time: a notice alone is none. */
export function isWrong({ gravity }: Pick<Cause, "gravity">): boolean {
  return gravity !== "notice";
}

function causeOf({ finding, explains, reasons }: RankedCause): Cause {
  const { concerns: _, ...told } = finding;
  return { ...told, explains: [...new Set(explains.map(({ id }: Finding) => id))], reasons };
}

function findingLines({ findings }: CheckResult): readonly FindingLine[] {
  return findings.map(({ id, check, gravity, subject, cause, evidence }) => ({
    ...{ id, check, gravity, subject, cause, evidence },
  }));
}

function lineOf({ findings, ...line }: CheckResult): CheckLine {
  return { ...line, findings: findings.map(({ id }) => id) };
}

/** One sentence: what, how it is known, and what to type. */
function sentenceOf(causes: readonly Cause[], { unknown, good }: DoctorReport["summary"], well: string): string {
  const [first] = causes.filter(isWrong);
  if (first !== undefined) {
    const [evidence] = first.evidence;
    const known = evidence === undefined ? "" : ` (${evidence})`;
    const others = causes.filter(isWrong).length - 1;
    const more = others === 0 ? "" : `, and then see to ${others === 1 ? "one other thing" : `${others} other things`}`;
    return `Most likely ${first.cause}${known}: ${deedOf(first)}${more}.`;
  }
  if (good === 0) return "Nothing could be looked at: there is neither a host nor a client here to judge.";
  const [notice] = causes;
  const known = notice === undefined ? "" : `; worth knowing: ${notice.cause}`;
  if (unknown === 0) return `${well}${known}.`;
  return `Nothing wrong was found, though ${unknown === 1 ? "one check" : `${unknown} checks`} could not look.`;
}

function deedOf({ remedy, advice }: Cause): string {
  return remedy === "" ? advice : `mend it with \`${remedy}\``;
}
