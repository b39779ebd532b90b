import { equalBytes } from "@countersign/domain";
import type { EventBound, EventPage, EventPlace, EventSearch, LogSize, StoredEvent } from "../host-event.ts";
import { type EventOrder, isEarlier } from "./event-order.ts";

/** Of how many of the newest events the size of one is taken. */
const SAMPLE = 100;

/** The events of a store, for reading: by id in the order of their ids, and the places in the order of time. */
export interface ReadableLog {
  readonly events: ReadonlyMap<number, StoredEvent | undefined>;
  readonly order: EventOrder;
  readonly lastEventId: number;
}

/** Newest first, as the port orders it; looked at one by one. */
export function searchLog(log: ReadableLog, search: EventSearch): EventPage {
  const { cmid, eventIds, fromMs, toMs, matches, limit, stretch } = search;
  const events: StoredEvent[] = [];
  let looked = 0;
  for (const event of cmid === undefined ? alongTime(log, search) : alongIds(log, search, cmid)) {
    const isWanted = eventIds === undefined || eventIds.includes(event.eventId);
    if (isWanted && event.timeMs >= fromMs && event.timeMs < toMs && matches(event)) events.push(event);
    if (events.length === limit || ++looked === stretch) return { events, next: event };
  }
  return { events, next: undefined };
}

function* alongTime({ events, order }: ReadableLog, { before, fromMs, toMs }: EventSearch): Iterable<StoredEvent> {
  const end = { timeMs: toMs, id: 0 };
  for (const id of order.newestFirst(before !== undefined && isEarlier(before, end) ? before : end)) {
    const event = events.get(id);
    if (event === undefined) continue;
    if (event.timeMs < fromMs) return;
    yield event;
  }
}

function* alongIds(log: ReadableLog, { before }: EventSearch, cmid: Uint8Array): Iterable<StoredEvent> {
  const { events, lastEventId } = log;
  const [firstId = 0] = events.keys();
  for (let id = before === undefined ? lastEventId : before.id - 1; id >= firstId; id--) {
    const event = events.get(id);
    if (event?.cmid !== undefined && equalBytes(event.cmid, cmid)) yield event;
  }
}

/** Ids of the oldest events that are too old or too many: the first that may stay ends them. `oldest`: the first `limit`. */
export function idsToPurge(
  oldest: readonly StoredEvent[],
  lastId: number,
  { beforeMs, rows: most }: EventBound,
): number[] {
  const staying = oldest.findIndex((event) => event.timeMs >= beforeMs && event.id > lastId - most);
  return (staying < 0 ? oldest : oldest.slice(0, staying)).map(({ id }) => id);
}

/** The event without the address of whoever asked. */
export function withoutAddress(event: StoredEvent): StoredEvent {
  return Object.hasOwn(event.data, "address") ? { ...event, data: { ...event.data, address: "" } } : event;
}

/** What a log amounts to, from its ends: ids have no gaps. */
export function sizeOf({ events, lastEventId }: ReadableLog): LogSize {
  const [firstId] = events.keys();
  if (firstId === undefined) return { rows: 0, oldest: undefined, newest: undefined, bytesPerRow: 0 };
  const rows = lastEventId - firstId + 1;
  const sample = Array.from({ length: Math.min(rows, SAMPLE) }, (_, i) => events.get(lastEventId - i));
  const bytes = sample.reduce((sum, event) => sum + JSON.stringify(event?.data ?? {}).length, 0);
  return {
    rows,
    oldest: placeOf(events.get(firstId)),
    newest: placeOf(events.get(lastEventId)),
    bytesPerRow: Math.round(bytes / sample.length),
  };
}

function placeOf(event: StoredEvent | undefined): EventPlace | undefined {
  return event && { timeMs: event.timeMs, id: event.id };
}
