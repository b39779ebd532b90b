import { COUNT_WINDOW_MS, equalBytes, type PackedComponents, type ServedDecision } from "@countersign/domain";
import type { Exchange, MachineRow } from "@countersign/storage";
import type { PlacedRequest, Statement } from "./accepted-request.ts";

/** The answer a row keeps: a leaf of that instant, and its event. */
export interface Made extends Statement {
  readonly nowMs: number;
  readonly eventRowId: number;
}

/** The row a served request leaves. */
export function savedRow(
  asked: PlacedRequest,
  decision: ServedDecision,
  components: PackedComponents,
  made: Made,
): MachineRow {
  const { request, seat, machine, address, place } = asked;
  if (place === undefined) throw new Error("a served request without its product");
  const exchange = {
    statementType: made.statementType,
    statement: made.payload,
    statementIssuedMs: made.nowMs,
    eventRowId: made.eventRowId,
  };
  const { seq, resyncTimesMs } = decision;
  // A stale request leaves the newest statement's exchange alone: a late copy of an older request would otherwise make
  // the holder's own retry look like a copy's (I25).
  if (machine !== undefined && !decision.adoptsComponents) {
    const resync = { ...exchange, nonce: request.nonce, requestHash: asked.requestHash };
    const { eventRowId: lastEventId } = made;
    return { ...machine, ...countingOf(asked, decision, made.nowMs), resyncTimesMs, resync, lastEventId };
  }
  return {
    ...{ seat: seat.row.seat, cmid: request.cmid, productId: request.productId, seq, resyncTimesMs },
    ...countingOf(asked, decision, made.nowMs),
    ...exchange,
    lastEventId: made.eventRowId,
    applicationId: place.application.applicationId,
    firstSeenMs: machine?.firstSeenMs ?? made.nowMs,
    components,
    lastNonce: request.nonce,
    lastRequestHash: asked.requestHash,
    resync: undefined,
    clientName: request.clientName,
    address,
  };
}

/** A request that does not count leaves a machine that counts as it is, until its 30 days are over (§8.1). */
function countingOf({ machine }: PlacedRequest, decision: ServedDecision, nowMs: number) {
  const { counted, requiredCount, refreshesContact } = decision;
  const counts = machine?.counted === true && machine.lastSeenMs > nowMs - COUNT_WINDOW_MS;
  if (machine !== undefined && (!refreshesContact || (counts && !counted))) {
    return { counted: machine.counted, requiredCount: machine.requiredCount, lastSeenMs: machine.lastSeenMs };
  }
  return { counted, requiredCount, lastSeenMs: nowMs };
}

/** The re-sync these bytes, or at least their nonce, were answered with. */
export function repeatedResync({ machine, request }: PlacedRequest): Exchange | undefined {
  return machine?.resync !== undefined && equalBytes(machine.resync.nonce, request.nonce) ? machine.resync : undefined;
}

/** The machine as the rules see it: the exchange that this request may repeat. */
export function knownMachine(asked: PlacedRequest) {
  const resync = repeatedResync(asked);
  if (resync === undefined || asked.machine === undefined) return asked.machine;
  const { nonce, requestHash, statementIssuedMs } = resync;
  return { ...asked.machine, lastNonce: nonce, lastRequestHash: requestHash, statementIssuedMs };
}
