import {
  acceptHostClock,
  advanceHostClock,
  type CatalogEvent,
  EVENT,
  eventOf,
  type HostClockReading,
  type HostClockRecord,
  toHex,
} from "@countersign/domain";
import type { HostParts } from "./host-parts.ts";

/** Guarded time of this process (protocol.md §8.5): moves only when the unit that wrote it was committed. */
export interface HostClock {
  readonly record: HostClockRecord | undefined;
  /** What the record will be once the unit is committed. */
  next(certificateNotAfterMs: number | undefined): HostClockRecord;
  accepted(certificateNotAfterMs: number | undefined): HostClockRecord;
  committed(record: HostClockRecord): void;
}

/** Takes up the stored record. */
export async function openHostClock(parts: HostParts): Promise<HostClock> {
  const stored = await parts.store.clock();
  let record: HostClockRecord | undefined = stored === undefined ? undefined : JSON.parse(stored);
  const processId = toHex(parts.random(8));
  const reading = (certificateNotAfterMs: number | undefined): HostClockReading => ({
    wallMs: parts.clock.wallMs(),
    monotonicMs: parts.clock.monotonicMs(),
    processId,
    certificateNotAfterMs,
  });
  return {
    get record() {
      return record;
    },
    next: (certificateNotAfterMs) => advanceHostClock(record, reading(certificateNotAfterMs)),
    accepted: (certificateNotAfterMs) => acceptHostClock(reading(certificateNotAfterMs)),
    committed: (next) => {
      record = next;
    },
  };
}

/** 30008 when the wall clock is no longer believed, 30009 when it is again. */
export function clockEvent(
  before: HostClockRecord | undefined,
  after: HostClockRecord,
  wallMs: number,
): CatalogEvent | undefined {
  const was = before?.suspect !== undefined;
  const is = after.suspect !== undefined;
  if (was === is) return undefined;
  const fields = { wallMs, trustedMs: after.guardedMs, detail: "" };
  return is ? eventOf(EVENT.clockSuspect, fields) : eventOf(EVENT.clockTrusted, fields);
}
