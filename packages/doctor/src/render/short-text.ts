import type { DoctorReport } from "../report/report.ts";
import { headText, summaryText } from "./report-text.ts";

const MOST_EVIDENCE = 3;

/** The form for a mail or a ticket: who looked, what is wrong and how that is known, and the one sentence. */
export function shortText(report: DoctorReport): string {
  const causes = report.causes.flatMap(({ gravity, id, check, cause, evidence, remedy, explains }) => [
    `${gravity} ${check} ${id}: ${cause}`,
    ...evidence.slice(0, MOST_EVIDENCE).map((line) => `  seen: ${line}`),
    ...(remedy === "" ? [] : [`  mend: ${remedy}`]),
    ...(explains.length === 0 ? [] : [`  explains: ${explains.join(", ")}`]),
  ]);
  return [headText(report), summaryText(report), ...causes, report.sentence].join("\n");
}
