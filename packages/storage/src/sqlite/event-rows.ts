import type { DatabaseSync } from "node:sqlite";
import { packFields, toUuid, unpackFields } from "@countersign/domain";
import type { EventPage, EventPlace, EventQuery, EventSearch, LogSize, NewEvent, StoredEvent } from "../host-event.ts";
import { type Columns, json, number, optionalBytes } from "./host-rows.ts";

/** The id that is nearly every row: the partial index holds all others. */
const REQUEST_PROCESSED = 12290;
/** Columns, row header and both places in the indexes of one event, besides its data. */
const BYTES_AROUND = 80;
const SAMPLE = 1_000;

/** The statement that writes one event, and its id. Prepared once: it stands on the path of every activation. */
export function eventWriter(writer: DatabaseSync): (events: readonly NewEvent[]) => readonly number[] {
  const insert = writer.prepare(
    "INSERT INTO event (time_ms, event_id, seat, request_id, cmid, previous_id, data) VALUES (?, ?, ?, ?, ?, ?, ?)",
  );
  return (events) => {
    let lastId = 0;
    return events.map(({ timeMs, eventId, seat, requestId, cmid, previous, data }) => {
      const packed = JSON.stringify(packFields(eventId, data, cmid === undefined ? "" : toUuid(cmid)));
      const before = previous === "preceding" ? lastId : previous;
      const written = insert.run(timeMs, eventId, seat, requestId ?? null, cmid ?? null, before, packed);
      lastId = Number(written.lastInsertRowid);
      return lastId;
    });
  };
}

/** One event read. */
export function eventOf(row: Columns): StoredEvent {
  const [eventId, cmid] = [number(row, "event_id"), optionalBytes(row, "cmid")];
  return {
    id: number(row, "id"),
    timeMs: number(row, "time_ms"),
    eventId,
    seat: number(row, "seat"),
    requestId: optionalBytes(row, "request_id"),
    cmid,
    data: unpackFields(eventId, json(row, "data"), cmid === undefined ? "" : toUuid(cmid)),
    repeats: number(row, "repeats"),
  };
}

/** In the order of commit. */
export function eventsAfter(reader: DatabaseSync, { afterId, limit, eventIds }: EventQuery): readonly StoredEvent[] {
  const only = eventIds.length === 0 ? "" : `AND event_id IN (${eventIds.map(() => "?").join()})`;
  const query = `SELECT * FROM event WHERE id > ? ${only} ORDER BY id LIMIT ?`;
  return reader
    .prepare(query)
    .all(afterId, ...eventIds, limit)
    .map(eventOf);
}

/** Newest first: along the index of time, or along the chain of one machine. */
export function searchEvents(reader: DatabaseSync, search: EventSearch): EventPage {
  if (search.eventIds?.length === 0) return { events: [], next: undefined };
  return search.cmid === undefined ? alongTime(reader, search) : alongChain(reader, search, search.cmid);
}

function alongTime(reader: DatabaseSync, search: EventSearch): EventPage {
  const { before, limit, stretch, eventIds, fromMs, toMs, containing, matches } = search;
  const isRare = eventIds !== undefined && !eventIds.includes(REQUEST_PROCESSED);
  const from = `FROM event INDEXED BY ${isRare ? "event_rare" : "event_time"}`;
  const latestMs = Math.min(toMs - 1, before?.timeMs ?? toMs - 1);
  const place = before === undefined ? "" : "AND (time_ms, id) < (?, ?)";
  const rare = isRare ? `AND event_id <> ${REQUEST_PROCESSED}` : "";
  const range = `WHERE time_ms >= ? AND time_ms <= ? ${place} ${rare}`;
  const bounds = [fromMs, latestMs, ...(before === undefined ? [] : [before.timeMs, before.id])];
  const order = "ORDER BY time_ms DESC, id DESC";
  const end = placeOf(reader.prepare(`SELECT time_ms, id ${from} ${range} ${order} LIMIT 1 OFFSET ?`), [
    ...bounds,
    stretch - 1,
  ]);
  const within = end === undefined ? "" : "AND (time_ms, id) >= (?, ?)";
  const ids = eventIds === undefined ? "" : `AND event_id IN (${eventIds.map(() => "?").join()})`;
  const words = containing.map(() => "AND data LIKE ? ESCAPE '!'").join(" ");
  const rows = reader.prepare(`SELECT * ${from} ${range} ${within} ${ids} ${words} ${order}`);
  const values = [
    // The instant where the stretch ends bounds the index too: without it every stretch would run to the end of the log.
    ...[end?.timeMs ?? fromMs, ...bounds.slice(1)],
    ...(end === undefined ? [] : [end.timeMs, end.id]),
    ...(eventIds ?? []),
    ...containing.map((word) => `%${word.replace(/[!%_]/g, "!$&")}%`),
  ];
  const events: StoredEvent[] = [];
  for (const row of rows.iterate(...values)) {
    const event = eventOf(row);
    if (matches(event)) events.push(event);
    if (events.length === limit) return { events, next: event };
  }
  return { events, next: end };
}

function placeOf(statement: ReturnType<DatabaseSync["prepare"]>, values: readonly number[]): EventPlace | undefined {
  const row: Columns | undefined = statement.get(...values);
  return row && { timeMs: number(row, "time_ms"), id: number(row, "id") };
}

function alongChain(reader: DatabaseSync, search: EventSearch, cmid: Uint8Array): EventPage {
  const { before, limit, stretch, eventIds, fromMs, toMs, matches } = search;
  const heads = new Set(
    reader
      .prepare(
        "SELECT last_event_id AS id FROM machine WHERE cmid = ? UNION SELECT last_event_id FROM heard_machine WHERE cmid = ?",
      )
      .all(cmid, cmid)
      .map((row) => number(row, "id")),
  );
  const read = reader.prepare("SELECT * FROM event WHERE id = ?");
  const events: StoredEvent[] = [];
  for (let looked = 0; ; ) {
    const id = Math.max(...heads);
    if (id <= 0) return { events, next: undefined };
    heads.delete(id);
    const row: Columns | undefined = read.get(id);
    // A chain ends where the log was purged.
    if (row === undefined) continue;
    heads.add(number(row, "previous_id"));
    if (before !== undefined && id >= before.id) continue;
    const event = eventOf(row);
    const isWanted = eventIds === undefined || eventIds.includes(event.eventId);
    if (isWanted && event.timeMs >= fromMs && event.timeMs < toMs && matches(event)) events.push(event);
    if (events.length === limit || ++looked === stretch) return { events, next: event };
  }
}

/** From the first and the last row: ids have no gaps, because the oldest go first and a rollback gives its ids back. */
export function logSizeOf(reader: DatabaseSync): LogSize {
  const oldest = placeOf(reader.prepare("SELECT time_ms, id FROM event ORDER BY id LIMIT 1"), []);
  const newest = placeOf(reader.prepare("SELECT time_ms, id FROM event ORDER BY id DESC LIMIT 1"), []);
  const sample: Columns | undefined = reader
    .prepare("SELECT avg(length(data)) AS bytes FROM (SELECT data FROM event ORDER BY id DESC LIMIT ?)")
    .get(SAMPLE);
  const bytes = sample?.["bytes"];
  return {
    rows: oldest === undefined || newest === undefined ? 0 : newest.id - oldest.id + 1,
    oldest,
    newest,
    bytesPerRow: typeof bytes === "number" ? Math.round(bytes) + BYTES_AROUND : 0,
  };
}
