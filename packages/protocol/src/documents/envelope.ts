import { create, toBinary } from "@bufbuild/protobuf";
import { type Cryptography, concatBytes, equalBytes, pae, type Sha256, type Signer } from "@countersign/domain";
import { type SignedDocument, SignedDocumentSchema } from "../gen/countersign/v1/documents_pb.ts";
import { accept, type Outcome, refuse } from "../outcome.ts";
import { readMessage } from "../wire/read-message.ts";
import type { TrustedKey } from "./document-values.ts";
import { HASHED_TYPE, MAX_ENVELOPE_BYTES, MAX_SIGNATURES, PAYLOAD_TYPE, type PayloadName } from "./payload-type.ts";

/** Whose signatures count for a document, and how many distinct ones it needs. */
export interface DocumentTrust {
  readonly keys: readonly TrustedKey[];
  readonly threshold: number;
}

/** 8 bytes that select candidate keys; a collision only makes a verification fail (protocol.md §2.2). */
export function keyIdOf(algorithm: number, publicKey: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(pae(HASHED_TYPE.key, concatBytes(Uint8Array.of(algorithm), publicKey))).slice(0, 8);
}

/** A key with its id. */
export function trustedKey(algorithm: number, publicKey: Uint8Array, sha256: Sha256): TrustedKey {
  return { algorithm, publicKey, keyId: keyIdOf(algorithm, publicKey, sha256) };
}

/** Signs the exact payload bytes under their type. */
export async function signDocument(
  name: PayloadName,
  payload: Uint8Array,
  signers: readonly Signer[],
  sha256: Sha256,
): Promise<SignedDocument> {
  const message = pae(PAYLOAD_TYPE[name].type, payload);
  const signatures = await Promise.all(
    signers.map(async (signer) => ({
      keyId: keyIdOf(signer.algorithm, signer.publicKey, sha256),
      sig: await signer.sign(message),
    })),
  );
  return create(SignedDocumentSchema, { payloadType: PAYLOAD_TYPE[name].type, payload, signatures });
}

/** The envelope as bytes, for a file or a store. */
export function documentBytes(document: SignedDocument): Uint8Array {
  return toBinary(SignedDocumentSchema, document);
}

/** Reads an envelope, which has one spelling only; nothing in it is believed yet. */
export function readDocument(bytes: Uint8Array): Outcome<SignedDocument> {
  return readMessage(SignedDocumentSchema, bytes, MAX_ENVELOPE_BYTES);
}

/** Size limits, frame and type: to be asked before anything of a document is hashed or parsed (protocol.md §2.3). */
export function documentProblem(name: PayloadName, document: SignedDocument) {
  const { payloadType, payload, signatures } = document;
  const { type, maxBytes } = PAYLOAD_TYPE[name];
  if (payload.length > maxBytes)
    return refuse("DOCUMENT_TOO_LARGE", `expected at most ${maxBytes} bytes, found ${payload.length}`, "payload");
  if (signatures.length > MAX_SIGNATURES) {
    const detail = `expected at most ${MAX_SIGNATURES} signatures, found ${signatures.length}`;
    return refuse("DOCUMENT_TOO_LARGE", detail, "signatures");
  }
  // What a lenient decoder let through would be kept and written again, and then never open.
  if ([document, ...signatures].some((part) => (part.$unknown ?? []).length > 0))
    return refuse("DOCUMENT_MALFORMED", "expected an envelope, found a field that it does not have");
  if (payloadType !== type)
    return refuse("DOCUMENT_WRONG_TYPE", `expected ${type}, found ${payloadType.slice(0, 80)}`, "payload_type");
  return undefined;
}

/** Limits, then type, then signatures over the exact bytes. The value is the payload, to be parsed from those bytes only. */
export async function verifyDocument(
  name: PayloadName,
  document: SignedDocument,
  trust: DocumentTrust,
  cryptography: Cryptography,
): Promise<Outcome<Uint8Array>> {
  const problem = documentProblem(name, document);
  if (problem !== undefined) return problem;
  const { payload, signatures } = document;
  const message = pae(PAYLOAD_TYPE[name].type, payload);
  const signed = new Set<TrustedKey>();
  for (const { keyId, sig } of signatures) {
    const key = trust.keys.find((candidate) => equalBytes(candidate.keyId, keyId));
    // A key that is not trusted for this type says nothing, good or bad.
    if (key === undefined) continue;
    if (!(await cryptography.verify(key.algorithm, key.publicKey, message, sig))) {
      return refuse("SIGNATURE_INVALID", "the signature of a trusted key does not verify", "signatures");
    }
    signed.add(key);
  }
  if (signed.size < trust.threshold) {
    const detail = `expected ${trust.threshold} signatures of trusted keys, found ${signed.size}`;
    return refuse("SIGNATURE_MISSING", detail, "signatures");
  }
  return accept(payload);
}

/** True when the document carries a signature of that key; says something only once the document verified. */
export function isSignedBy(document: SignedDocument, key: TrustedKey): boolean {
  return document.signatures.some(({ keyId }) => equalBytes(keyId, key.keyId));
}
