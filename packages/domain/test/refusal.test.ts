import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  fillSentence,
  hresultText,
  REFUSALS,
  RefusalError,
  type RefusalReason,
  refusalReasonOf,
  refuse,
  remedyOf,
} from "../src/index.ts";

const ENTRIES = Object.values(REFUSALS);

/** behaviour.md §6: the codes administrators know. */
const KNOWN_CODES: Readonly<Partial<Record<RefusalReason, string>>> = {
  COUNT_TOO_LOW: "0xC004F038",
  ALL_HOSTS_FAILED: "0xC004F074",
  HOST_NOT_ENABLED: "0xC004F039",
  HOST_NOT_ACTIVATED: "0xC004F041",
  GROUP_NOT_AUTHORIZED: "0xC004F042",
  PRODUCT_UNKNOWN: "0xC004F042",
  CLOCK_SKEW: "0xC004F06C",
  GRACE_EXPIRED: "0xC004F009",
  LEASE_REVOKED: "0xC004F200",
  MACHINE_CHANGED: "0xC004F00F",
  CONFIRMATION_CODE_WRONG: "0xC004F04D",
  PUBLISHER_UNREACHABLE: "0x80072EFD",
  KEY_INVALID: "0xC004F050",
  KEY_REVOKED: "0xC004F051",
  REARM_EXHAUSTED: "0xC004D307",
  QUOTA_EXHAUSTED: "0xC004C020",
  HOST_LIMIT_REACHED: "0xC004C008",
  DNS_NAME_NOT_FOUND: "0x8007232B",
  DNS_NO_RECORDS: "0x8007251D",
  DNS_SERVER_FAILURE: "0x8007232A",
  DNS_REFUSED: "0x8007232D",
  DNS_BADSIG: "0x80072338",
  DNS_BADKEY: "0x80072339",
  DNS_BADTIME: "0x8007233A",
  DNS_NOT_IMPLEMENTED: "0x8007232C",
  DNS_NOT_AUTHORITATIVE: "0x80072331",
  DNS_NOT_ZONE: "0x80072332",
  DNS_BAD_PACKET: "0x8007251E",
  DNS_NO_SERVER: "0x8007267C",
  DNS_SERVER_UNREACHABLE: "0x800705B4",
  DNS_ZONE_NOT_FOUND: "0x80072581",
  DNS_NAME_IS_ALIAS: "0x800725EC",
  HOST_UNREACHABLE: "0x800706BA",
  TIMEOUT: "0x800705B4",
  KEY_FOR_OTHER_PRODUCT: "0xC004F015",
  KEY_NOT_INSTALLED: "0xC004F014",
  EDITION_WITHOUT_CHANNEL: "0xC004F069",
};

/** protocol.md §5.5, row by row: Connect code and client action. */
const WIRE: readonly (readonly [RefusalReason, string, string])[] = [
  ["UNSUPPORTED_VERSION", "failed_precondition", "use-version-range"],
  ["GROUP_NOT_AUTHORIZED", "permission_denied", "next-host"],
  ["PRODUCT_UNKNOWN", "not_found", "next-host"],
  ["SETUP_KEY_NOT_ACCEPTED", "permission_denied", "next-host-and-notify"],
  ["REQUEST_INVALID", "invalid_argument", "bug-long-backoff"],
  ["REQUEST_TOO_LARGE", "invalid_argument", "bug-long-backoff"],
  ["NONCE_REUSED", "already_exists", "keep-bytes-next-host"],
  ["RATE_LIMITED", "resource_exhausted", "honour-retry-after"],
  ["OVERLOADED", "unavailable", "honour-retry-after"],
  ["HOST_NOT_ACTIVATED", "failed_precondition", "next-host"],
  ["HOST_CERT_EXPIRED", "failed_precondition", "next-host"],
  ["HOST_CLOCK_SUSPECT", "failed_precondition", "next-host"],
  ["STORE_UNAVAILABLE", "unavailable", "back-off-target"],
  ["SIGNER_UNAVAILABLE", "unavailable", "back-off-target"],
  ["KEY_UNKNOWN", "permission_denied", "show-remedy"],
  ["KEY_REVOKED", "permission_denied", "show-remedy"],
  ["QUOTA_EXHAUSTED", "permission_denied", "show-remedy"],
  ["HOST_LIMIT_REACHED", "permission_denied", "show-remedy"],
  ["HOST_LINEAGE_FORK", "permission_denied", "show-remedy"],
];

test("a refusal has the code administrators of KMS know", () => {
  for (const [reason, code] of Object.entries(KNOWN_CODES)) {
    assert.equal(hresultText(REFUSALS[reason as RefusalReason].code), code, reason);
  }
});

test("every other refusal has a number of our own, once, in table order", () => {
  const own = ENTRIES.filter((entry) => !(entry.reason in KNOWN_CODES)).map((entry) => entry.code);
  for (const code of own) assert.equal(hresultText(code).slice(0, 6), "0xE0C5", hresultText(code));
  assert.deepEqual(own, [...new Set(own)]);
  const families = Map.groupBy(own, (code) => code >>> 8);
  for (const [, codes] of families)
    assert.deepEqual(
      codes,
      [...codes].sort((a, b) => a - b),
    );
});

