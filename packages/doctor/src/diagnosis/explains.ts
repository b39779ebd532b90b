import type { Gravity } from "../checks/check.ts";

/** What a cause brings about: finding ids, told apart by whether they must be about the same thing. */
export interface Consequences {
  /** Those about the same host, domain or machine: a record of one host is not stale because another one is down. */
  readonly same?: readonly string[];
  /** Those about anything. */
  readonly any?: readonly string[];
  /** The cause must weigh at least so much here; lighter, it is only worth a word. */
  readonly from?: Gravity;
}

/** What becomes of a machine that no host licenses. */
const LICENCE = ["ATTEMPT_FAILED", "RENEWAL_FAILING", "EXPIRES_SOON", "NOT_LICENSED", "IN_GRACE", "NOTIFICATION"];
const CLIENT = [...LICENCE, "REARMS_USED_UP"];
/** What a host that cannot be reached looks like. */
const UNREACHED = [
  ...["HOST_DOWN", "PORT_REFUSED", "PORT_FILTERED", "HOST_UNROUTED", "REPLY_LOST"],
  ...["OWN_PORT_CLOSED", "FIXED_HOST_GONE", "CACHED_HOST_GONE"],
];
const GONE = ["FIXED_HOST_GONE", "CACHED_HOST_GONE", "SRV_STALE", "NO_REQUESTS", ...CLIENT];
/** What a host's machines suffer, as the host itself sees it. */
const FLEET = ["REQUESTS_REFUSED", "MACHINES_EXPIRING", "NO_REQUESTS", "COUNT_WILL_FALL"];
const STOPS = ["HOST_STOPPED", "HOST_START_FAILED", "NOT_LISTENING"];
/** A host that does not run, and everything after it. */
const DOWN = [...UNREACHED, ...FLEET, ...CLIENT, "SRV_STALE"];
const BLOCKS_HOST = [...STOPS, ...DOWN, "HOST_CANNOT_WORK_THERE"];
/** A host that runs and may not license. */
const SERVES_NOBODY = [...FLEET, ...CLIENT];
const AGENT = ["AGENT_STOPPED", "AGENT_START_FAILED", "NO_ATTEMPT_PLANNED"];
const UNPUBLISHED = ["SRV_MISSING", "RECORD_MISSING", "RECORD_DIFFERS", "NO_REQUESTS", ...CLIENT];
const UNPUBLISHABLE = [
  ...["PUBLISHING_REFUSED", "PUBLISHING_BAD_KEY", "PUBLISHING_BAD_SIGNATURE"],
  ...["PUBLISHING_BAD_TIME", "PUBLISHING_NO_ZONE", "PUBLISHING_FAILING"],
];
const UNLICENSED = ["NOT_LICENSED", "IN_GRACE", "NOTIFICATION", "ATTEMPT_FAILED", "NO_ATTEMPT_PLANNED"];

const each = (ids: readonly string[], consequences: Consequences) =>
  Object.fromEntries(ids.map((id) => [id, consequences]));

/**
 * What follows from what: where both are found, the first is the cause and the second goes when it is mended. Data, so that
 * `--why` can show it; a test holds that it has no cycle and names nothing that no check finds.
 */
