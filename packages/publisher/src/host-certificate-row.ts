import { coveredKeyGroups, equalBytes, type KeyGroup, RefusalError, refuse } from "@countersign/domain";
import {
  encodeHostCertificate,
  type HostCertificate,
  issuersOf,
  type ReceivedRequest,
  type TrustState,
  USAGE,
} from "@countersign/protocol";
import type { HostActivationRow, IssuedKeyRow } from "@countersign/storage";
import { applicationsOf } from "./define-product.ts";
import type { PublisherParts } from "./publisher-parts.ts";

/** What a certificate is made from, besides the request and its key. */
export interface CertificateFacts {
  /** Every certificate of the key, in order. */
  readonly activations: readonly HostActivationRow[];
  /** The certificate this one renews. */
  readonly previous: HostActivationRow | undefined;
  readonly trust: TrustState;
  readonly parts: PublisherParts;
}

/** The row of a certificate decided and not yet signed: its payload is what will be signed. */
export function hostCertificateRow(
  request: ReceivedRequest,
  key: IssuedKeyRow,
  { activations, previous, trust, parts }: CertificateFacts,
): HostActivationRow {
  const { hostId, instanceId } = request.context;
  const issuedMs = parts.now();
  const serial = parts.cryptography.random(16);
  const earlier = activations.filter((row) => row.previousSerial === undefined && equalBytes(row.hostId, hostId));
  const activationIndex = previous?.activationIndex ?? earlier.length + 1;
  const renewalSeq = previous === undefined ? 0 : previous.renewalSeq + 1;
  const certificate = certificateOf(request, key, { serial, issuedMs, activationIndex, renewalSeq, trust });
  return {
    commitment: request.commitment,
    kid: key.kid,
    hostId,
    instanceId,
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
  const issuer = issuerAt(same.issuedMs, trust);
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

/** A certificate made outside its issuing key's window would be refused by every host (§5.3 step 3). */
function issuerAt(issuedMs: number, trust: TrustState) {
  const issuer = issuersOf(trust, USAGE.hostCert).find(
    (key) => key.status === "active" && key.notBeforeMs <= issuedMs && issuedMs <= key.notAfterMs,
  );
  if (issuer === undefined)
    throw new RefusalError(refuse("SIGNER_UNAVAILABLE", { detail: "no issuing key that may sign at this time" }));
  return issuer;
}
