import { fromBinary } from "@bufbuild/protobuf";
import { type Refusal, refuse } from "@countersign/domain";
import { type VerifiedCertificate, verifyHostCertificate } from "@countersign/protocol";
import { CertificateBundleSchema } from "@countersign/protocol/gen/activation";
import { type GivenKey, installSetupKey, mayInstall } from "./install-key.ts";
import { licensePolicyOf, productByActivationId } from "./license-policy.ts";
import { judgeMachine } from "./observe-machine.ts";
import { ProductSession } from "./product-session.ts";
import { observePresent, type PublisherSession } from "./publisher-session.ts";
import { takeUpProduct } from "./restore-state.ts";
import { reviewLease } from "./review-lease.ts";
import { type Draft, productIn, reduceDraft, type Session, settle } from "./session.ts";

/** An open licence, or why the vendor's own arguments do not allow one. No licensing state is a refusal here. */
export type OpenedProduct =
  | { readonly ok: true; readonly session: Session }
  | { readonly ok: false; readonly refusal: Refusal };

/** What is opened: a product, and the key to install in it. */
export interface ProductOptions {
  /** 16 bytes. */
  readonly activationId: Uint8Array;
  readonly key: GivenKey | undefined;
}

/** Checks again and takes up what the store holds of a product. Only a success makes it one of the open products. */
export async function openProduct(shared: PublisherSession, options: ProductOptions): Promise<OpenedProduct> {
  const { activationId } = options;
  const found = productByActivationId(shared.trust, activationId);
  if (found === undefined) return { ok: false, refusal: refuse("PRODUCT_NOT_COVERED") };
  const { product, applicationId } = found;
  const session = new ProductSession(shared, { activationId, applicationId, product });
  const before = shared.state;
  const refusal = await takeUp(session, options.key);
  if (refusal === undefined) return { ok: true, session };
  shared.products.delete(product.productId);
  shared.state = before;
  return { ok: false, refusal };
}

/** The product's part of the state as it is now in the store: also after another process wrote it. */
export async function takeUp(session: Session, key: GivenKey | undefined): Promise<Refusal | undefined> {
  const taken = takeUpProduct(session, session.product.productId);
  session.state = taken.state;
  session.products.set(session.product.productId, session);
  const present = observePresent(session);
  const { now } = present;
  let draft: Draft = { state: session.state, effects: [] };
  if (taken.input !== undefined) draft = reduceDraft(draft, session, taken.input, now);
  const policy = licensePolicyOf(session.trust, session.product);
  draft = reduceDraft(draft, session, { kind: "policy-read", policy }, now);
  const review = await reviewLease(session);
  session.leaseCertificate = review.certificate;
  if (review.input !== undefined) draft = reduceDraft(draft, session, review.input, now);
  session.knownCertificate = await knownCertificate(session);
  draft = judgeMachine(draft, session, present);
  if (key !== undefined && mayInstall(draft.state, session, key)) {
    const installed = installSetupKey(draft, session, key, present);
    if (!installed.ok) return installed.refusal;
    draft = installed.draft;
  }
  await settle(session, bootSchedule(draft, session, taken.isNew), present, { binding: false });
  return undefined;
}

/** "At once" after a start is a delay of up to two minutes (behaviour.md §2); what was due later stays due. */
function bootSchedule(draft: Draft, session: Session, isNew: boolean): Draft {
  const product = productIn(draft.state, session);
  if (product.license.key === undefined) return draft;
  const { productId } = product;
  const isOwn = (effect: Draft["effects"][number]) => effect.productId === productId;
  const atOnce = draft.effects.some((each) => isOwn(each) && each.kind === "schedule" && each.wait.kind === "at-once");
  const dueMs = isNew || atOnce ? undefined : product.nextAttemptMs;
  const wait = { kind: "boot", interactive: false, dueMs } as const;
  return { ...draft, effects: [...draft.effects, { kind: "schedule", wait, productId }] };
}

/** The kept certificate, if it still verifies: otherwise the next request does not name it and the host sends its own. */
async function knownCertificate(session: Session): Promise<VerifiedCertificate | undefined> {
  const bytes = productIn(session.state, session).knownCertificate;
  if (bytes === undefined) return undefined;
  const { hostCert, publicKey, contextHash } = fromBinary(CertificateBundleSchema, bytes);
  if (hostCert === undefined) return undefined;
  const question = {
    trust: session.trust,
    keyGroup: session.product.keyGroup,
    wallMs: session.ports.clock.wallMs(),
    floorMs: session.state.clock.floorMs,
    serverTimeMs: 0,
  };
  const presented = { document: hostCert, publicKey, contextHash };
  const verified = await verifyHostCertificate(presented, question, session.ports.cryptography);
  return verified.ok ? verified.value : undefined;
}
