import { type Cryptography, equalBytes, type PublisherId } from "@countersign/domain";
import type { SignedDocument } from "../gen/countersign/v1/documents_pb.ts";
import { accept, type Outcome, refuse } from "../outcome.ts";
import type { IssuingKey } from "./document-values.ts";
import { isSignedBy, verifyDocument } from "./envelope.ts";
import type { PayloadName, Usage } from "./payload-type.ts";
import type { TrustState, Verified } from "./trust-values.ts";

/** How a payload under an issuing key is read. */
export interface IssuedRules<T> {
  readonly usage: Usage;
  readonly read: (payload: Uint8Array) => Outcome<T>;
  readonly cryptography: Cryptography;
}

/** A document under an issuing key of the right usage, of this publisher, issued while the key might sign. */
export async function verifyIssued<T extends { readonly issuedMs: number; readonly publisherId: PublisherId }>(
  name: PayloadName,
  document: SignedDocument,
  trust: TrustState,
  { usage, read, cryptography }: IssuedRules<T>,
): Promise<Outcome<Verified<T>>> {
  const keys = issuersOf(trust, usage);
  const payload = await verifyDocument(name, document, { keys, threshold: 1 }, cryptography);
  if (!payload.ok) {
    return payload.refusal.reason === "SIGNATURE_MISSING"
      ? refuse("ISSUER_NOT_TRUSTED", payload.refusal.detail)
      : payload;
  }
  const value = read(payload.value);
  if (!value.ok) return value;
  if (!equalBytes(value.value.publisherId, trust.publisherId))
    return refuse("DOCUMENT_FOREIGN", "the document is of another publisher", "publisher_id");
  const { issuedMs } = value.value;
  const inWindow = keys.some(
    (key) => isSignedBy(document, key) && issuedMs >= key.notBeforeMs && issuedMs <= key.notAfterMs,
  );
  if (!inWindow)
    return refuse("ISSUER_NOT_TRUSTED", "issued outside the window in which its key may sign", "issued_ms");
  return accept({ document, value: value.value });
}

/** Issuing keys of one usage whose documents still verify. */
export function issuersOf(trust: TrustState, usage: Usage): readonly IssuingKey[] {
  const revoked =
    trust.revocationList?.value.entries.flatMap((entry) => (entry.kind === "issuing-key" ? [entry.keyId] : [])) ?? [];
  return trust.manifest.value.keys.filter(
    (key) => key.status !== "revoked" && key.usages.includes(usage) && !revoked.some((id) => equalBytes(id, key.keyId)),
  );
}
