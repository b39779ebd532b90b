import {
  type ActivationRemark,
  type CatalogEvent,
  EVENT,
  eventOf,
  purposeOf,
  REFUSALS,
  type RefusalReason,
  toUuid,
} from "@countersign/domain";
import { REQUEST_FLAG, STATEMENT_TYPE } from "@countersign/protocol";
import type { MachineRow } from "@countersign/storage";
import type { AcceptedRequest, PlacedRequest } from "./accepted-request.ts";

const ZERO_UUID = "00000000-0000-0000-0000-000000000000";

/** Event 12290: one processed request, with the own additions of behaviour.md §4. */
export function requestProcessed(
  asked: AcceptedRequest & Partial<Pick<PlacedRequest, "place" | "machine">>,
  reason: RefusalReason | "",
  counts: { readonly requiredCount: number; readonly currentCount: number },
): CatalogEvent {
  const { request } = asked;
  return eventOf(EVENT.requestProcessed, {
    resultCode: reason === "" ? 0 : REFUSALS[reason].code,
    requiredCount: counts.requiredCount,
    clientName: request.clientName,
    cmid: toUuid(request.cmid),
    clientTimeMs: request.clientTimeMs,
    virtualMachine: (request.flags & REQUEST_FLAG.vm) !== 0,
    licenseStatus: request.licenseStatus,
    minutesToExpiry: request.minutesToStateExpiry,
    activationId: asked.place === undefined ? ZERO_UUID : toUuid(asked.place.product.activationId),
    currentCount: counts.currentCount,
    address: asked.address,
    reason,
    purpose: purposeOf(request.licenseStatus, lastAnswer(asked.machine)),
  });
}

/** What else the log should say about a request that was served. */
export function remarkEvent(
  asked: PlacedRequest,
  remark: ActivationRemark,
  at: { nowMs: number; provenSeq: number },
): CatalogEvent {
  const { request, address } = asked;
  const who = { cmid: toUuid(request.cmid), clientName: request.clientName };
  switch (remark) {
    case "fingerprint-drift":
      return eventOf(EVENT.fingerprintDrift, { ...who, address });
    case "host-rollback":
      return eventOf(EVENT.hostRollback, { ...who, storedSeq: asked.machine?.seq ?? 0, provenSeq: at.provenSeq });
    case "clock-skew":
      return eventOf(EVENT.clockSkew, { ...who, address, clientTimeMs: request.clientTimeMs, hostTimeMs: at.nowMs });
  }
}

/** Event 30018: a restored snapshot, a lost reply or a late copy was answered with the sequence as it is. */
export function resynchronised({ request, address, machine }: PlacedRequest, provenSeq: number): CatalogEvent {
  const who = { cmid: toUuid(request.cmid), clientName: request.clientName, address };
  return eventOf(EVENT.resynchronised, { ...who, storedSeq: machine?.seq ?? 0, provenSeq });
}

/** The events of a copied CMID: the directive, and for identical hardware the suspicion by name. */
export function reidentifyEvents(
  asked: PlacedRequest,
  because: string,
  otherLastSeenMs: number,
): readonly CatalogEvent[] {
  const { request, address } = asked;
  const who = { cmid: toUuid(request.cmid), clientName: request.clientName, address };
  return [
    eventOf(EVENT.cloneSuspected, { ...who, otherLastSeenMs, detail: because }),
    eventOf(EVENT.reidentifySent, { ...who, detail: because }),
  ];
}

/** Who acts over the Unix socket of the host. */
export const LOCAL_ADMINISTRATOR = "local administrator";

/** Event 30021, written with the first request that could be committed again: before it there was nowhere to write it. */
export function storeWasNotWritable(fault: string): CatalogEvent {
  const detail = `the store was ${fault}; requests meanwhile were answered STORE_UNAVAILABLE and not counted`;
  return eventOf(EVENT.storeNotWritable, { reason: "STORE_UNAVAILABLE", detail });
}

/** Event 30012: what an administrator did. */
export function adminAction(action: string, target: string, actor = LOCAL_ADMINISTRATOR): CatalogEvent {
  return eventOf(EVENT.adminAction, { action, target, actor });
}

function lastAnswer(machine: MachineRow | undefined): "none" | "count report" | "lease" {
  if (machine === undefined) return "none";
  return machine.statementType === STATEMENT_TYPE.lease ? "lease" : "count report";
}
