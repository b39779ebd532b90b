import { ADDRESSING_CHECKS } from "./addressing-checks.ts";
import type { Check } from "./check.ts";
import { CLOCK_CHECKS } from "./clock-checks.ts";
import { CONFIGURATION_CHECKS } from "./configuration-checks.ts";
import { ENVIRONMENT_CHECKS } from "./environment-checks.ts";
import { KEY_FILE_CHECKS } from "./key-file-checks.ts";
import { LOG_CHECKS } from "./log-checks.ts";
import { NETWORK_CHECKS } from "./network-checks.ts";
import { SERVICE_CHECKS } from "./service-checks.ts";
import { STORE_CHECKS } from "./store-checks.ts";

/** Checks of what a service needs of its machine: that it runs, how it is set, its store, its clock, its port. */
export const MACHINE_CHECKS: readonly Check[] = [
  ...SERVICE_CHECKS,
  ...ENVIRONMENT_CHECKS,
  ...CONFIGURATION_CHECKS,
  ...ADDRESSING_CHECKS,
  ...STORE_CHECKS,
  ...LOG_CHECKS,
  ...KEY_FILE_CHECKS,
  ...CLOCK_CHECKS,
  ...NETWORK_CHECKS,
];
