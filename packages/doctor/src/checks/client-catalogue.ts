import type { Check } from "./check.ts";
import { DISCOVERY_CHECKS } from "./discovery-checks.ts";
import { HOST_READINESS_CHECKS } from "./host-readiness-checks.ts";
import { HOSTS_IN_DNS_CHECKS } from "./hosts-in-dns-checks.ts";
import { IDENTITY_CHECKS } from "./identity-checks.ts";
import { KEY_CHECKS } from "./key-checks.ts";
import { LICENCE_CHECKS } from "./licence-checks.ts";
import { PUBLICATION_CHECKS } from "./publication-checks.ts";
import { PUBLISHER_CHECKS } from "./publisher-checks.ts";
import { REACHABILITY_CHECKS } from "./reachability-checks.ts";
import { RECORD_TARGET_CHECKS } from "./record-target-checks.ts";
import { RENEWAL_CHECKS } from "./renewal-checks.ts";
import { RESOLVER_CHECKS } from "./resolver-checks.ts";
import { SERVICE_RECORD_CHECKS } from "./service-record-checks.ts";
import { TRUST_CHECKS } from "./trust-checks.ts";

/** Every check of DNS, of a client, and of the way between the two sides, in the order of a report. */
export const CLIENT_CHECKS: readonly Check[] = [
  ...RESOLVER_CHECKS,
  ...SERVICE_RECORD_CHECKS,
  ...RECORD_TARGET_CHECKS,
  ...HOSTS_IN_DNS_CHECKS,
  ...PUBLICATION_CHECKS,
  ...DISCOVERY_CHECKS,
  ...REACHABILITY_CHECKS,
  ...HOST_READINESS_CHECKS,
  ...TRUST_CHECKS,
  ...PUBLISHER_CHECKS,
  ...IDENTITY_CHECKS,
  ...KEY_CHECKS,
  ...LICENCE_CHECKS,
  ...RENEWAL_CHECKS,
];
