import { writeFile } from "node:fs/promises";
import {
  ALL_CHECKS,
  type DoctorReport,
  doctorReport,
  type Examination,
  htmlPage,
  nagiosLine,
  PRE,
  READY,
  reportText,
  shortText,
  WHOLE,
} from "@countersign/doctor";
import type { Action, Given, Shell } from "../command.ts";
import { readFactsFile } from "../doctor/facts-file.ts";
import { factsOfThisMachine } from "../doctor/facts-of-this-machine.ts";
import { refused } from "../refusal-report.ts";
import { targetDirectory } from "../target.ts";
import { EXIT } from "../terminal.ts";
import { listOf } from "./finder-question.ts";
import { choiceOf, optionalCountOf, textOf } from "./words.ts";

/** Looks, judges, and says what is wrong and what mends it. */
export const doctor: Action = async (given, shell) => {
  const isStrict = textOf(given, "failOn") !== undefined && choiceOf(given, "failOn", ["warn"]) === "warn";
  const asked = examinationOf(given);
  const report = await reportWithin(given, shell, asked);
  const page = textOf(given, "html");
  if (page !== undefined) await writeReport(page, htmlPage(report));
  if (given["output"] === "nagios") {
    const { line, exitCode } = nagiosLine(report);
    shell.terminal.progress(undefined);
    shell.print(`${line}\n`);
    return exitCode;
  }
  const lines = reportText(report, { why: given["why"] === true });
  shell.terminal.answer({
    json: report,
    rows: report.checks.map(rowOf),
    short: shortText(report),
    lines: lines.map(({ level, text }) => shell.terminal.highlight(level, text)),
  });
  return exitCodeOf(report, isStrict, asked !== WHOLE);
};

const LONGEST_WAIT_MINUTES = 24 * 60;
const LOOK_EVERY_MS = 5_000;

/** One look; with --wait as many as it takes until nothing is wrong, or until the time is over. */
async function reportWithin(given: Given, shell: Shell, asked: Examination): Promise<DoctorReport> {
  const minutes = optionalCountOf(given, "wait", { least: 1, most: LONGEST_WAIT_MINUTES }) ?? 0;
  const endMs = shell.nowMs() + minutes * 60_000;
  for (;;) {
    const report = await oneReport(given, shell, asked);
    if (exitCodeOf(report, false, asked !== WHOLE) === EXIT.ok || shell.nowMs() + LOOK_EVERY_MS > endMs) return report;
    shell.terminal.progress(`waiting: ${report.causes[0]?.cause ?? ""}`);
    const pause = new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS, "again"));
    if ((await Promise.race([pause, shell.interrupted])) !== "again") return report;
  }
}

async function oneReport(given: Given, shell: Shell, asked: Examination): Promise<DoctorReport> {
  const files = listOf(given, "files");
  const facts = await (files.length > 0 ? readFactsFile(files) : factsOfThisMachine(given, shell));
  if (asked === READY && facts.hosts.length === 0)
    throw refused("STORE_MISSING", { role: "host", path: await targetDirectory("host", given, shell) });
  const path = textOf(given, "saveFacts");
  if (path !== undefined) await writeReport(path, `${JSON.stringify(facts, undefined, 2)}\n`);
  return doctorReport(facts, { only: checksOf(given, "only"), skip: checksOf(given, "skip") }, asked);
}

/** What is asked: whether anything is wrong, or one of the two questions around the making of a host. */
function examinationOf(given: Given): Examination {
  const [isPre, isReady] = [given["pre"] === true, given["ready"] === true];
  if (isPre && isReady)
    throw refused("USAGE_INVALID", { expected: "--pre or --ready", found: "both: a host is made between them" });
  return isPre ? PRE : isReady ? READY : WHOLE;
}

/** Ids and categories as they were typed; a slip must not look like a check that is good. */
function checksOf(given: Given, name: "only" | "skip"): readonly string[] {
  const known = new Set([...ALL_CHECKS, ...PRE.checks].flatMap(({ id }) => [id, id.slice(3, 6)]));
  const typed = listOf(given, name)
    .flatMap((text) => text.split(","))
    .map((text) => text.trim().toUpperCase());
  const wrong = typed.find((text) => !known.has(text));
  if (wrong === undefined) return typed;
  const categories = [...new Set(ALL_CHECKS.map(({ id }) => id.slice(3, 6)))];
  throw refused("USAGE_INVALID", {
    expected: `--${name} to be a check as CS-DNS-003, or one of ${categories.join(", ")}`,
    found: wrong,
  });
}

/** For whoever looked: names of machines and hosts are in it. */
async function writeReport(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    throw refused("FILE_UNWRITABLE", { path, detail: error.code ?? error.message });
  });
}

function rowOf({ id, category, outcome, good, why, findings }: DoctorReport["checks"][number]) {
  return { id, category, outcome, good, findings: findings.join(" "), why };
}

function exitCodeOf({ causes, summary }: DoctorReport, isStrict: boolean, isQuestion = false): number {
  // "May it?" is answered by what was seen alone: what could not be looked at is no yes.
  if (isQuestion && (summary.unknown > 0 || summary.good === 0)) return EXIT.failed;
  if (causes.some(({ gravity }) => gravity === "fatal" || gravity === "error")) return EXIT.failed;
  return isStrict && causes.some(({ gravity }) => gravity === "warning") ? EXIT.warnings : EXIT.ok;
}
