import { equalBytes } from "@countersign/domain";
import type { EventBound, EventPage, EventPlace, EventSearch, LogSize, StoredEvent } from "../host-event.ts";

/** Newest first, as the port orders it; looked at one by one. */
export function searchRows(rows: Iterable<StoredEvent>, search: EventSearch): EventPage {
  const { before, cmid, eventIds, fromMs, toMs, matches, limit, stretch } = search;
  const isEarlier = (a: EventPlace, b: EventPlace) =>
    cmid === undefined ? a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.id < b.id) : a.id < b.id;
  const ordered = [...rows]
    .filter((event) => cmid === undefined || (event.cmid !== undefined && equalBytes(event.cmid, cmid)))
    .filter((event) => before === undefined || isEarlier(event, before))
    .sort((a, b) => (isEarlier(a, b) ? 1 : -1));
  const events: StoredEvent[] = [];
  for (const [looked, event] of ordered.entries()) {
    const isWanted = eventIds === undefined || eventIds.includes(event.eventId);
    if (isWanted && event.timeMs >= fromMs && event.timeMs < toMs && matches(event)) events.push(event);
    if (events.length === limit || looked + 1 === stretch) return { events, next: event };
  }
  return { events, next: undefined };
}

/** Ids of the oldest events that are too old or too many: the first that may stay ends them. */
export function idsToPurge(rows: readonly StoredEvent[], { beforeMs, rows: most, limit }: EventBound): number[] {
  const last = rows.at(-1)?.id ?? 0;
  const oldest = rows.slice(0, limit);
  const staying = oldest.findIndex((event) => event.timeMs >= beforeMs && event.id > last - most);
  return (staying < 0 ? oldest : oldest.slice(0, staying)).map(({ id }) => id);
}

/** The event without the address of whoever asked. */
export function withoutAddress(event: StoredEvent): StoredEvent {
  return Object.hasOwn(event.data, "address") ? { ...event, data: { ...event.data, address: "" } } : event;
}

/** What rows in the order of their ids amount to. */
export function sizeOf(rows: readonly StoredEvent[]): LogSize {
  const bytes = rows.reduce((sum, { data }) => sum + JSON.stringify(data).length, 0);
  const place = (event: StoredEvent | undefined) => event && { timeMs: event.timeMs, id: event.id };
  return {
    rows: rows.length,
    oldest: place(rows[0]),
    newest: place(rows.at(-1)),
    bytesPerRow: rows.length === 0 ? 0 : Math.round(bytes / rows.length),
  };
}
