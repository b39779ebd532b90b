import { create, toBinary } from "@bufbuild/protobuf";
import { type Cryptography, ED25519, equalBytes, pae, type Sha256 } from "@countersign/domain";
import { HostCertificateSchema, type SignedDocument } from "../gen/countersign/v1/documents_pb.ts";
import { accept, type Outcome, refuse } from "../outcome.ts";
import { subjectCommitment } from "./activation-request.ts";
import type { HostCertificate, Revocation } from "./document-values.ts";
import { isSignedBy, verifyDocument } from "./envelope.ts";
import { issuersOf } from "./issued.ts";
import { FieldRules, fieldsOf, readPayload } from "./payload-rules.ts";
import { PAYLOAD_TYPE, USAGE } from "./payload-type.ts";
import type { TrustState } from "./trust-values.ts";
import { isWeakPublicKey } from "./weak-public-key.ts";

const EARLY_MS = 24 * 3_600_000;

/** A certificate with what is needed to recompute its commitment. */
export interface PresentedCertificate {
  readonly document: SignedDocument;
  readonly publicKey: Uint8Array;
  readonly contextHash: Uint8Array;
}

/** Under which trust, and at which time, a certificate is judged. */
export interface CertificateQuestion {
  readonly trust: TrustState;
  /** undefined: no group is asked for (the host checks its own). */
  readonly keyGroup: number | undefined;
  readonly wallMs: number;
  /** Newest publisher-signed instant known; 0 = none. */
  readonly floorMs: number;
  /** The reply's unsigned time; 0 = none. */
  readonly serverTimeMs: number;
}

/** A certificate that passed every check of §5.3 step 3. */
export interface VerifiedCertificate extends PresentedCertificate {
  readonly certificate: HostCertificate;
  readonly certHash: Uint8Array;
}

/** Payload bytes of a host certificate. */
export function encodeHostCertificate(value: HostCertificate): Uint8Array {
  const { tlsSpkiSha256, minRlNumber, ...same } = value;
  const message = {
    ...same,
    format: 1,
    keyGroups: [...value.keyGroups],
    siteRequired: value.siteRequired.map((site) => ({ ...site })),
    seats: value.seats.map((seats) => ({ ...seats })),
    notBeforeMs: BigInt(value.notBeforeMs),
    notAfterMs: BigInt(value.notAfterMs),
    issuedMs: BigInt(value.issuedMs),
    minRlNumber: BigInt(minRlNumber),
    tlsSpkiSha256: tlsSpkiSha256 ?? new Uint8Array(),
  };
  return toBinary(HostCertificateSchema, create(HostCertificateSchema, message));
}

/** What a batch head names its certificate by. */
export function certHashOf(hostCertPayload: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(pae(PAYLOAD_TYPE.hostCert.type, hostCertPayload));
}

/** §5.3 step 3: signature under an issuing key that may, window, key group, revocation, time, commitment. */
export async function verifyHostCertificate(
  presented: PresentedCertificate,
  question: CertificateQuestion,
  cryptography: Cryptography,
): Promise<Outcome<VerifiedCertificate>> {
  const { trust } = question;
  const keys = issuersOf(trust, USAGE.hostCert);
  const payload = await verifyDocument("hostCert", presented.document, { keys, threshold: 1 }, cryptography);
  if (!payload.ok) {
    return payload.refusal.reason === "SIGNATURE_MISSING"
      ? refuse("ISSUER_NOT_TRUSTED", payload.refusal.detail)
      : payload;
  }
  const read = readHostCertificate(payload.value);
  if (!read.ok) return read;
  const certificate = read.value;
  const unfit = issuerProblem(presented.document, certificate, trust) ?? standingProblem(certificate, question);
  if (unfit !== undefined) return unfit;
  const subject = {
    algorithm: certificate.subjectAlgorithm,
    publicKey: presented.publicKey,
    contextHash: presented.contextHash,
  };
  const commitment = subjectCommitment(subject, cryptography.sha256).slice(0, certificate.subjectCommitment.length);
  if (!equalBytes(commitment, certificate.subjectCommitment)) {
    return refuse("CERTIFICATE_OTHER_KEY", "the public key does not match the certificate's commitment", "public_key");
  }
  if (isWeakPublicKey(presented.publicKey))
    return refuse("KEY_WEAK", "expected a key of full order in canonical form", "public_key");
  // Last, so that CLOCK_SKEW says that nothing but the time was wrong.
  const untimely = timeProblem(certificate, question);
  if (untimely !== undefined) return untimely;
  return accept({ ...presented, certificate, certHash: certHashOf(payload.value, cryptography.sha256) });
}

/** The entry that revokes this certificate, if there is one. */
export function revocationOf(trust: TrustState, certificate: HostCertificate): Revocation | undefined {
  return trust.revocationList?.value.entries.find((entry) => names(entry, certificate));
}

function names(entry: Revocation, certificate: HostCertificate): boolean {
  switch (entry.kind) {
    case "certificate":
      return equalBytes(entry.serial, certificate.serial);
    case "host":
      return equalBytes(entry.hostId, certificate.hostId);
    case "customer":
      return (
        equalBytes(entry.customerId, certificate.customerId) && certificate.customerGeneration < entry.generationBelow
      );
    case "issuing-key":
      return equalBytes(entry.keyId, certificate.issuerKeyId);
    case "product-key":
      // The certificate never carries the product key's id (§4.2): the publisher lists its serials instead.
      return false;
  }
}

