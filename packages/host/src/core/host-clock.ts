import {
  acceptHostClock,
  advanceHostClock,
  type CatalogEvent,
  contactCorrection,
  EVENT,
  eventOf,
  type HostClockReading,
  type HostClockRecord,
  RefusalError,
  refuse,
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
  let record = recordOf(await parts.store.clock());
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

/** The stored record; what is there and is none is a damaged store: time that began anew would zero the counts. */
function recordOf(stored: string | undefined): HostClockRecord | undefined {
  if (stored === undefined) return undefined;
  const found = parsed(stored);
  if (!isRecord(found)) {
    throw new RefusalError(refuse("STORE_CORRUPT", { detail: "the record of the guarded clock is none" }));
  }
  // A watch of an earlier version does not say since when it lasts: from now on is the least that can be said.
  const { guardedMs: sinceGuardedMs, suspect } = found;
  return { ...found, suspect: suspect && { ...suspect, sinceGuardedMs: suspect.sinceGuardedMs ?? sinceGuardedMs } };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Refused by what is asked of it next.
  }
}

function isRecord(found: unknown): found is HostClockRecord {
  if (typeof found !== "object" || found === null) return false;
  const { guardedMs, monotonicMs, processId, suspect } = found as Partial<HostClockRecord>;
  const numbers = [guardedMs, monotonicMs];
  if (suspect !== undefined) {
    numbers.push(suspect?.wallMs, suspect?.monotonicMs, suspect?.watchedMs, suspect?.driftMs);
  }
  return typeof processId === "string" && numbers.every((value) => Number.isFinite(value));
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
  const fields = { wallMs, trustedMs: after.guardedMs };
  const apartMs = wallMs - after.guardedMs;
  const where = `the wall clock is ${durationText(Math.abs(apartMs))} ${apartMs < 0 ? "behind" : "ahead of"} guarded time`;
  if (is) {
    const detail = `${where}; guarded time goes on by run time until the wall clock has been right for 24 hours or is accepted`;
    return eventOf(EVENT.clockSuspect, { ...fields, detail });
  }
  const lag = contactCorrection(before, after)?.byMs ?? 0;
  const moved = lag > 0 ? `; guarded time and the contacts of the watch moved by ${durationText(lag)}` : "";
  return eventOf(EVENT.clockTrusted, { ...fields, detail: `${where}${moved}` });
}

function durationText(ms: number): string {
  const minutes = Math.round(ms / 60_000);
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.round(minutes / 60);
  return hours < 72 ? `${hours} h` : `${Math.round(hours / 24)} days`;
}
