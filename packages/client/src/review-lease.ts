import { type LicenseInput, toUuid } from "@countersign/domain";
import { type HostCertificate, revocationOf, type TrustState, verifyStatement } from "@countersign/protocol";
import { subjectOf } from "./attempt-series.ts";
import { productIn, type Session } from "./session.ts";

/** What the stored lease turned out to be. */
export interface LeaseReview {
  /** What the state machine must be told; undefined: the lease is sound, or there is none. */
  readonly input: LicenseInput | undefined;
  readonly certificate: HostCertificate | undefined;
}

/** Refusals that newer policies and lists give rise to: they end no lease that was sound when it came. */
const SOUND_WHEN_RECEIVED: readonly string[] = ["LEASE_BELOW_REQUIRED", "VALIDITY_TOO_LONG"];

/**
 * Checks the stored lease again as it was checked on receipt (I29): the same clocks, the newest trust. Revocation is
 * left out of the check and judged by its date, because a lease received before it keeps running (protocol.md §3.3).
 */
export async function reviewLease(session: Session): Promise<LeaseReview> {
  const { lease, license } = productIn(session.state, session);
  const sound = { input: undefined, certificate: undefined };
  if (lease === undefined && license.lease === undefined) return sound;
  if (lease === undefined) return { ...sound, input: { kind: "store-tampered" } };
  const question = {
    asked: subjectOf(session, lease),
    trust: { ...session.trust, revocationList: undefined },
    wallMs: lease.receivedWallMs,
    floorMs: lease.receivedFloorMs,
    knownCertificate: undefined,
  };
  const outcome = await verifyStatement(lease.reply, question, session.ports.cryptography);
  if (!outcome.ok) {
    const { reason } = outcome.refusal;
    if (SOUND_WHEN_RECEIVED.includes(reason)) return sound;
    return {
      ...sound,
      input: reason === "ISSUER_NOT_TRUSTED" ? issuerDropped(session.trust) : { kind: "store-tampered" },
    };
  }
  const { statement, certificate } = outcome.value;
  // Statements of other kinds are no leases, whatever the record says.
  const isTheLease = statement.kind === "lease" && statement.validityS === license.lease?.validityS;
  if (license.lease !== undefined && !isTheLease) return { ...sound, input: { kind: "store-tampered" } };
  return { input: revoked(session.trust, certificate.certificate), certificate: certificate.certificate };
}

function revoked(trust: TrustState, certificate: HostCertificate): LicenseInput | undefined {
  const revocation = revocationOf(trust, certificate);
  if (revocation === undefined) return undefined;
  return { kind: "lease-host-revoked", serial: toUuid(certificate.serial), effectiveMs: revocation.effectiveMs };
}

/** A manifest that drops an issuing key revokes what it issued, from the day of that manifest. */
function issuerDropped({ manifest }: TrustState): LicenseInput {
  return { kind: "lease-host-revoked", serial: "", effectiveMs: manifest.value.issuedMs };
}