/** Reads verified host-cert bytes. */
export function readHostCertificate(payload: Uint8Array): Outcome<HostCertificate> {
  const read = readPayload(HostCertificateSchema, payload);
  if (!read.ok) return read;
  const message = read.value;
  return new FieldRules()
    .id("serial", message.serial, 16)
    .id("issuer_key_id", message.issuerKeyId, 8)
    .id("customer_id", message.customerId, 16)
    .positive("customer_generation", message.customerGeneration)
    .that("subject_algorithm", message.subjectAlgorithm === ED25519, "expected Ed25519 (1)")
    .that("subject_commitment", [16, 32].includes(message.subjectCommitment.length), "expected 16 or 32 bytes")
    .id("host_id", message.hostId, 16)
    .id("publisher_id", message.publisherId, 16)
    .that("key_groups", message.keyGroups.length > 0 && !message.keyGroups.includes(0), "expected key groups, none 0")
    .that(
      "site_required",
      message.siteRequired.every((site) => site.requiredCount > 0),
      "expected counts above 0",
    )
    .positive("not_before_ms", message.notBeforeMs)
    .positive("not_after_ms", message.notAfterMs)
    .that("not_after_ms", message.notAfterMs > message.notBeforeMs, "expected a time after not_before_ms")
    .positive("issued_ms", message.issuedMs)
    .positive("max_lease_s", message.maxLeaseS)
    .positive("activation_index", message.activationIndex)
    .that("min_rl_number", message.minRlNumber < 2n ** 53n, "expected a number below 2^53")
    .optionalId("tls_spki_sha256", message.tlsSpkiSha256, 32)
    .gives(() => ({
      ...fieldsOf(message),
      siteRequired: message.siteRequired.map(({ keyGroup, requiredCount }) => ({ keyGroup, requiredCount })),
      seats: message.seats.map(({ applicationId, count }) => ({ applicationId, count })),
      notBeforeMs: Number(message.notBeforeMs),
      notAfterMs: Number(message.notAfterMs),
      issuedMs: Number(message.issuedMs),
      minRlNumber: Number(message.minRlNumber),
      tlsSpkiSha256: message.tlsSpkiSha256.length === 0 ? undefined : message.tlsSpkiSha256,
    }));
}

function issuerProblem(document: SignedDocument, certificate: HostCertificate, trust: TrustState) {
  const issuer = issuersOf(trust, USAGE.hostCert).find((key) => equalBytes(key.keyId, certificate.issuerKeyId));
  if (issuer === undefined || !isSignedBy(document, issuer))
    return refuse("ISSUER_NOT_TRUSTED", "not signed by the issuing key it names", "issuer_key_id");
  if (certificate.issuedMs < issuer.notBeforeMs || certificate.issuedMs > issuer.notAfterMs) {
    return refuse("ISSUER_NOT_TRUSTED", "issued outside the window in which this key may sign", "issued_ms");
  }
  if (certificate.notAfterMs > issuer.verifyUntilMs) {
    return refuse("ISSUER_NOT_TRUSTED", "the certificate outlives its issuing key", "not_after_ms");
  }
  return undefined;
}

function standingProblem(certificate: HostCertificate, { trust, keyGroup }: CertificateQuestion) {
  if (!equalBytes(certificate.publisherId, trust.publisherId)) {
    return refuse("DOCUMENT_FOREIGN", "the certificate is of another publisher", "publisher_id");
  }
  if (keyGroup !== undefined && !certificate.keyGroups.includes(keyGroup)) {
    return refuse(
      "GROUP_NOT_AUTHORIZED",
      `expected key group ${keyGroup}, found ${certificate.keyGroups.join(", ")}`,
      "key_groups",
    );
  }
  if (revocationOf(trust, certificate) !== undefined)
    return refuse("CERTIFICATE_REVOKED", "the revocation list names it", "serial");
  return undefined;
}

/** When only the time test fails and the reply's own time would pass it, two clocks disagree: that is no rogue host. */
function timeProblem(certificate: HostCertificate, { wallMs, floorMs, serverTimeMs }: CertificateQuestion) {
  const reason = timeReason(certificate, wallMs, floorMs);
  if (reason === undefined) return undefined;
  const skewed = serverTimeMs > 0 && timeReason(certificate, serverTimeMs, 0) === undefined;
  return refuse(
    skewed ? "CLOCK_SKEW" : reason,
    `valid from ${certificate.notBeforeMs} to ${certificate.notAfterMs}, now ${Math.max(wallMs, floorMs)}`,
    "not_after_ms",
  );
}

function timeReason(certificate: HostCertificate, wallMs: number, floorMs: number) {
  const now = Math.max(wallMs, floorMs);
  // A wall behind the floor is known to be wrong (no RTC): then a start in the future says nothing.
  if (wallMs >= floorMs && now < certificate.notBeforeMs - EARLY_MS) return "CERTIFICATE_NOT_YET_VALID";
  return now > certificate.notAfterMs ? "CERTIFICATE_EXPIRED" : undefined;
}
