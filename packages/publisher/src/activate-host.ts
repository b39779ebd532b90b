import { equalBytes, type Refusal, refuse } from "@countersign/domain";
import {
  checkKeyProof,
  documentBytes,
  encodeTimeToken,
  type ReceivedRequest,
  readActivationRequest,
  readDocument,
  signDocument,
  type TrustState,
} from "@countersign/protocol";
import type { HostActivationRow, IssuedKeyRow, PublisherUnit } from "@countersign/storage";
import type { FailedProofs } from "./failed-proofs.ts";
import { hostCertificateRow } from "./host-certificate-row.ts";
import { logIssuance } from "./issuance-log.ts";
import { hostKeyOf } from "./issue-key.ts";
import { judgeActivation } from "./judge-activation.ts";
import { KEY_NAME, type PublisherParts } from "./publisher-parts.ts";
import { loadPublisher } from "./publisher-trust.ts";

type SignedDocument = Awaited<ReturnType<typeof signDocument>>;

/** A certificate and what a host needs beside it. */
export interface HostActivation {
  readonly certificate: SignedDocument;
  readonly trust: TrustState;
  /** Bound to the request's nonce. */
  readonly timeToken: SignedDocument;
}

/** Issued, or the named refusal. */
export type HostActivationOutcome =
  | { readonly ok: true; readonly value: HostActivation }
  | { readonly ok: false; readonly refusal: Refusal };

/** Who asks, and the record of wrong proofs. */
export interface ActivationDesk {
  readonly source: string;
  readonly failedProofs: FailedProofs;
}

const refused = (refusal: Refusal) => ({ ok: false, refusal }) as const;

/**
 * First activation, re-activation and renewal of a host, in the order of protocol.md §4.3. The payload to be signed and
 * its log row are committed first; a crash before the signature is mended by asking again with the same request.
 */
export async function activateHost(
  document: SignedDocument,
  desk: ActivationDesk,
  parts: PublisherParts,
): Promise<HostActivationOutcome> {
  const read = await readActivationRequest(document, parts.cryptography);
  if (!read.ok) return refused(refuse(read.refusal.reason, { detail: read.refusal.detail }));
  const request = read.value;
  const proof = await judgeProof(request, desk, parts);
  if (!proof.ok) return proof;
  const decided = await parts.store.transact((unit) => decide(unit, request, parts));
  if (!decided.ok) return decided;
  return { ok: true, value: await answerOf(decided.row, request, parts) };
}

/** Ours, key known, not revoked, proved; a renewal by the certified key and a repeat need no proof and cost no scrypt. */
async function judgeProof(request: ReceivedRequest, { source, failedProofs }: ActivationDesk, parts: PublisherParts) {
  const { kid, publisherId } = request.context;
  const known = await parts.store.transact(async (unit) => ({
    publisher: await unit.publisher(),
    key: await unit.key(kid),
    repeat: await unit.activation(request.commitment),
  }));
  if (known.publisher === undefined || !equalBytes(known.publisher.publisherId, publisherId))
    return refused(refuse("DOCUMENT_FOREIGN", { detail: "a request to another publisher" }));
  const key = known.key?.kind === "host" ? known.key : undefined;
  if (key?.revokedMs !== undefined) return refused(refuse("KEY_REVOKED"));
  if (known.repeat !== undefined) return { ok: true } as const;
  if (request.keyProof === undefined)
    return key === undefined ? refused(refuse("KEY_UNKNOWN")) : ({ ok: true } as const);
  const trial = await failedProofs.trial(
    { kid: key?.kid, source, now: parts.now },
    async () => key !== undefined && provesKey(request, key, parts),
  );
  switch (trial.kind) {
    case "proved":
      return { ok: true } as const;
    case "wrong":
      return refused(refuse(key === undefined ? "KEY_UNKNOWN" : "KEY_PROOF_INVALID"));
    case "wait":
      return refused(refuse("RATE_LIMITED", { detail: "failed proofs of a product key" }, trial.waitS));
    case "full":
      return refused(refuse("OVERLOADED", {}, 5));
  }
}

async function provesKey(request: ReceivedRequest, key: IssuedKeyRow, parts: PublisherParts): Promise<boolean> {
  const { sha256, hmacSha256 } = parts.cryptography;
  const trust = await parts.store.transact(async (unit) => (await loadPublisher(unit, parts)).trust);
  const productKey = hostKeyOf(key, trust, { epoch: await parts.keyring.secret(KEY_NAME.epoch), parts });
  return checkKeyProof(request, productKey, { sha256, hmacSha256, scrypt: parts.scrypt });
}

/** Key, lineage and quotas as they stand now, payload, log: one unit of work. */
async function decide(unit: PublisherUnit, request: ReceivedRequest, parts: PublisherParts) {
  const key = await unit.key(request.context.kid);
  if (key === undefined) return refused(refuse("KEY_UNKNOWN"));
  if (key.revokedMs !== undefined) return refused(refuse("KEY_REVOKED"));
  const repeat = await unit.activation(request.commitment);
  if (repeat !== undefined) return { ok: true, row: repeat } as const;
  const activations = await unit.activationsOfKey(key.kid);
  const judged = judgeActivation(request, key, activations);
  if (!judged.ok) return judged;
  const { trust } = await loadPublisher(unit, parts);
  const row = hostCertificateRow(request, key, { activations, previous: judged.previous, trust, parts });
  await unit.saveActivation(row);
  await logIssuance(unit, { kind: "host-cert", payload: row.payload, timeMs: row.issuedMs }, parts.cryptography.sha256);
  return { ok: true, row } as const;
}

/** Signs what is committed, and answers with everything in force. */
async function answerOf(
  row: HostActivationRow,
  request: ReceivedRequest,
  parts: PublisherParts,
): Promise<HostActivation> {
  const { keyring, cryptography, store } = parts;
  const certificate = await certificateDocument(row, parts);
  const token = encodeTimeToken({ requestNonce: request.context.requestNonce, timeMs: parts.now() });
  const timeToken = await signDocument("timeToken", token, [await keyring.signer(KEY_NAME.time)], cryptography.sha256);
  const trust = await store.transact(async (unit) => (await loadPublisher(unit, parts)).trust);
  return { certificate, trust, timeToken };
}

/** The document as it was given before, else signed now and kept. */
async function certificateDocument(row: HostActivationRow, parts: PublisherParts): Promise<SignedDocument> {
  const kept = row.document && readDocument(row.document);
  if (kept?.ok) return kept.value;
  const signer = await parts.keyring.signer(KEY_NAME.hostCert);
  const certificate = await signDocument("hostCert", row.payload, [signer], parts.cryptography.sha256);
  await parts.store.transact((unit) => unit.saveActivation({ ...row, document: documentBytes(certificate) }));
  return certificate;
}
