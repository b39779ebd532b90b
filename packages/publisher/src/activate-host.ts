import { coveredKeyGroups, equalBytes, type KeyGroup, type Refusal, refuse } from "@countersign/domain";
import {
  checkKeyProof,
  documentBytes,
  encodeHostCertificate,
  encodeTimeToken,
  type HostCertificate,
  issuersOf,
  type ReceivedRequest,
  readActivationRequest,
  readDocument,
  signDocument,
  type TrustState,
  USAGE,
} from "@countersign/protocol";
import type { HostActivationRow, IssuedKeyRow, PublisherUnit } from "@countersign/storage";
import { applicationsOf } from "./define-product.ts";
import type { FailedProofs } from "./failed-proofs.ts";
import { logIssuance } from "./issuance-log.ts";
import { hostKeyOf } from "./issue-key.ts";
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

type Judged =
  | { readonly ok: true; readonly previous: HostActivationRow | undefined }
  | { readonly ok: false; readonly refusal: Refusal };

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
  return { ok: true, value: await signed(decided.row, request, parts) };
}

/** Key known, not revoked, and proved; a renewal by the certified key needs no proof and costs no scrypt. */
async function judgeProof(request: ReceivedRequest, { source, failedProofs }: ActivationDesk, parts: PublisherParts) {
  const { kid } = request.context;
  const known = await parts.store.transact(async (unit) => ({
    key: await unit.key(kid),
    repeat: await unit.activation(request.commitment),
  }));
  if (known.repeat !== undefined) return { ok: true } as const;
  const isRenewal = request.keyProof === undefined;
  const waitS = isRenewal ? 0 : failedProofs.waitS(kid, source, parts.now());
  if (waitS > 0) return refused(refuse("RATE_LIMITED", {}, waitS));
  const key = known.key?.kind === "host" ? known.key : undefined;
  if (key?.revokedMs !== undefined) return refused(refuse("KEY_REVOKED"));
  if (isRenewal) return key === undefined ? refused(refuse("KEY_UNKNOWN")) : ({ ok: true } as const);
  if (key !== undefined && (await provesKey(request, key, parts))) return { ok: true } as const;
  failedProofs.note(kid, source, parts.now());
  return refused(refuse(key === undefined ? "KEY_UNKNOWN" : "KEY_PROOF_INVALID"));
}

async function provesKey(request: ReceivedRequest, key: IssuedKeyRow, parts: PublisherParts): Promise<boolean> {
  const { cryptography, scrypt } = parts;
  const trust = await parts.store.transact(async (unit) => (await loadPublisher(unit, parts)).trust);
  const productKey = hostKeyOf(key, trust, { epoch: await parts.keyring.secret(KEY_NAME.epoch), parts });
  return checkKeyProof(request, productKey, {
    sha256: cryptography.sha256,
    hmacSha256: cryptography.hmacSha256,
    scrypt,
  });
}

/** Lineage, quotas, payload, log: one unit of work. */
async function decide(unit: PublisherUnit, request: ReceivedRequest, parts: PublisherParts) {
  const repeat = await unit.activation(request.commitment);
  if (repeat !== undefined) return { ok: true, row: repeat } as const;
  const key = await unit.key(request.context.kid);
  if (key === undefined) return refused(refuse("KEY_UNKNOWN"));
  const activations = await unit.activationsOfKey(key.kid);
  const judged =
    request.keyProof === undefined ? judgeRenewal(request, activations) : judgeQuota(request, key, activations);
  if (!judged.ok) return judged;
  const { trust } = await loadPublisher(unit, parts);
  const row = activationRow(request, key, { activations, previous: judged.previous, trust, parts });
  await unit.saveActivation(row);
  await logIssuance(unit, { kind: "host-cert", payload: row.payload, timeMs: row.issuedMs }, parts.cryptography.sha256);
  return { ok: true, row } as const;
}

/** §4.7: only the holder of the newest certificate of its host may renew it, with the key that certificate names or one it signs for. */
function judgeRenewal({ context, publicKey }: ReceivedRequest, activations: readonly HostActivationRow[]): Judged {
  const serial = context.previousCertificateSerial;
  const previous = activations.find((row) => serial !== undefined && equalBytes(row.serial, serial));
  if (previous === undefined || !equalBytes(previous.publicKey, publicKey))
    return refused(refuse("RENEWAL_NOT_ALLOWED"));
  const newest = activations.filter((row) => equalBytes(row.hostId, previous.hostId)).at(-1);
  if (newest !== previous || context.renewalSeq !== previous.renewalSeq + 1)
    return refused(refuse("HOST_LINEAGE_FORK"));
  return { ok: true, previous };
}

