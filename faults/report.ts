import type { SiteResult } from "./healthy-sites.ts";
import { type FaultResult, isRight } from "./run-fault.ts";

/** Everything one run found out. */
export interface FaultsReport {
  readonly faults: readonly FaultResult[];
  readonly sites: readonly SiteResult[];
}

/** One fault in one line. */
export function faultLine(result: FaultResult): string {
  const { id, expected, found, isMended, left, seconds, trouble } = result;
  const names = found.map((cause) => cause.id).join(", ") || "nothing";
  const mended = isMended === null ? "" : isMended ? "; mended" : `; not mended (${left.join("; ")})`;
  const what = trouble === "" ? `expected ${expected.cause}, found ${names}${mended}` : trouble;
  return `${isRight(result) ? "ok  " : "FAIL"} ${id}: ${what} (${seconds} s)`;
}

/** One healthy site in one line. */
export function siteLine({ id, found, seconds, trouble }: SiteResult): string {
  const isWell = found.length === 0 && trouble === "";
  const what = trouble || (isWell ? "nothing found" : `found ${found.join("; ")}`);
  return `${isWell ? "ok  " : "FAIL"} healthy site ${id}: ${what} (${seconds} s)`;
}

/** How many came out as they should. */
export function sentence({ faults, sites }: FaultsReport): string {
  const right = faults.filter(isRight).length;
  const mended = faults.filter(({ isMended }) => isMended).length;
  const well = sites.filter(({ found, trouble }) => found.length === 0 && trouble === "").length;
  return `${right} of ${faults.length} faults named rightly, ${mended} mended by the printed command, ${well} of ${sites.length} healthy sites without a finding`;
}

/** Whether everything did. */
export function isAllRight({ faults, sites }: FaultsReport): boolean {
  return faults.every(isRight) && sites.every(({ found, trouble }) => found.length === 0 && trouble === "");
}
