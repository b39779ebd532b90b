import { licenseNow, raiseFloor, toUuid } from "@countersign/domain";
import { publisherFloorMs, revocationOf, type TrustState } from "@countersign/protocol";
import { licensePolicyOf, productByActivationId } from "./license-policy.ts";
import { isNewerTrust } from "./newer-documents.ts";
import { storedTrust } from "./newest-trust.ts";
import type { OpenProduct, Present, PublisherSession } from "./publisher-session.ts";
import { type Draft, draftOf, reduceProduct, settle } from "./session.ts";

/** Takes newer verified documents up at once, whatever becomes of the statement they came with (protocol.md §3.3). */
export async function adoptTrust(session: PublisherSession, trust: TrustState, present: Present): Promise<void> {
  if (!isNewerTrust(trust, session.trust)) return;
  const clock = raiseFloor(session.state.clock, publisherFloorMs(trust));
  const raised = { ...present, now: licenseNow(clock, present.reading) };
  let draft: Draft = { ...draftOf(session), state: { ...session.state, clock, trust: storedTrust(trust) } };
  for (const open of session.products.values()) draft = underTrust(draft, open, trust, raised);
  await settle(session, draft, present, { binding: false });
  session.trust = trust;
  for (const open of session.products.values()) {
    open.product = productByActivationId(trust, open.activationId)?.product ?? open.product;
  }
}

/** What the documents change for one product: its policy, and the lease whose host they revoke. */
function underTrust(draft: Draft, open: OpenProduct, trust: TrustState, { now }: Present): Draft {
  const { productId } = open.product;
  const policy = licensePolicyOf(trust, open.product);
  const read = reduceProduct(draft, productId, { kind: "policy-read", policy }, now);
  const { leaseCertificate } = open;
  const revocation = leaseCertificate && revocationOf(trust, leaseCertificate);
  if (leaseCertificate === undefined || revocation === undefined) return read;
  const { effectiveMs } = revocation;
  const serial = toUuid(leaseCertificate.serial);
  return reduceProduct(read, productId, { kind: "lease-host-revoked", serial, effectiveMs }, now);
}
