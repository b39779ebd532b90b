import { EVENT, type EventFieldsOf, type RefusalReason } from "@countersign/domain";
import type { NewEvent } from "@countersign/storage";
import { sourceOf } from "./source-address.ts";

const HOUR_MS = 3_600_000;
const MAX_SOURCES = 10_000;

/** What was dropped, in memory: a counter per reason and one summarising event per source, reason and hour. */
export interface DropLog {
  readonly counts: ReadonlyMap<string, number>;
  dropped(address: string, reason: RefusalReason, nowMs: number): void;
  /** False once this source had its number of 12290 events of refused requests within the hour. */
  mayListRefused(address: string, reason: RefusalReason, nowMs: number): boolean;
  /** True for the first overload within the hour. */
  firstOverload(nowMs: number): boolean;
  /** True for the first connection of another protocol from a source within the hour. */
  firstForeign(address: string, nowMs: number): boolean;
  /** Summaries of hours that ended before `nowMs`; `all` closes the running ones too. Kept until `forget`. */
  summaries(nowMs: number, all: boolean): readonly Summary[];
  forget(summaries: readonly Summary[]): void;
}

/** An hour of one source. */
export interface Summary {
  readonly slot: string;
  /** How many it tells of. */
  readonly written: number;
  readonly event: NewEvent;
}

interface Hour {
  readonly eventId: typeof EVENT.requestsDropped | typeof EVENT.refusalsSummarised;
  readonly address: string;
  readonly reason: RefusalReason;
  fromMs: number;
  toMs: number;
  count: number;
}

/** `refusedPerHour`: how many refused requests of one source are listed one by one. */
export function createDropLog(refusedPerHour: number): DropLog {
  const counts = new Map<string, number>();
  const hours = new Map<string, Hour>();
  const listed = new Map<string, { fromMs: number; count: number }>();
  const foreign = new Map<string, number>();
  let overloadMs = Number.NEGATIVE_INFINITY;
  const note = (eventId: Hour["eventId"], address: string, reason: RefusalReason, nowMs: number) => {
    const source = sourceOf(address);
    const slot = `${eventId} ${source} ${reason}`;
    const hour = hours.get(slot);
    if (hour !== undefined) {
      hour.count++;
      hour.toMs = nowMs;
    } else if (hours.size < MAX_SOURCES) {
      hours.set(slot, { eventId, address: source, reason, fromMs: nowMs, toMs: nowMs, count: 1 });
    }
  };
  return {
    counts,
    dropped(address, reason, nowMs) {
      counts.set(reason, (counts.get(reason) ?? 0) + 1);
      note(EVENT.requestsDropped, address, reason, nowMs);
    },
    mayListRefused(address, reason, nowMs) {
      const source = sourceOf(address);
      const known = listed.get(source);
      const current = known !== undefined && nowMs - known.fromMs < HOUR_MS ? known : { fromMs: nowMs, count: 0 };
      if (known === undefined) bounded(listed);
      listed.set(source, current);
      current.count++;
      if (current.count <= refusedPerHour) return true;
      note(EVENT.refusalsSummarised, address, reason, nowMs);
      return false;
    },
    firstOverload(nowMs) {
      if (nowMs - overloadMs < HOUR_MS) return false;
      overloadMs = nowMs;
      return true;
    },
    firstForeign(address, nowMs) {
      const source = sourceOf(address);
      const lastMs = foreign.get(source);
      if (lastMs !== undefined && nowMs - lastMs < HOUR_MS) return false;
      if (lastMs === undefined) bounded(foreign);
      foreign.set(source, nowMs);
      return true;
    },
    summaries(nowMs, all) {
      return [...hours]
        .filter(([, hour]) => all || nowMs - hour.fromMs >= HOUR_MS)
        .map(([slot, hour]) => ({ slot, written: hour.count, event: summaryEvent(hour, nowMs) }));
    },
    forget(summaries) {
      for (const { slot, written } of summaries) {
        const hour = hours.get(slot);
        if (hour === undefined) continue;
        // What was dropped while the summary was being written begins the next one.
        hour.count -= written;
        hour.fromMs = hour.toMs;
        if (hour.count <= 0) hours.delete(slot);
      }
    },
  };
}

function summaryEvent(hour: Hour, timeMs: number): NewEvent {
  const { eventId, address, reason, fromMs, toMs, count } = hour;
  const fields: EventFieldsOf<30014> = { address, reason, count, fromMs, toMs };
  return { timeMs, eventId, seat: 0, requestId: undefined, cmid: undefined, previous: 0, data: fields };
}

/** Makes room for one more source: the one known longest goes. */
function bounded(table: Map<string, unknown>): void {
  if (table.size < MAX_SOURCES) return;
  const [oldest] = table.keys();
  if (oldest !== undefined) table.delete(oldest);
}
