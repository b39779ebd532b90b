import type { ErrorReport, Row } from "../terminal.ts";

/** What an option did, in all the forms it may be asked for. */
export interface Outcome {
  readonly lines: readonly string[];
  readonly json: unknown;
  readonly rows: readonly Row[];
  readonly short: string;
  /** What went wrong beside what was done: told after the answer, and ends the command. */
  readonly failure?: ErrorReport;
}

/** One sentence, and the facts it says. */
export function done(sentence: string, facts: Row, lines: readonly string[] = []): Outcome {
  return { lines: [sentence, ...lines], json: { ok: true, ...facts }, rows: [{ ok: true, ...facts }], short: "ok" };
}
