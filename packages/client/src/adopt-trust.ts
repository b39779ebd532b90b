import { licenseNow, raiseFloor, toUuid } from "@countersign/domain";
import { publisherFloorMs, revocationOf, type TrustState, writeTrust } from "@countersign/protocol";
import { licensePolicyOf, productByActivationId } from "./license-policy.ts";
import { isNewerTrust } from "./newer-documents.ts";
import { type Draft, type Present, reduceDraft, type Session, settle } from "./session.ts";

/** Takes newer verified documents up at once, whatever becomes of the statement they came with (protocol.md §3.3). */
export async function adoptTrust(session: Session, trust: TrustState, present: Present): Promise<void> {
  if (!isNewerTrust(trust, session.trust)) return;
  const draft = underTrust({ state: session.state, effects: [] }, session, trust, present);
  await settle(session, draft, present, { binding: false });
  session.trust = trust;
  session.product = productByActivationId(trust, session.settings.activationId)?.product ?? session.product;
}

/** What the documents change: policy, floor of the clock, and the lease whose host they revoke. */
function underTrust(draft: Draft, session: Session, trust: TrustState, { reading }: Present): Draft {
  const clock = raiseFloor(draft.state.clock, publisherFloorMs(trust));
  const now = licenseNow(clock, reading);
  const state = { ...draft.state, clock, trust: writeTrust(trust) };
  const policy = licensePolicyOf(trust, session.product);
  const read = reduceDraft({ ...draft, state }, session, { kind: "policy-read", policy }, now);
  const { leaseCertificate } = session;
  const revocation = leaseCertificate && revocationOf(trust, leaseCertificate);
  if (leaseCertificate === undefined || revocation === undefined) return read;
  const { effectiveMs } = revocation;
  const serial = toUuid(leaseCertificate.serial);
  return reduceDraft(read, session, { kind: "lease-host-revoked", serial, effectiveMs }, now);
}