test("our numbers are contract: the ones given out stay where they are", () => {
  const given: Readonly<Partial<Record<RefusalReason, number>>> = {
    REIDENTIFY: 0xe0c50001,
    NONCE_REUSED: 0xe0c5000a,
    OVERLOADED: 0xe0c5000c,
    STORE_UNAVAILABLE: 0xe0c5000d,
    KEY_UNKNOWN: 0xe0c50101,
    HOST_LINEAGE_FORK: 0xe0c50103,
    CLOCK_SUSPECT: 0xe0c50203,
    UNTRUSTED_HOST: 0xe0c50301,
    LEASE_BELOW_REQUIRED: 0xe0c50318,
    NOT_A_HOST: 0xe0c50401,
    STORE_LOCKED: 0xe0c50504,
  };
  for (const [reason, code] of Object.entries(given))
    assert.equal(REFUSALS[reason as RefusalReason].code, code, reason);
});

test("what crosses the wire has the RPC code and the client action of the error model", () => {
  for (const [reason, rpcCode, clientAction] of WIRE) {
    assert.deepEqual([REFUSALS[reason].rpcCode, REFUSALS[reason].clientAction], [rpcCode, clientAction], reason);
  }
});

test("a count too low and a directive to re-identify are signed statements, never errors of the wire", () => {
  for (const reason of ["COUNT_TOO_LOW", "REIDENTIFY"] as const) {
    assert.equal(REFUSALS[reason].fate, "statement");
    assert.equal(REFUSALS[reason].rpcCode, "");
  }
});

test("framing, limits and overload are dropped; what is well-formed but not served is refused", () => {
  const dropped = ["REQUEST_INVALID", "REQUEST_TOO_LARGE", "NONCE_REUSED", "RATE_LIMITED", "OVERLOADED"] as const;
  const refused = ["GROUP_NOT_AUTHORIZED", "PRODUCT_UNKNOWN", "HOST_NOT_ACTIVATED", "HOST_CERT_EXPIRED"] as const;
  for (const reason of dropped) assert.equal(REFUSALS[reason].fate, "dropped", reason);
  for (const reason of refused) assert.equal(REFUSALS[reason].fate, "refused", reason);
});

test("a sentence says what was expected; sentence and remedy begin small, end without a stop, balance their brackets", () => {
  for (const { reason, sentence, remedy } of ENTRIES) {
    assert.match(sentence, /^expected /, reason);
    for (const text of [sentence, remedy]) {
      assert.match(text, /^[a-z]/, reason);
      assert.doesNotMatch(text, /[.!]$/, reason);
      assert.doesNotMatch(text.replace(/\[[^[\]]*\]/g, ""), /[[\]]/, reason);
    }
  }
});

test("a page is named by its reason", () => {
  assert.equal(REFUSALS.COUNT_TOO_LOW.page, "reference/refusals/count-too-low.md");
  assert.equal(new Set(ENTRIES.map((entry) => entry.page)).size, ENTRIES.length);
});

test("refusing fills the sentence with what was found", () => {
  assert.deepEqual(refuse("COUNT_TOO_LOW", { count: 24, requiredCount: 25 }), {
    reason: "COUNT_TOO_LOW",
    message: "expected a current count of at least 25, found 24",
    retryAfterS: 0,
    params: { count: "24", requiredCount: "25" },
  });
});

test("a part of the sentence whose value is missing or empty is left out", () => {
  const sentence = "expected a host[ at {host}], found {found}[: {detail}]";
  assert.equal(fillSentence(sentence, { found: "none" }), "expected a host, found none");
  assert.equal(fillSentence(sentence, { found: "none", host: "kms" }), "expected a host at kms, found none");
  assert.equal(fillSentence(sentence, { found: "none", detail: "" }), "expected a host, found none");
});

test("the time to wait is a field of the refusal and part of its sentence, in whole seconds", () => {
  const refusal = refuse("OVERLOADED", {}, 11.2);
  assert.equal(refusal.retryAfterS, 12);
  assert.equal(refusal.message, "expected room in the queue, found it full; ask again in 12 s");
});

test("no refusal carries a control or format character, whatever a peer sent", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ENTRIES.map((entry) => entry.reason)),
      fc.string({ unit: "binary" }),
      (reason, text) => {
        const refusal = refuse(reason, { detail: text, host: text, found: text, expected: text });
        assert.doesNotMatch(JSON.stringify(refusal), /\p{Cc}|\p{Cf}/u);
        assert.doesNotMatch(remedyOf(refusal), /\p{Cc}|\p{Cf}/u);
      },
    ),
  );
});

test("a remedy takes the same parameters", () => {
  const refusal = refuse("KEY_INVALID", { suggestion: "Q for 0 at symbol 7" });
  assert.match(remedyOf(refusal), /; did you mean Q for 0 at symbol 7$/);
});

test("a reason of a newer version is no reason of ours, and neither is a property of every object", () => {
  assert.equal(refusalReasonOf("COUNT_TOO_LOW"), "COUNT_TOO_LOW");
  assert.equal(refusalReasonOf("SOMETHING_NEW"), undefined);
  assert.equal(refusalReasonOf("toString"), undefined);
  assert.equal(refusalReasonOf("__proto__"), undefined);
});

test("a refusal that ends a command is an error with the refusal inside", () => {
  const error = new RefusalError(refuse("PORT_IN_USE", { port: 1688 }));
  assert.equal(error.message, "expected port 1688 to be free, found it in use");
  assert.equal(REFUSALS[error.refusal.reason].exitCode, 8);
});
