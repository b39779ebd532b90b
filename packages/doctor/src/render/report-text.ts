import { CATEGORIES, type Gravity } from "../checks/check.ts";
import type { Cause, CheckLine, DoctorReport } from "../report/report.ts";

/** One line, and how loud it is; whoever prints it may colour it, and the words carry the meaning without. */
export interface ReportLine {
  readonly text: string;
  readonly level: "information" | "warning" | "error";
}

/** What a rendering for people may leave out or add. */
export interface TextOptions {
  /** With the reasons for the order of causes. */
  readonly why: boolean;
}

const LEVELS: Readonly<Record<Gravity, ReportLine["level"]>> = {
  fatal: "error",
  error: "error",
  warning: "warning",
  notice: "information",
};

/** The whole report as it is read at a terminal: category by category, then what to mend, then the one sentence. */
export function reportText(report: DoctorReport, options: TextOptions): readonly ReportLine[] {
  const { causes, sentence } = report;
  const mending = causes.length === 0 ? [] : [plain("what to mend, in this order"), plain("")];
  return [
    plain(headText(report)),
    ...Object.keys(CATEGORIES).flatMap((category) => categoryLines(category, report)),
    plain(""),
    ...mending,
    ...causes.flatMap((cause, place) => causeLines(cause, place + 1, options)),
    plain(summaryText(report)),
    { text: sentence, level: LEVELS[causes[0]?.gravity ?? "notice"] },
  ];
}

/** `doctor 0.1.0 on pc-1.corp.example (client), 2026-11-25T09:00:00Z`. */
export function headText({ softwareVersion, machine, standpoint, gatheredMs }: DoctorReport): string {
  const where = machine === "" ? "" : ` on ${machine}`;
  const at = new Date(gatheredMs).toISOString().replace(/\.\d+Z$/, "Z");
  return `doctor ${softwareVersion}${where} (${standpoint}), ${at}`;
}

/** `51 checks good, 2 found something, 30 skipped, 1 could not look`. */
export function summaryText({ summary: { good, found, skipped, unknown } }: DoctorReport): string {
  return `${good} checks good, ${found} found something, ${skipped} skipped, ${unknown} could not look`;
}

/** Where a check is explained, from `docs/`. */
export function pageOf(check: string): string {
  return `docs/reference/checks/${check}.md`;
}

function categoryLines(category: string, { checks, findings }: DoctorReport): readonly ReportLine[] {
  const own = checks.filter((check) => check.category === category);
  if (own.length === 0) return [];
  const name = CATEGORIES[category as keyof typeof CATEGORIES];
  return [
    plain(""),
    plain(name),
    ...own.filter(({ outcome }) => outcome !== "skipped").flatMap((check) => checkLines(check, findings)),
    ...skippedLines(own.filter(({ outcome }) => outcome === "skipped")),
  ];
}

function checkLines({ id, good, outcome, why }: CheckLine, all: DoctorReport["findings"]): readonly ReportLine[] {
  if (outcome === "good") return [plain(`  √ ${good}`)];
  if (outcome === "unknown") return [{ text: `  ? ${good} (${id}): ${why}`, level: "warning" }];
  const own = all.filter(({ check }) => check === id);
  const isGrave = own.some(({ gravity }) => LEVELS[gravity] === "error");
  const level = isGrave ? "error" : own.some(({ gravity }) => gravity === "warning") ? "warning" : "information";
  const mark = isGrave ? "×" : level === "warning" ? "‼" : "i";
  return [
    { text: `  ${mark} ${good} (${id})`, level },
    ...own.map(({ gravity, cause }) => ({ text: `      ${gravity}: ${cause}`, level: LEVELS[gravity] })),
  ];
}

/** What was skipped for one reason is one line. */
function skippedLines(skipped: readonly CheckLine[]): readonly ReportLine[] {
  const reasons = [...new Set(skipped.map(({ why }) => why))];
  return reasons.map((reason) => {
    const ids = skipped.filter(({ why }) => why === reason).map(({ id }) => id);
    return plain(`  - ${ids.join(", ")} skipped: ${reason}`);
  });
}

function causeLines(cause: Cause, place: number, { why }: TextOptions): readonly ReportLine[] {
  const { id, check, gravity, effect, evidence, remedy, advice, explains, reasons } = cause;
  const rows: readonly (readonly [string, string])[] = [
    ["effect", effect],
    ...evidence.map((line, at) => [at === 0 ? "seen" : "", line] as const),
    ...(remedy === "" ? [] : [["mend", remedy] as const]),
    ["advice", advice],
    ...(explains.length === 0 ? [] : [["explains", explains.join(", ")] as const]),
    ...(why ? reasons.map((reason, at) => [at === 0 ? "why" : "", reason] as const) : []),
    ["page", pageOf(check)],
  ];
  return [
    { text: `${place}. ${cause.cause} [${gravity}, ${check} ${id}]`, level: LEVELS[gravity] },
    ...rows.map(([name, text]) => plain(`   ${name.padEnd(8)} ${text}`)),
    plain(""),
  ];
}

function plain(text: string): ReportLine {
  return { text, level: "information" };
}
