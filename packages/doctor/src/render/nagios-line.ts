import { type DoctorReport, isWrong } from "../report/report.ts";

/** A plugin's one line of output and its exit code: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN. */
export interface NagiosLine {
  readonly line: string;
  readonly exitCode: 0 | 1 | 2 | 3;
}

const STATES = ["OK", "WARNING", "CRITICAL", "UNKNOWN"] as const;

/** The report for a monitoring system. What could not be looked at is UNKNOWN only where nothing wrong was found. */
export function nagiosLine({ causes, summary, sentence }: DoctorReport): NagiosLine {
  const isCritical = causes.some(({ gravity }) => gravity === "fatal" || gravity === "error");
  const isUnknown = summary.unknown > 0 || summary.good === 0;
  const exitCode = isCritical ? 2 : causes.some(isWrong) ? 1 : isUnknown ? 3 : 0;
  // `|` begins the performance data, and a second line would be long output.
  const text = sentence.replaceAll("|", "/").replace(/\s+/g, " ");
  const figures = Object.entries(summary).map(([name, count]) => `${name}=${count}`);
  return { line: `COUNTERSIGN ${STATES[exitCode]} - ${text} | ${figures.join(" ")}`, exitCode };
}
