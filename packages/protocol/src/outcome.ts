/** Why bytes were not accepted. Each is a row of domain's REFUSALS. */
export type ProtocolReason =
  | "REQUEST_TOO_LARGE"
  | "REQUEST_INVALID"
  | "UNSUPPORTED_VERSION"
  | "ARMOUR_INVALID"
  | "DOCUMENT_TOO_LARGE"
  | "DOCUMENT_MALFORMED"
  | "DOCUMENT_WRONG_TYPE"
  | "DOCUMENT_UNSUPPORTED"
  | "DOCUMENT_INVALID"
  | "DOCUMENT_FOREIGN"
  | "SIGNATURE_MISSING"
  | "SIGNATURE_INVALID"
  | "KEY_WEAK"
  | "ROOT_CHAIN_BROKEN"
  | "ISSUER_NOT_TRUSTED"
  | "CERTIFICATE_MISSING"
  | "CERTIFICATE_NOT_YET_VALID"
  | "CERTIFICATE_EXPIRED"
  | "CLOCK_SKEW"
  | "CERTIFICATE_REVOKED"
  | "CERTIFICATE_OTHER_KEY"
  | "GROUP_NOT_AUTHORIZED"
  | "KEY_PROOF_INVALID"
  | "HEAD_MISMATCH"
  | "PROOF_INVALID"
  | "STATEMENT_MISMATCH"
  | "VALIDITY_TOO_LONG"
  | "LEASE_BELOW_REQUIRED";

/** A refusal is a value: a stable reason, the field at fault where there is one, and what was expected and found. */
export interface Refusal {
  readonly reason: ProtocolReason;
  /** A field of the message in its .proto spelling, or "". */
  readonly field: string;
  readonly detail: string;
}

/** The result of every check of this package. */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

/** A passed check. */
export function accept<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

/** A failed check. `detail` says what was expected and what was found. */
export function refuse(reason: ProtocolReason, detail: string, field = ""): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: { reason, field, detail } };
}
