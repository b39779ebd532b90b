import { fromBinary } from "@bufbuild/protobuf";
import { EVENT, eventOf, type Refusal, raiseFloor, refuse } from "@countersign/domain";
import { publisherFloorMs, type VerifiedCertificate, verifyHostCertificate, writeTrust } from "@countersign/protocol";
import { CertificateBundleSchema } from "@countersign/protocol/gen/activation";
import { installSetupKey } from "./install-key.ts";
import { licensePolicyOf, productByActivationId } from "./license-policy.ts";
import type { LicensingPorts, LicensingSettings } from "./licensing-ports.ts";
import { embeddedTrust, newestTrust } from "./newest-trust.ts";
import { judgeMachine } from "./observe-machine.ts";
import { restoreState } from "./restore-state.ts";
import { reviewLease } from "./review-lease.ts";
import {
  type Draft,
  observePresent,
  productIn,
  reasonOfProblem,
  reduceDraft,
  type Session,
  settle,
  tell,
} from "./session.ts";
import type { LoadedStore } from "./trusted-store.ts";

/** An open licence, or why the vendor's own arguments do not allow one. No licensing state is a refusal here. */
export type OpenedSession =
  | { readonly ok: true; readonly session: Session }
  | { readonly ok: false; readonly refusal: Refusal };

/** `before`: the session this one takes the place of. Loads, checks again and takes up what the store holds; installs the vendor's setup key where there is none. */
export async function openSession(
  ports: LicensingPorts,
  settings: LicensingSettings,
  before?: Pick<Session, "degraded" | "blocked">,
): Promise<OpenedSession> {
  const embedded = await embeddedTrust(settings.trust, ports.cryptography);
  if (!embedded.ok) return { ok: false, refusal: refuse(embedded.refusal.reason, { detail: embedded.refusal.detail }) };
  const found = productByActivationId(embedded.trust, settings.activationId);
  if (found === undefined) return { ok: false, refusal: refuse("PRODUCT_NOT_COVERED") };
  const machine = await ports.machine.read();
  const loaded = await ports.store.load();
  const { productId } = found.product;
  const restored = restoreState(loaded, { ports, trust: embedded.trust, productId, machine });
  if (!restored.ok) return restored;
  const trust = await newestTrust(embedded.trust, restored.state.trust, ports.cryptography);
  const session: Session = {
    ports,
    settings,
    applicationId: found.applicationId,
    product: productByActivationId(trust, settings.activationId)?.product ?? found.product,
    state: { ...restored.state, trust: writeTrust(trust) },
    trust,
    machine,
    knownCertificate: undefined,
    leaseCertificate: undefined,
    // What was told once is not told again at every look.
    degraded: loaded.kind === "unusable" ? loaded.problem : before?.degraded,
    blocked: loaded.kind === "unusable" ? reasonOfProblem(loaded.problem) : undefined,
    dueMonotonicMs: Number.POSITIVE_INFINITY,
    savedUsedMs: restored.state.clock.usedMs,
    targets: new Map(),
    listeners: new Set(),
  };
  if (before === undefined) tellOfStore(session, loaded);
  const refusal = await takeUp(session, restored);
  return refusal === undefined ? { ok: true, session } : { ok: false, refusal };
}

async function takeUp(
  session: Session,
  restored: Extract<ReturnType<typeof restoreState>, { ok: true }>,
): Promise<Refusal | undefined> {
  const floored = raiseFloor(session.state.clock, publisherFloorMs(session.trust));
  session.state = { ...session.state, clock: floored };
  const present = observePresent(session);
  const { now } = present;
  let draft: Draft = { state: session.state, effects: [] };
  if (restored.input !== undefined) draft = reduceDraft(draft, session, restored.input, now);
  const policy = licensePolicyOf(session.trust, session.product);
  draft = reduceDraft(draft, session, { kind: "policy-read", policy }, now);
  const review = await reviewLease(session);
  session.leaseCertificate = review.certificate;
  if (review.input !== undefined) draft = reduceDraft(draft, session, review.input, now);
  session.knownCertificate = await knownCertificate(session);
  draft = judgeMachine(draft, session, present);
  const tampered = productIn(draft.state, session).license.tampered;
  const { setupKey } = session.settings;
  if (setupKey !== undefined && productIn(draft.state, session).setupKey === undefined && !tampered) {
    const installed = installSetupKey(draft, session, { text: setupKey, byPerson: false }, present);
    if (!installed.ok) return installed.refusal;
    draft = installed.draft;
  }
  await settle(session, bootSchedule(draft, session, restored.isNew), present, { binding: false });
  return undefined;
}

/** "At once" after a start is a delay of up to two minutes (behaviour.md §2); what was due later stays due. */
function bootSchedule(draft: Draft, session: Session, isNew: boolean): Draft {
  const product = productIn(draft.state, session);
  if (product.license.key === undefined) return draft;
  const atOnce = draft.effects.some((effect) => effect.kind === "schedule" && effect.wait.kind === "at-once");
  const dueMs = isNew || atOnce ? undefined : product.nextAttemptMs;
  const wait = { kind: "boot", interactive: false, dueMs } as const;
  return { ...draft, effects: [...draft.effects, { kind: "schedule", wait }] };
}

function tellOfStore(session: Session, loaded: LoadedStore): void {
  if (loaded.kind === "found" && loaded.recovered) {
    const detail = "the newest generation was torn; the one before it is in force";
    tell(session, eventOf(EVENT.storeRecovered, { path: "", detail }));
  }
  if (loaded.kind === "damaged") {
    const detail = "no generation was valid; the store begins anew without initial grace";
    tell(session, eventOf(EVENT.storeRecovered, { path: loaded.quarantine, detail }));
  }
  if (loaded.kind === "unusable") {
    const { problem } = loaded;
    tell(session, eventOf(EVENT.storeNotWritable, { reason: reasonOfProblem(problem), detail: problem.detail }));
  }
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
