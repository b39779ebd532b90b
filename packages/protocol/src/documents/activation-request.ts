import { create, toBinary } from "@bufbuild/protobuf";
import {
  type Cryptography,
  concatBytes,
  type HmacSha256,
  keySymbols,
  pae,
  type Sha256,
  type Signer,
} from "@countersign/domain";
import {
  ActivationRequestSchema,
  RequestContextSchema,
  type SignedDocument,
} from "../gen/countersign/v1/documents_pb.ts";
import { accept, type Outcome } from "../outcome.ts";
import type { RequestContext } from "./document-values.ts";
import { documentProblem, signDocument, trustedKey, verifyDocument } from "./envelope.ts";
import { FieldRules, readPayload } from "./payload-rules.ts";
import { HASHED_TYPE } from "./payload-type.ts";

/** Cost of the key proof: deliberate, so that a leaked request file does not give the key away (§4.1). */
export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

/** 32 bytes from a secret and a salt, slowly. */
export type Scrypt = (secret: Uint8Array, salt: Uint8Array, cost: ScryptCost) => Promise<Uint8Array>;

/** The default of §4.1: about 64 ms a trial. */
export const KEY_PROOF_COST: ScryptCost = { N: 2 ** 15, r: 8, p: 1 };

/** Whom a certificate commits to. */
export interface SubjectKey {
  readonly algorithm: number;
  readonly publicKey: Uint8Array;
  readonly contextHash: Uint8Array;
}

/** A request whose own signature holds. */
export interface ReceivedRequest extends SubjectKey {
  readonly context: RequestContext;
  readonly keyProof: Uint8Array | undefined;
  readonly commitment: Uint8Array;
}

/** What making or checking a key proof needs of a platform. */
export interface ProofPlatform {
  readonly sha256: Sha256;
  readonly hmacSha256: HmacSha256;
  readonly scrypt: Scrypt;
}

/** Makes a request; without a product key it is a renewal by the certified key. */
export async function makeActivationRequest(
  context: RequestContext,
  productKey: string | undefined,
  signer: Signer,
  platform: ProofPlatform,
): Promise<ReceivedRequest & { readonly document: SignedDocument }> {
  const contextBytes = encodeContext(context);
  const subject = {
    algorithm: signer.algorithm,
    publicKey: signer.publicKey,
    contextHash: platform.sha256(contextBytes),
  };
  const keyProof =
    productKey === undefined ? undefined : await keyProofOf(subject, context.requestNonce, productKey, platform);
  const message = create(ActivationRequestSchema, {
    format: 1,
    context: contextBytes,
    algorithm: signer.algorithm,
    publicKey: signer.publicKey,
    keyProof: keyProof ?? new Uint8Array(),
  });
  const document = await signDocument(
    "activationRequest",
    toBinary(ActivationRequestSchema, message),
    [signer],
    platform.sha256,
  );
  return { ...subject, context, keyProof, commitment: subjectCommitment(subject, platform.sha256), document };
}

/** Size, envelope, self-signature: proof that the asker holds the private key. */
export async function readActivationRequest(
  document: SignedDocument,
  cryptography: Cryptography,
): Promise<Outcome<ReceivedRequest>> {
  const problem = documentProblem("activationRequest", document);
  if (problem !== undefined) return problem;
  const claimed = readSubject(document.payload);
  if (!claimed.ok) return claimed;
  const { algorithm, publicKey, keyProof, contextBytes } = claimed.value;
  const key = trustedKey(algorithm, publicKey, cryptography.sha256);
  const payload = await verifyDocument("activationRequest", document, { keys: [key], threshold: 1 }, cryptography);
  if (!payload.ok) return payload;
  const context = readContext(contextBytes);
  if (!context.ok) return context;
  const subject = { algorithm, publicKey, contextHash: cryptography.sha256(contextBytes) };
  const commitment = subjectCommitment(subject, cryptography.sha256);
  return accept({ ...subject, context: context.value, keyProof, commitment });
}

