import { COUNT_WINDOW_MS } from "@countersign/domain";
import type { Complaints } from "../invariants.ts";

/** A machine as far as copies go. */
export interface CopyHolder {
  readonly name: string;
  readonly cmid: string;
  /** When it took statements under its present CMID. */
  readonly answersMs: readonly number[];
}

const ANSWERS = 4;

/** I26: of machines with one CMID, two have not both had four answers within the window. */
export function judgeCopies(machines: readonly CopyHolder[], nowMs: number, complaints: Complaints): void {
  const settled = new Map<string, string>();
  for (const { name, cmid, answersMs } of machines) {
    if (answersMs.filter((atMs) => atMs > nowMs - COUNT_WINDOW_MS).length < ANSWERS) continue;
    const other = settled.get(cmid);
    if (other !== undefined) complaints.of("I26", `${other} and ${name} both keep ${cmid} after ${ANSWERS} answers`);
    settled.set(cmid, name);
  }
}
