import { type ContactCorrection, contactCorrection, type HostClockRecord } from "@countersign/domain";
import type { HostUnit } from "@countersign/storage";
import type { ServingState } from "./activate-clients.ts";
import { clockEvent } from "./host-clock.ts";

/** Contacts step with guarded time, in the unit that commits the step; what was counted before it is read anew. */
export async function correctContacts(
  clockRecord: HostClockRecord,
  unit: HostUnit,
  { clock, windows }: ServingState,
): Promise<ContactCorrection | undefined> {
  const correction = contactCorrection(clock.record, clockRecord);
  if (correction === undefined) return undefined;
  await unit.moveContacts(correction);
  windows.clear();
  return correction;
}

/** Commits a step of guarded time that no request has committed yet, so that nobody is shown counts from before it. */
export async function settleClock(state: ServingState): Promise<void> {
  const { parts, clock, latestNotAfterMs } = state;
  if (contactCorrection(clock.record, clock.next(latestNotAfterMs())) === undefined) return;
  const settled = await parts.store.transact(async (unit) => {
    const record = clock.next(latestNotAfterMs());
    if ((await correctContacts(record, unit, state)) === undefined) return undefined;
    const event = clockEvent(clock.record, record, parts.clock.wallMs());
    if (event !== undefined) {
      const place = { seat: 0, requestId: undefined, cmid: undefined, previous: 0 } as const;
      await unit.appendEvents([{ ...place, timeMs: record.guardedMs, eventId: event.eventId, data: event.fields }]);
    }
    await unit.saveClock(JSON.stringify(record));
    return record;
  });
  if (settled !== undefined) clock.committed(settled);
}

/** Between two batches only: a batch decides with the windows it opened. */
export function forgetStaleWindows(state: ServingState): void {
  if (state.areWindowsStale) state.windows.clear();
  state.areWindowsStale = false;
}
