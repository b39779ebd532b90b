import type { Check } from "./check.ts";
import { CLIENT_FLEET_CHECKS } from "./clients-checks.ts";
import { CONTACT_CHECKS } from "./contact-checks.ts";
import { COUNTING_CHECKS } from "./counting-checks.ts";
import { COVERED_PRODUCTS_CHECKS } from "./covered-products-checks.ts";
import { HOST_LICENCE_CHECKS } from "./host-licence-checks.ts";
import { HOST_RENEWAL_CHECKS } from "./host-renewal-checks.ts";
import { THRESHOLD_CHECKS } from "./threshold-checks.ts";

/** Checks of a host: its licence, its counts, the machines that ask it. */
export const HOST_CHECKS: readonly Check[] = [
  ...HOST_LICENCE_CHECKS,
  ...HOST_RENEWAL_CHECKS,
  ...COVERED_PRODUCTS_CHECKS,
  ...COUNTING_CHECKS,
  ...THRESHOLD_CHECKS,
  ...CONTACT_CHECKS,
  ...CLIENT_FLEET_CHECKS,
];
