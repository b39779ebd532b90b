import { EVENT, eventOf, REFUSALS, type RefusalReason } from "@countersign/domain";
import type { HostStore } from "@countersign/storage";

/** 12291, where store and keys were in order: whoever looks for the reason looks into the log first. */
export async function noteNotStarted(store: HostStore, reason: RefusalReason, nowMs: number): Promise<void> {
  const event = eventOf(EVENT.serviceNotStarted, { resultCode: REFUSALS[reason].code });
  const place = { seat: 0, requestId: undefined, cmid: undefined, previous: 0 } as const;
  await store.transact((unit) =>
    unit.appendEvents([{ ...place, timeMs: nowMs, eventId: event.eventId, data: event.fields }]),
  );
}
