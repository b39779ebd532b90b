import {
  type CatalogEvent,
  type ClockReading,
  EVENT,
  eventOf,
  type LicenseEffect,
  type LicenseInput,
  type LicenseNow,
  licenseNow,
  nextAttempt,
  observeClock,
  type Product,
  type RefusalReason,
  reduceLicense,
} from "@countersign/domain";
import type { HostCertificate, TrustState, VerifiedCertificate } from "@countersign/protocol";
import { type ClientEvent, clientEvent } from "./client-event.ts";
import type { LicensingPorts, LicensingSettings } from "./licensing-ports.ts";
import type { MachineReading } from "./machine-identity.ts";
import { type ProductState, type TrustedState, withProduct } from "./trusted-state.ts";
import { encodeTrustedState } from "./trusted-state-codec.ts";
import type { StoreProblem } from "./trusted-store.ts";

/** What is remembered of one host while the process runs. */
export interface TargetMemory {
  /** Monotonic ms before which only a person has it asked again. */
  readonly notBeforeMs: number;
  /** Busy answers in a row. */
  readonly inARow: number;
  /** Lost replies in a row. */
  readonly lost: number;
}

/** One open licence: the only mutable thing of the core. `state` is what the store holds, plus the clock's last reading. */
export interface Session {
  readonly ports: LicensingPorts;
  readonly settings: LicensingSettings;
  readonly applicationId: Uint8Array;
  product: Product;
  state: TrustedState;
  trust: TrustState;
  machine: MachineReading;
  /** The verified form of the product's known certificate. */
  knownCertificate: VerifiedCertificate | undefined;
  /** Of the lease in force: what a revocation is looked up for. */
  leaseCertificate: HostCertificate | undefined;
  /** STORE_DEGRADED: why the last save did not succeed. */
  degraded: StoreProblem | undefined;
  /** Nothing may be written or asked: the store belongs to a newer version. */
  blocked: RefusalReason | undefined;
  /** Monotonic ms of the next attempt: the effective clock may stand still, this one does not. */
  dueMonotonicMs: number;
  /** Run time at the last successful save. */
  savedUsedMs: number;
  readonly targets: Map<string, TargetMemory>;
  readonly listeners: Set<(event: ClientEvent) => void>;
}

/** The clocks at one look, taken in by the trusted clock. */
export interface Present {
  readonly reading: ClockReading;
  readonly now: LicenseNow;
}

/** A state that is not in force yet, and what is to be done once it is. */
export interface Draft {
  readonly state: TrustedState;
  readonly effects: readonly LicenseEffect[];
}

/** Reads the machine's clocks into the trusted clock. */
export function observePresent(session: Session): Present {
  const { clock } = session.ports;
  const reading = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs(), bootId: clock.bootId };
  session.state = { ...session.state, clock: observeClock(session.state.clock, reading) };
  return { reading, now: licenseNow(session.state.clock, reading) };
}

/** The product's part of a state. */
export function productIn(state: TrustedState, session: Session): ProductState {
  const found = state.products.find(({ productId }) => productId === session.product.productId);
  if (found === undefined) throw new Error("the product of an open licence is always in its state");
  return found;
}

/** The draft after one more input of the licence's state machine. */
export function reduceDraft(draft: Draft, session: Session, input: LicenseInput, now: LicenseNow): Draft {
  const product = productIn(draft.state, session);
  const step = reduceLicense(product.license, input, now);
  const state = withProduct(draft.state, { ...product, license: step.state });
  return { state, effects: [...draft.effects, ...step.effects] };
}

/**
 * Puts a draft in force: saved first, then told (protocol.md §5.3, steps 9 and 10). False: the store did not take it. Then
 * a binding draft is dropped whole; any other goes on in memory, since it holds nothing anybody could gain by.
 */
export async function settle(
  session: Session,
  draft: Draft,
  present: Present,
  options: { readonly binding: boolean; readonly requestId?: string; readonly latestMs?: number },
): Promise<boolean> {
  const planned = planAttempt(session, draft, present, options.latestMs);
  const saved = await save(session, planned.state, present);
  if (!saved && options.binding) return false;
  if (!saved) session.state = { ...planned.state, generation: session.state.generation };
  session.dueMonotonicMs =
    present.reading.monotonicMs + Math.max(0, productIn(planned.state, session).nextAttemptMs - present.now.atMs);
  for (const event of planned.events) tell(session, event, options.requestId);
  return saved;
}

/** Saves a state as the next generation; it is in force when that succeeded. */
export async function save(session: Session, state: TrustedState, present: Present): Promise<boolean> {
  const next = { ...state, generation: session.state.generation + 1 };
  const rearmsUsed = Math.max(...next.products.map(({ license }) => license.rearmsUsed));
  const outcome = await session.ports.store.save({ body: encodeTrustedState(next), marker: { rearmsUsed } });
  if (!outcome.ok) {
    noteDegraded(session, outcome.problem);
    return false;
  }
  session.degraded = undefined;
  session.savedUsedMs = present.now.usedMs;
  session.state = next;
  return true;
}

/** Writes an event and hands it to the listeners. */
export function tell(session: Session, event: CatalogEvent, requestId = ""): void {
  const around = { timeMs: session.ports.clock.wallMs(), computer: session.machine.computerName, requestId };
  const written = clientEvent(event, around);
  session.ports.events(written);
  for (const listener of session.listeners) listener(written);
}

function noteDegraded(session: Session, problem: StoreProblem): void {
  const isNews = session.degraded?.problem !== problem.problem;
  session.degraded = problem;
  if (isNews)
    tell(session, eventOf(EVENT.storeNotWritable, { reason: reasonOfProblem(problem), detail: problem.detail }));
}

/** The reason of REFUSALS that stands for a store's problem. */
export function reasonOfProblem({ problem }: StoreProblem): RefusalReason {
  switch (problem) {
    case "in-use":
      return "STORE_LOCKED";
    case "newer":
      return "STORE_NEWER";
    case "full":
    case "read-only":
    case "unavailable":
      return "STORE_UNAVAILABLE";
  }
}

/** Of several schedules the last one holds; `latestMs` (effective) may bring it forward, never put it off. */
function planAttempt(session: Session, draft: Draft, { now }: Present, latestMs = Number.POSITIVE_INFINITY) {
  const events = draft.effects.flatMap((effect) => (effect.kind === "event" ? [effect.event] : []));
  const wait = draft.effects.findLast((effect) => effect.kind === "schedule")?.wait;
  if (wait === undefined) return { state: draft.state, events };
  const { attemptMs, reason } = nextAttempt(wait, now.atMs, session.ports.fraction());
  const nextAttemptMs = Math.min(attemptMs, Math.max(now.atMs, latestMs));
  const state = withProduct(draft.state, { ...productIn(draft.state, session), nextAttemptMs });
  return { state, events: [...events, eventOf(EVENT.attemptScheduled, { attemptMs: nextAttemptMs, reason })] };
}
