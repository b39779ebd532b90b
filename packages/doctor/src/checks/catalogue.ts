import { CATEGORIES, type Check, type CheckId } from "./check.ts";
import { CLIENT_CHECKS } from "./client-catalogue.ts";
import { HOST_CHECKS } from "./host-catalogue.ts";
import { MACHINE_CHECKS } from "./machine-catalogue.ts";

/** THE list of checks, in the order of a report. */
export const ALL_CHECKS: readonly Check[] = [...MACHINE_CHECKS, ...HOST_CHECKS, ...CLIENT_CHECKS].toSorted(
  (a, b) => placeOf(a.id) - placeOf(b.id) || (a.id < b.id ? -1 : 1),
);

function placeOf(id: CheckId): number {
  return Object.keys(CATEGORIES).indexOf(id.slice(3, 6));
}
