import type { RefusalRow } from "./refusal-row.ts";

const REFUSED = {
  fate: "refused",
  rpcCode: "permission_denied",
  exitCode: 7,
  clientAction: "show-remedy",
} as const;

/** What a publisher's activation service answers (protocol.md §3.4, §4). Own numbers: 0xE0C501nn. */
export const PUBLISHER_REFUSALS = {
  KEY_UNKNOWN: {
    ...REFUSED,
    code: 0xe0c50101,
    sentence: "expected a product key this publisher issued, found one it does not know",
    remedy: "compare the key with the vendor's letter; ask the vendor for a new one",
  },
  KEY_REVOKED: {
    ...REFUSED,
    code: 0xc004f051,
    sentence: "expected a product key in force, found one the vendor revoked[ on {revoked}]",
    remedy: "ask the vendor for a new key",
  },
  KEY_PROOF_INVALID: {
    ...REFUSED,
    code: 0xe0c50102,
    sentence: "expected proof of the whole product key, found a proof that does not match it[: {detail}]",
    remedy: "install the product key again on the machine and repeat the activation",
  },
  QUOTA_EXHAUSTED: {
    ...REFUSED,
    code: 0xc004c020,
    sentence: "expected activations left on this MAK, found all[ {limit}] used",
    remedy: "return the activation of a machine that is no longer used, or ask the vendor for more",
  },
  HOST_LIMIT_REACHED: {
    ...REFUSED,
    code: 0xc004c008,
    sentence: "expected activations left on this host key, found its limit[ of {limit}] reached[: {detail}]",
    remedy: "activate one of the hosts that have it already, or ask the vendor for more",
  },
  HOST_LINEAGE_FORK: {
    ...REFUSED,
    code: 0xe0c50103,
    sentence: "expected the newest certificate of this host, found an older one: a copy of it was renewed meanwhile",
    remedy:
      "if this is the copy, run countersign host fork and activate it as a new host; it uses one of the key's hosts",
  },
  RENEWAL_NOT_ALLOWED: {
    ...REFUSED,
    code: 0xe0c50104,
    sentence: "expected a renewal by the key of a certificate in force[, found {detail}]",
    remedy: "activate the host again with its host key",
  },
  CONFIRMATION_CODE_WRONG: {
    ...REFUSED,
    fate: "local",
    code: 0xc004f04d,
    rpcCode: "invalid_argument",
    exitCode: 2,
    sentence: "expected a code whose check digits agree, found an error[ in block {block}]",
    remedy: "compare that block with the original and type it again",
  },
  PUBLISHER_UNREACHABLE: {
    ...REFUSED,
    fate: "local",
    code: 0x80072efd,
    rpcCode: "unavailable",
    exitCode: 75,
    sentence: "expected the publisher's activation service[ at {url}][, found {detail}]",
    remedy: "check the network and the proxy (HTTPS_PROXY), or activate with a file",
  },
} as const satisfies Readonly<Record<string, RefusalRow>>;