export const EXPLAINS: Readonly<Record<string, Consequences>> = {
  // The machine and its network.
  NO_ADDRESS: { same: ["NETWORK_OUTAGE", "OWN_PORT_CLOSED", ...UNPUBLISHABLE, "PUBLISHER_UNREACHABLE", ...CLIENT] },
  NETWORK_OUTAGE: {
    any: ["DNS_UNREACHABLE", "DNS_SERVER_FAILURE", "SRV_TARGET_UNRESOLVED", "NO_RESOLVER", ...UNREACHED],
    same: ["PUBLISHER_UNREACHABLE", ...UNPUBLISHABLE, ...CLIENT],
  },
  DISK_FULL: {
    same: [
      ...["STORE_READ_ONLY", "STORE_UNUSABLE", "STORE_DAMAGED", "CLIENT_STORE_UNWRITABLE", "EVENT_LOG_FULL"],
      ...["EVENTS_LOST", ...AGENT, ...BLOCKS_HOST],
    ],
  },

  // A host that does not run, or not as it should.
  ...each(["STORE_DAMAGED", "STORE_NEWER", "STORE_READ_ONLY", "STORE_LOCKED", "STORE_GONE", "STORE_UNUSABLE"], {
    same: ["EVENTS_LOST", ...BLOCKS_HOST],
  }),
  ...each(["CONFIGURATION_INVALID", "KEYS_UNUSABLE", "KEY_FILES_OPEN"], { same: BLOCKS_HOST, from: "fatal" }),
  PORT_TAKEN: { same: [...STOPS, ...DOWN] },
  WRONG_SERVICE: { same: ["HOST_START_FAILED", "PORT_TAKEN", "OWN_PORT_CLOSED", ...GONE] },
  HOST_START_FAILED: { same: DOWN },
  HOST_STOPPED: { same: DOWN },
  ...each(["NOT_LISTENING", "LOOPBACK_ONLY"], { same: [...UNREACHED, ...FLEET, ...CLIENT] }),
  OWN_PORT_CLOSED: {
    same: [
      "HOST_DOWN",
      "PORT_REFUSED",
      "PORT_FILTERED",
      "HOST_UNROUTED",
      "REPLY_LOST",
      "REQUESTS_REFUSED",
      "MACHINES_EXPIRING",
      ...GONE,
    ],
  },
  ...each(["SIGNER_UNAVAILABLE"], { same: ["HOST_CANNOT_WORK_THERE", ...SERVES_NOBODY] }),
  OVERLOADED: { same: ["HOST_BUSY", "RATE_LIMITED_SOURCES", "REQUESTS_REFUSED", "ATTEMPT_FAILED"] },
  HOST_BUSY: { same: ["ATTEMPT_FAILED"] },
  EVENT_LOG_FULL: { same: ["EVENTS_LOST", "RETENTION_SHORT"] },

  // Clocks.
  HOST_CLOCK_SUSPECT: {
    same: [
      ...["HOST_CLOCK_SUSPECT_THERE", "CLOCK_APART", "CLOCK_NOT_SYNCHRONISED", "PUBLISHING_BAD_TIME"],
      ...["HOST_CERTIFICATE_OVER_THERE", ...SERVES_NOBODY],
    ],
  },
  CLOCK_APART: {
    same: [
      ...["CLIENT_CLOCK_SUSPECT", "CLOCK_NOT_SYNCHRONISED", "HOST_CERTIFICATE_OVER_THERE", "HOST_UNTRUSTED"],
      ...["PUBLISHING_BAD_TIME", "NO_ATTEMPT_PLANNED", ...CLIENT],
    ],
  },
  CLIENT_CLOCK_SUSPECT: { same: ["CLOCK_NOT_SYNCHRONISED", "NO_ATTEMPT_PLANNED", ...CLIENT] },

  // DNS.
  ...each(["DNS_UNREACHABLE", "NO_RESOLVER"], {
    any: ["DNS_SERVER_FAILURE", "SRV_TARGET_UNRESOLVED"],
    same: ["PUBLISHING_NO_ZONE", "PUBLISHING_FAILING", ...UNREACHED, ...CLIENT],
  }),
  NO_DOMAIN: { same: CLIENT },
  DNS_SERVER_FAILURE: {
    same: ["PUBLISHING_NO_ZONE", "PUBLISHING_FAILING", "FIXED_HOST_GONE", "CACHED_HOST_GONE", ...CLIENT],
  },
  ...each(UNPUBLISHABLE, { same: UNPUBLISHED }),
  PUBLISHING_OFF: { any: ["SRV_MISSING"], same: ["NO_REQUESTS", ...CLIENT] },
  SRV_MISSING: { same: ["LOOKUP_DOMAIN_EMPTY", "NO_REQUESTS", ...CLIENT] },
  SRV_DECLINED: { same: ["LOOKUP_DOMAIN_EMPTY", "RECORD_MISSING", "NO_REQUESTS", ...CLIENT] },
  SRV_IN_OTHER_ZONE: { same: ["NO_REQUESTS", ...CLIENT] },
  ...each(["RECORD_MISSING", "RECORD_DIFFERS"], { same: ["NO_REQUESTS", ...CLIENT] }),
  LOOKUP_DOMAIN_EMPTY: { same: CLIENT },
  SRV_PORT_WRONG: { same: ["RECORD_DIFFERS", "WRONG_SERVICE", "FOREIGN_SERVICE_IN_DNS", ...UNREACHED, ...CLIENT] },
  SRV_TARGET_UNRESOLVED: { same: [...UNREACHED, ...CLIENT] },
  SRV_STALE: { same: ["CACHED_HOST_GONE"] },
  ROGUE_HOST: {
    same: ["HOST_UNTRUSTED", "HOST_NOT_ENABLED_THERE", "HOST_NOT_ACTIVATED_THERE", "TRUST_OUTDATED", "ATTEMPT_FAILED"],
  },
  FOREIGN_SERVICE_IN_DNS: { same: ["CACHED_HOST_GONE", "ATTEMPT_FAILED"] },
  HOST_CLONE: { same: ["HOST_COPIED", "HOST_RESTORED"] },

  // The way to the host.
  ...each(["HOST_DOWN", "PORT_REFUSED", "PORT_FILTERED", "HOST_UNROUTED", "REPLY_LOST"], { same: GONE }),
  FIXED_HOST_AND_LOOKUP_DOMAIN: {
    same: [
      "HOST_DOWN",
      "PORT_REFUSED",
      "PORT_FILTERED",
      "HOST_UNROUTED",
      "FIXED_HOST_GONE",
      "LOOKUP_DOMAIN_EMPTY",
      ...CLIENT,
    ],
    from: "error",
  },
  FIXED_HOST_GONE: { same: CLIENT },
  CACHED_HOST_GONE: { same: CLIENT, from: "error" },
  KEEP_PORT_BLOCKS_MOVE: { same: [...UNREACHED, ...CLIENT] },

  // The host's licence.
  PUBLISHER_UNREACHABLE: { same: ["CERTIFICATE_RENEWAL_FAILING", "CERTIFICATE_EXPIRING"] },
  CERTIFICATE_RENEWAL_FAILING: { same: ["CERTIFICATE_EXPIRING"] },
  ...each(["HOST_KEY_USED_UP", "HOST_COPIED"], { same: ["CERTIFICATE_RENEWAL_FAILING", "CERTIFICATE_EXPIRING"] }),
  HOST_KEY_MISSING: { same: ["HOST_NOT_ACTIVATED", "HOST_NOT_ENABLED_THERE", ...SERVES_NOBODY], from: "fatal" },
  HOST_NOT_ACTIVATED: { same: ["HOST_NOT_ACTIVATED_THERE", ...SERVES_NOBODY] },
  HOST_REVOKED: {
    same: ["LEASE_REVOKED", "HOST_CERTIFICATE_OVER_THERE", "CERTIFICATE_RENEWAL_FAILING", ...SERVES_NOBODY],
  },
  CERTIFICATE_LAPSED: {
    same: [
      ...["CERTIFICATE_RENEWAL_FAILING", "CERTIFICATE_EXPIRING", "HOST_CERTIFICATE_OVER_THERE", "HOST_UNTRUSTED"],
      ...SERVES_NOBODY,
    ],
  },
  ...each(["HOST_NOT_ENABLED_THERE", "HOST_NOT_ACTIVATED_THERE", "HOST_CERTIFICATE_OVER_THERE"], { same: CLIENT }),
  ...each(["HOST_CLOCK_SUSPECT_THERE", "HOST_CANNOT_WORK_THERE", "OTHER_PUBLISHERS_HOST", "VERSIONS_APART"], {
    same: CLIENT,
  }),
  HOST_TOO_OLD: { same: ["VERSIONS_APART", "REQUESTS_REFUSED", ...CLIENT] },
  ...each(["PRODUCT_NOT_COVERED", "PRODUCT_UNKNOWN_THERE"], { same: ["REQUESTS_REFUSED", ...CLIENT] }),

  // Counting. A count below the threshold has a reason that can be mended, or there are too few machines.
  CLONED_CMIDS: {
    any: ["TOO_FEW_MACHINES"],
    same: ["GENERALIZE_SKIPPED", "THRESHOLDS_DIFFER", "HARDWARE_DRIFT", ...CLIENT],
  },
  COUNT_SPLIT: { any: ["TOO_FEW_MACHINES", "MACHINES_GONE", "COUNT_WILL_FALL", "THRESHOLDS_DIFFER"], from: "error" },
  MACHINES_GONE: { any: ["TOO_FEW_MACHINES"], same: ["COUNT_WILL_FALL", "THRESHOLDS_DIFFER", "MACHINES_EXPIRING"] },
  TOO_FEW_MACHINES: {
    same: ["THRESHOLDS_DIFFER", "COUNT_WILL_FALL", "MACHINES_EXPIRING", "REQUESTS_REFUSED", ...CLIENT],
  },

  // The client.
  ...each(["CLIENT_STORE_UNWRITABLE", "CLIENT_STORE_LOST", "CLIENT_STORE_NEWER", "CLIENT_STORE_LOCKED"], {
    same: [...AGENT, ...CLIENT],
  }),
  CLIENT_SETTINGS_INVALID: { same: [...AGENT, "NO_DOMAIN", ...CLIENT] },
  TRUST_FILE_INVALID: { any: ["HOST_UNTRUSTED"], same: ["TRUST_OUTDATED", ...AGENT, ...CLIENT] },
  ...each(["AGENT_STOPPED", "AGENT_START_FAILED"], {
    same: ["NO_ATTEMPT_PLANNED", "RENEWAL_FAILING", "EXPIRES_SOON", "NOT_LICENSED", "IN_GRACE", "NOTIFICATION"],
  }),
  HOST_UNTRUSTED: { same: ["TRUST_OUTDATED", ...CLIENT] },
  TRUST_OUTDATED: { same: UNLICENSED, from: "error" },
  LEASE_REVOKED: { same: ["HOST_UNTRUSTED", ...CLIENT] },
  STORE_COPIED: { same: ["MACHINE_CHANGED", "MACHINE_REIDENTIFIED", "NOT_LICENSED", "IN_GRACE", "NOTIFICATION"] },
  MACHINE_CHANGED: { same: ["NOT_LICENSED", "IN_GRACE", "NOTIFICATION"] },
  EDITION_WITHOUT_CHANNEL: { same: ["WRONG_KEY_KIND", "KEY_OF_OTHER_PRODUCT", "SETUP_KEY_MISSING", ...UNLICENSED] },
  ...each(["WRONG_KEY_KIND", "KEY_OF_OTHER_PRODUCT", "KEY_MISTYPED"], { same: ["SETUP_KEY_MISSING", ...UNLICENSED] }),
  SETUP_KEY_MISSING: { same: UNLICENSED },
  NO_ATTEMPT_PLANNED: { same: ["RENEWAL_FAILING", "EXPIRES_SOON"] },
  RENEWAL_FAILING: { same: ["ATTEMPT_FAILED", "EXPIRES_SOON"] },
  ATTEMPT_FAILED: { same: ["NOT_LICENSED", "IN_GRACE", "NOTIFICATION", "REARMS_USED_UP"], from: "warning" },
  REARMS_USED_UP: { same: ["NOTIFICATION", "IN_GRACE"] },
};

/** What an activation mends: of equal weight it comes after whatever keeps the machine from reaching a host. */
export const MENDED_BY_A_HOST: readonly string[] = [
  ...["STORE_COPIED", "MACHINE_CHANGED", "REARMS_USED_UP", "RENEWAL_FAILING", "EXPIRES_SOON", "ATTEMPT_FAILED"],
  ...["NOT_LICENSED", "IN_GRACE", "NOTIFICATION", "CLIENT_CLOCK_SUSPECT"],
];
