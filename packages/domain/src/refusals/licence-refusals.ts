import type { RefusalRow } from "./refusal-row.ts";

const LOCAL = { fate: "local", rpcCode: "", exitCode: 6, clientAction: "none" } as const;
const KEY_INPUT = { fate: "local", rpcCode: "invalid_argument", exitCode: 2, clientAction: "show-remedy" } as const;

/** Product keys as typed, and why a machine is not licensed (behaviour.md §2, §6). Own numbers: 0xE0C502nn. */
export const LICENCE_REFUSALS = {
  KEY_INVALID: {
    ...KEY_INPUT,
    code: 0xc004f050,
    sentence: "expected a product key of 25 symbols whose check symbols agree[, found {detail}]",
    remedy: "compare the key with the original symbol by symbol[; did you mean {suggestion}]",
  },
  KEY_FOR_OTHER_PUBLISHER: {
    ...KEY_INPUT,
    code: 0xe0c50201,
    sentence: "expected a product key of a publisher known here[ ({publisher})], found one of another publisher",
    remedy: "install that publisher's trust file first, then the key",
  },
  KEY_FOR_OTHER_PRODUCT: {
    ...KEY_INPUT,
    code: 0xc004f015,
    sentence: "expected a product key of a product installed here, found one of another product[: {detail}]",
    remedy: "install the product key of exactly this product",
  },
  KEY_WRONG_KIND: {
    ...KEY_INPUT,
    code: 0xe0c50202,
    sentence: "expected a {expected}, found a {found}",
    remedy: "use the key that belongs to this role; a host key on a client machine needs --as-host",
  },
  KEY_NOT_INSTALLED: {
    ...LOCAL,
    code: 0xc004f014,
    sentence: "expected a product key, found none installed",
    remedy: "install the setup key of the product",
  },
  EDITION_WITHOUT_CHANNEL: {
    ...KEY_INPUT,
    code: 0xc004f069,
    sentence: "expected a product that can be activated in this way[ ({channel})], found one that cannot",
    remedy: "install an edition with that channel, or use a key of a channel it has",
  },
  REARM_EXHAUSTED: {
    ...LOCAL,
    code: 0xc004d307,
    exitCode: 7,
    sentence: "expected rearms left, found all[ {limit}] used",
    remedy: "activate the machine through a host; a rearm is not needed for that",
  },
  GRACE_EXPIRED: {
    ...LOCAL,
    code: 0xc004f009,
    sentence: "expected an activation before the grace period ended, found none[: {detail}]",
    remedy: "make sure a host can be reached, then activate; countersign doctor says why it failed",
  },
  LEASE_REVOKED: {
    ...LOCAL,
    code: 0xc004f200,
    sentence:
      "expected a host activation in force, found that the vendor revoked host activation[ {serial}][ on {revoked}]",
    remedy: "point this machine at another host and activate it",
  },
  MACHINE_CHANGED: {
    ...LOCAL,
    code: 0xc004f00f,
    sentence: "expected the machine the activation was made for, found its hardware out of tolerance",
    remedy: "activate again; the machine heals by itself as soon as a host answers",
  },
  CLOCK_SUSPECT: {
    ...LOCAL,
    code: 0xe0c50203,
    sentence: "expected a clock that does not go back, found it behind an earlier reading[ by {hours} h]",
    remedy: "set the machine's clock and activate: a fresh reply of a host clears the suspicion",
  },
  PRODUCT_NOT_COVERED: {
    ...LOCAL,
    code: 0xe0c50204,
    sentence: "expected a product of the publisher's signed policy, found one that is not in it",
    remedy: "give the machine the publisher's newest trust file, or install a setup key the policy lists",
  },
  LICENSE_STORE_TAMPERED: {
    ...LOCAL,
    code: 0xe0c50205,
    sentence: "expected the licence store as it was written, found it changed by something else",
    remedy: "install the setup key again and activate; the damaged store was kept aside for examination",
  },
  ALL_HOSTS_FAILED: {
    ...LOCAL,
    code: 0xc004f074,
    exitCode: 4,
    sentence: "expected an answer of one host, found that every host tried failed[: {detail}]",
    remedy: "read the code of each host below; countersign doctor names the likely cause",
  },
  REIDENTIFY_LIMIT: {
    ...LOCAL,
    code: 0xe0c50206,
    clientAction: "next-host",
    sentence: "expected at most one new CMID in 24 h and three in 30 days, found another directive to draw one",
    remedy: "look for a machine image that was not generalized, or a host that was restored twice",
  },
} as const satisfies Readonly<Record<string, RefusalRow>>;
