import { ADDRESSING_CHECKS } from "./addressing-checks.ts";
import { CATEGORIES, type Check, type CheckId } from "./check.ts";
import { CLIENT_CHECKS } from "./client-catalogue.ts";
import { CLIENT_FLEET_CHECKS } from "./clients-checks.ts";
import { CLOCK_CHECKS } from "./clock-checks.ts";
import { CONFIGURATION_CHECKS } from "./configuration-checks.ts";
import { CONTACT_CHECKS } from "./contact-checks.ts";
import { COUNTING_CHECKS } from "./counting-checks.ts";
import { COVERED_PRODUCTS_CHECKS } from "./covered-products-checks.ts";
import { ENVIRONMENT_CHECKS } from "./environment-checks.ts";
import { HOST_LICENCE_CHECKS } from "./host-licence-checks.ts";
import { HOST_RENEWAL_CHECKS } from "./host-renewal-checks.ts";
import { KEY_FILE_CHECKS } from "./key-file-checks.ts";
import { LOG_CHECKS } from "./log-checks.ts";
import { NETWORK_CHECKS } from "./network-checks.ts";
import { SERVICE_CHECKS } from "./service-checks.ts";
import { STORE_CHECKS } from "./store-checks.ts";
import { THRESHOLD_CHECKS } from "./threshold-checks.ts";

/** Every check of a host and of what its machine needs, in the order of a report: what is needed comes before what needs it. */
export const HOST_CHECKS: readonly Check[] = [
  ...SERVICE_CHECKS,
  ...ENVIRONMENT_CHECKS,
  ...CONFIGURATION_CHECKS,
  ...ADDRESSING_CHECKS,
  ...STORE_CHECKS,
  ...LOG_CHECKS,
  ...KEY_FILE_CHECKS,
  ...CLOCK_CHECKS,
  ...NETWORK_CHECKS,
  ...HOST_LICENCE_CHECKS,
  ...HOST_RENEWAL_CHECKS,
  ...COVERED_PRODUCTS_CHECKS,
  ...COUNTING_CHECKS,
  ...THRESHOLD_CHECKS,
  ...CONTACT_CHECKS,
  ...CLIENT_FLEET_CHECKS,
];

/** THE list of checks, in the order of a report. */
export const ALL_CHECKS: readonly Check[] = [...HOST_CHECKS, ...CLIENT_CHECKS].toSorted(
  (a, b) => placeOf(a.id) - placeOf(b.id) || (a.id < b.id ? -1 : 1),
);

function placeOf(id: CheckId): number {
  return Object.keys(CATEGORIES).indexOf(id.slice(3, 6));
}