/** §3.4: so many distinct hosts a key, so many activations a host; renewals are free. */
function judgeQuota(
  { context }: ReceivedRequest,
  key: IssuedKeyRow,
  activations: readonly HostActivationRow[],
): Judged {
  const withKey = activations.filter((row) => row.previousSerial === undefined);
  const ofThisHost = withKey.filter((row) => equalBytes(row.hostId, context.hostId));
  const hosts = withKey.filter(
    (row, i) => withKey.findIndex((other) => equalBytes(other.hostId, row.hostId)) === i,
  ).length;
  if (ofThisHost.length === 0 && hosts >= key.maxHosts) {
    return refused(refuse("HOST_LIMIT_REACHED", { limit: key.maxHosts, detail: "hosts" }));
  }
  if (ofThisHost.length >= key.activationsPerHost) {
    return refused(refuse("HOST_LIMIT_REACHED", { limit: key.activationsPerHost, detail: "activations of one host" }));
  }
  return { ok: true, previous: undefined };
}

function activationRow(
  request: ReceivedRequest,
  key: IssuedKeyRow,
  facts: {
    readonly activations: readonly HostActivationRow[];
    readonly previous: HostActivationRow | undefined;
    readonly trust: TrustState;
    readonly parts: PublisherParts;
  },
): HostActivationRow {
  const { activations, previous, trust, parts } = facts;
  const issuedMs = parts.now();
  const serial = parts.cryptography.random(16);
  const own = activations.filter(
    (row) => row.previousSerial === undefined && equalBytes(row.hostId, request.context.hostId),
  ).length;
  const activationIndex = previous?.activationIndex ?? own + 1;
  const renewalSeq = previous === undefined ? 0 : previous.renewalSeq + 1;
  const certificate = certificateOf(request, key, { serial, issuedMs, activationIndex, renewalSeq, trust });
  return {
    commitment: request.commitment,
    kid: key.kid,
    hostId: request.context.hostId,
    instanceId: request.context.instanceId,
    publicKey: request.publicKey,
    serial,
    previousSerial: previous?.serial,
    activationIndex,
    renewalSeq,
    payload: encodeHostCertificate(certificate),
    document: undefined,
    issuedMs,
  };
}

function certificateOf(
  request: ReceivedRequest,
  key: IssuedKeyRow,
  facts: Pick<HostCertificate, "serial" | "issuedMs" | "activationIndex" | "renewalSeq"> & {
    readonly trust: TrustState;
  },
): HostCertificate {
  const { trust, ...same } = facts;
  const issuer = issuersOf(trust, USAGE.hostCert).find((candidate) => candidate.status === "active");
  if (issuer === undefined) throw new Error("the manifest names no active key that may issue host certificates");
  const application = applicationsOf(trust).find(({ products }) =>
    products.some((product) => product.keyGroup === key.keyGroup),
  );
  const groups = application === undefined ? [key.keyGroup] : coveredKeyGroups(application, key.keyGroup as KeyGroup);
  const covered = application?.products.filter((product) => groups.includes(product.keyGroup)) ?? [];
  return {
    ...same,
    publisherId: trust.publisherId,
    issuerKeyId: issuer.keyId,
    customerId: key.customerId,
    customerGeneration: 1,
    subjectAlgorithm: request.algorithm,
    subjectCommitment: request.commitment,
    hostId: request.context.hostId,
    keyGroups: groups,
    siteRequired: key.siteRequired,
    seats: key.seats,
    notBeforeMs: same.issuedMs,
    notAfterMs: Math.min(same.issuedMs + key.certificateLifeS * 1000, issuer.verifyUntilMs),
    maxLeaseS: Math.max(1, ...covered.map((product) => product.maxValidityS)),
    flags: key.flags,
    minRlNumber: trust.revocationList?.value.number ?? 0,
    tlsSpkiSha256: request.context.tlsSpkiSha256,
  };
}

/** Signs what is committed, keeps the document, and answers with everything in force. */
async function signed(
  row: HostActivationRow,
  request: ReceivedRequest,
  parts: PublisherParts,
): Promise<HostActivation> {
  const { keyring, cryptography, store } = parts;
  const certificate = await certificateDocument(row, parts);
  await store.transact((unit) => unit.saveActivation({ ...row, document: documentBytes(certificate) }));
  const tokenPayload = encodeTimeToken({ requestNonce: request.context.requestNonce, timeMs: parts.now() });
  const timeToken = await signDocument(
    "timeToken",
    tokenPayload,
    [await keyring.signer(KEY_NAME.time)],
    cryptography.sha256,
  );
  const trust = await store.transact(async (unit) => (await loadPublisher(unit, parts)).trust);
  return { certificate, trust, timeToken };
}

async function certificateDocument(
  row: HostActivationRow,
  { keyring, cryptography }: PublisherParts,
): Promise<SignedDocument> {
  const kept = row.document && readDocument(row.document);
  if (kept?.ok) return kept.value;
  const signer = await keyring.signer(KEY_NAME.hostCert);
  return signDocument("hostCert", row.payload, [signer], cryptography.sha256);
}
