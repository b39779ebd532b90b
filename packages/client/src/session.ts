import {
  type CatalogEvent,
  EVENT,
  eventOf,
  type LicenseEffect,
  type LicenseInput,
  type LicenseNow,
  nextAttempt,
  reduceLicense,
  toUuid,
  type Wait,
} from "@countersign/domain";
import { type OpenProduct, type Present, type PublisherSession, save, tell } from "./publisher-session.ts";
import { type ProductState, type TrustedState, withProduct } from "./trusted-state.ts";

/** One product's open licence over the store it shares with its publisher's other products. */
export interface Session extends PublisherSession, OpenProduct {}

/** What is to be done once a draft is in force, and for which product; `undefined` = for the machine as a whole. */
export type DraftEffect = LicenseEffect & { readonly productId: number | undefined };

/** A state that is not in force yet, and what is to be done once it is. */
export interface Draft {
  readonly state: TrustedState;
  readonly effects: readonly DraftEffect[];
}

/** The state in force, with nothing to be done. */
export function draftOf({ state }: PublisherSession): Draft {
  return { state, effects: [] };
}

/** The product's part of a state. */
export function productIn(state: TrustedState, { product: { productId } }: OpenProduct): ProductState {
  return productOfId(state, productId);
}

/** The draft after one more input of the state machine of the session's product. */
export function reduceDraft(draft: Draft, session: Session, input: LicenseInput, now: LicenseNow): Draft {
  return reduceProduct(draft, session.product.productId, input, now);
}

/** The draft after one more input of the state machine of one product. */
export function reduceProduct(draft: Draft, productId: number, input: LicenseInput, now: LicenseNow): Draft {
  const product = productOfId(draft.state, productId);
  const step = reduceLicense(product.license, input, now);
  const state = withProduct(draft.state, { ...product, license: step.state });
  return { state, effects: [...draft.effects, ...step.effects.map((effect) => ({ ...effect, productId }))] };
}

/** An event that concerns the machine, added to a draft. */
export function withMachineEvent(draft: Draft, event: CatalogEvent): Draft {
  return { ...draft, effects: [...draft.effects, { kind: "event", event, productId: undefined }] };
}

/**
 * Puts a draft in force: saved first, then told (protocol.md §5.3, steps 9 and 10). False: the store did not take it. Then
 * a binding draft is dropped whole; any other goes on in memory, since it holds nothing anybody could gain by.
 * `latest`: the effective time by which one product is to ask at the latest.
 */
export async function settle(
  session: PublisherSession,
  draft: Draft,
  present: Present,
  options: {
    readonly binding: boolean;
    readonly requestId?: string;
    readonly latest?: { readonly productId: number; readonly atMs: number };
  },
): Promise<boolean> {
  const planned = planAttempts(session, draft, present, options.latest);
  const saved = await save(session, planned.state, present);
  if (!saved && options.binding) return false;
  if (!saved) session.state = { ...planned.state, generation: session.state.generation };
  for (const productId of planned.scheduled) {
    const open = session.products.get(productId);
    if (open !== undefined) planDue(open, session.state, present);
  }
  for (const { event, productId } of planned.events) {
    tell(session, event, { requestId: options.requestId, product: activationIdText(session, productId) });
  }
  return saved;
}

/** Takes over from the state when the product asks next: the effective clock may stand still, the monotonic one does not. */
export function planDue(open: OpenProduct, state: TrustedState, { reading, now }: Present): void {
  const { nextAttemptMs } = productOfId(state, open.product.productId);
  open.dueMonotonicMs = reading.monotonicMs + Math.max(0, nextAttemptMs - now.atMs);
}

/** Of several schedules of a product the last one holds; `latest` may bring it forward, never put it off. */
function planAttempts(
  session: PublisherSession,
  draft: Draft,
  { now }: Present,
  latest: { readonly productId: number; readonly atMs: number } | undefined,
) {
  const waits = new Map<number, Wait>();
  for (const effect of draft.effects) {
    if (effect.kind === "schedule" && effect.productId !== undefined) waits.set(effect.productId, effect.wait);
  }
  let { state } = draft;
  const events = eventsOf(draft);
  for (const [productId, wait] of waits) {
    const { attemptMs, reason } = nextAttempt(wait, now.atMs, session.ports.fraction());
    const latestMs = latest?.productId === productId ? Math.max(now.atMs, latest.atMs) : Number.POSITIVE_INFINITY;
    const nextAttemptMs = Math.min(attemptMs, latestMs);
    state = withProduct(state, { ...productOfId(state, productId), nextAttemptMs });
    events.push({ event: eventOf(EVENT.attemptScheduled, { attemptMs: nextAttemptMs, reason }), productId });
  }
  return { state, events, scheduled: [...waits.keys()] };
}

/** An event and the product it is about; undefined = the machine. */
interface OwnedEvent {
  readonly event: CatalogEvent;
  readonly productId: number | undefined;
}

/** Every product's licence notes what becomes of the clock; the machine has one clock, so it is told once. */
function eventsOf({ effects }: Draft): OwnedEvent[] {
  const told = new Set<number>();
  return effects.flatMap((effect): readonly OwnedEvent[] => {
    if (effect.kind !== "event") return [];
    const { event, productId } = effect;
    if (event.eventId !== EVENT.clockSuspect && event.eventId !== EVENT.clockTrusted) return [{ event, productId }];
    if (told.has(event.eventId)) return [];
    told.add(event.eventId);
    return [{ event, productId: undefined }];
  });
}

/** "" for the machine, or for a product that is kept but not open. */
function activationIdText({ products }: PublisherSession, productId: number | undefined): string {
  const open = productId === undefined ? undefined : products.get(productId);
  return open === undefined ? "" : toUuid(open.activationId);
}

function productOfId(state: TrustedState, productId: number): ProductState {
  const found = state.products.find((product) => product.productId === productId);
  if (found === undefined) throw new Error("the product of an open licence is always in its state");
  return found;
}