/** True when the request was made with this product key. */
export async function checkKeyProof(
  request: ReceivedRequest,
  productKey: string,
  platform: ProofPlatform,
): Promise<boolean> {
  if (request.keyProof === undefined) return false;
  return equalSecrets(request.keyProof, await keyProofOf(request, request.context.requestNonce, productKey, platform));
}

/** 32 bytes that identify a request (not a machine); the certificate carries them or their first half. */
export function subjectCommitment(subject: SubjectKey, sha256: Sha256): Uint8Array {
  return sha256(
    pae(HASHED_TYPE.subject, concatBytes(Uint8Array.of(subject.algorithm), subject.publicKey, subject.contextHash)),
  );
}

async function keyProofOf(
  subject: SubjectKey,
  nonce: Uint8Array,
  productKey: string,
  platform: ProofPlatform,
): Promise<Uint8Array> {
  const secret = await platform.scrypt(keySymbols(productKey), nonce, KEY_PROOF_COST);
  const body = concatBytes(Uint8Array.of(subject.algorithm), subject.publicKey, subject.contextHash);
  return platform.hmacSha256(secret, pae(HASHED_TYPE.keyProof, body));
}

/** In a time that does not tell how much of a guess was right. */
function equalSecrets(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] ?? 0) ^ (b[i] ?? 0);
  return difference === 0;
}

/** Whose signature is to be checked: believed only once it verified. */
function readSubject(payload: Uint8Array) {
  const read = readPayload(ActivationRequestSchema, payload);
  if (!read.ok) return read;
  const { algorithm, publicKey, keyProof, context } = read.value;
  return new FieldRules()
    .keys("public_key", [{ algorithm, publicKey }])
    .optionalId("key_proof", keyProof, 32)
    .gives(() => ({
      algorithm,
      publicKey,
      keyProof: keyProof.length === 0 ? undefined : keyProof,
      contextBytes: context,
    }));
}

function encodeContext(context: RequestContext): Uint8Array {
  const { kid, previousCertificateSerial, createdMs, tlsSpkiSha256, components, ...same } = context;
  const message = {
    ...same,
    format: 1,
    components: [...components],
    keyKid: kid,
    prevCertSerial: previousCertificateSerial ?? new Uint8Array(),
    tlsSpkiSha256: tlsSpkiSha256 ?? new Uint8Array(),
    createdMs: BigInt(createdMs),
  };
  return toBinary(RequestContextSchema, create(RequestContextSchema, message));
}

function readContext(bytes: Uint8Array): Outcome<RequestContext> {
  const read = readPayload(RequestContextSchema, bytes);
  if (!read.ok) return read;
  const message = read.value;
  return new FieldRules()
    .id("publisher_id", message.publisherId, 16)
    .id("request_nonce", message.requestNonce, 32)
    .id("host_id", message.hostId, 16)
    .id("instance_id", message.instanceId, 16)
    .that("key_kid", message.keyKid.length === 5, "expected 5 bytes")
    .that(
      "components",
      message.components.length <= 8 && message.components.every((component) => component.length === 9),
      "expected at most 8, 9 bytes each",
    )
    .optionalId("prev_cert_serial", message.prevCertSerial, 16)
    .optionalId("tls_spki_sha256", message.tlsSpkiSha256, 32)
    .text("software_version", message.softwareVersion, 64)
    .text("site_label", message.siteLabel, 64)
    .positive("created_ms", message.createdMs)
    .gives(() => ({
      publisherId: message.publisherId,
      requestNonce: message.requestNonce,
      hostId: message.hostId,
      instanceId: message.instanceId,
      kid: message.keyKid,
      components: message.components,
      softwareVersion: message.softwareVersion,
      previousCertificateSerial: message.prevCertSerial.length === 0 ? undefined : message.prevCertSerial,
      renewalSeq: message.renewalSeq,
      tlsSpkiSha256: message.tlsSpkiSha256.length === 0 ? undefined : message.tlsSpkiSha256,
      siteLabel: message.siteLabel,
      createdMs: Number(message.createdMs),
    }));
}
