import type { DatabaseSync } from "node:sqlite";
import { EVENTS, placeOfField } from "@countersign/domain";
import type { EventBound } from "../host-event.ts";
import type { ContactMove, HeardMachine, KnownMachineRow, MachineBound, MachinePurge } from "../host-store.ts";
import { bytes, type Columns, number, text } from "./host-rows.ts";

const HEARD_COLUMNS = "cmid, seat, product_id, client_name, address, last_seen_ms, last_event_id";

/** The head of a chain goes into the machine's row where there is one. */
export function noteMachines(writer: DatabaseSync, heard: readonly HeardMachine[]): void {
  const update = writer.prepare("UPDATE machine SET last_event_id = ? WHERE cmid = ? AND seat = ? AND product_id = ?");
  const insert = writer.prepare(`INSERT OR REPLACE INTO heard_machine (${HEARD_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)`);
  for (const { cmid, seat, productId, clientName, address, timeMs, eventRowId } of heard) {
    if (Number(update.run(eventRowId, cmid, seat, productId).changes) > 0) continue;
    insert.run(cmid, seat, productId, clientName, address, timeMs, eventRowId);
  }
}

/** Contacts that move with guarded time. */
export function moveContacts(writer: DatabaseSync, { fromMs, byMs, latestMs }: ContactMove): void {
  for (const table of ["machine", "heard_machine"]) {
    writer
      .prepare(`UPDATE ${table} SET last_seen_ms = min(last_seen_ms + ?, ?) WHERE last_seen_ms >= ?`)
      .run(byMs, latestMs, fromMs);
  }
}

/** The oldest rows, as far as they are too old or too many. */
export function purgeEvents(writer: DatabaseSync, { beforeMs, rows, limit }: EventBound): number {
  const newest: Columns | undefined = writer.prepare("SELECT max(id) AS id FROM event").get();
  const last = newest?.["id"];
  if (typeof last !== "number") return 0;
  const oldest = writer.prepare("SELECT id, time_ms FROM event ORDER BY id LIMIT ?").all(limit);
  // Ids ascend in the order of commit: the first that may stay ends it, so that no gap appears.
  const staying = oldest.findIndex((row) => number(row, "time_ms") >= beforeMs && number(row, "id") > last - rows);
  const gone = oldest.at(staying < 0 ? -1 : staying - 1);
  if (gone === undefined || staying === 0) return 0;
  return Number(writer.prepare("DELETE FROM event WHERE id <= ?").run(number(gone, "id")).changes);
}

const ADDRESSED = Object.values(EVENTS).flatMap(({ id }) => {
  const place = placeOfField(id, "address");
  return place === undefined ? [] : [{ id, place }];
});
/** Lists have it by place, rows of version 1 by name: a path that is not there is left alone. */
const FORGET_ADDRESS = `UPDATE event SET data = json_replace(data, '$.address', '', '$[' || CASE event_id ${ADDRESSED.map(
  ({ id, place }) => `WHEN ${id} THEN ${place}`,
).join(" ")} END || ']', '') WHERE id > ? AND id <= ? AND event_id IN (${ADDRESSED.map(({ id }) => id).join()})`;

/** Goes on from where it ended, so that no row is looked at twice. */
export function forgetEventAddresses(writer: DatabaseSync, beforeMs: number, limit: number): number {
  const done = number(writer.prepare("SELECT done_id FROM address_purge").get() ?? {}, "done_id");
  const next = writer.prepare("SELECT id, time_ms FROM event WHERE id > ? ORDER BY id LIMIT ?").all(done, limit);
  const young = next.findIndex((row) => number(row, "time_ms") >= beforeMs);
  const count = young < 0 ? next.length : young;
  const last = next[count - 1];
  if (last === undefined) return 0;
  writer.prepare(FORGET_ADDRESS).run(done, number(last, "id"));
  writer.prepare("UPDATE address_purge SET done_id = ?").run(number(last, "id"));
  return count;
}

/** One stretch of both tables, from one CMID to another. */
export function purgeMachines(writer: DatabaseSync, bound: MachineBound): MachinePurge {
  const { countedSinceMs, knownSinceMs, addressSinceMs, limit } = bound;
  const after = bound.after ?? new Uint8Array();
  const end = endOfStretch(writer, after, limit);
  const stretch = end === undefined ? [after] : [after, end];
  const within = `WHERE cmid > ? ${end === undefined ? "" : "AND cmid <= ?"}`;
  const run = (statement: string, ...values: (number | Uint8Array)[]) =>
    Number(writer.prepare(statement).run(...values).changes);
  run(
    `INSERT OR REPLACE INTO heard_machine (${HEARD_COLUMNS}) SELECT ${HEARD_COLUMNS} FROM machine ${within} AND last_seen_ms < ?`,
    ...[...stretch, countedSinceMs],
  );
  const uncounted = run(`DELETE FROM machine ${within} AND last_seen_ms < ?`, ...stretch, countedSinceMs);
  const forgotten = run(`DELETE FROM heard_machine ${within} AND last_seen_ms < ?`, ...stretch, knownSinceMs);
  for (const table of ["machine", "heard_machine"]) {
    run(
      `UPDATE ${table} SET address = '' ${within} AND last_seen_ms < ? AND address <> ''`,
      ...[...stretch, addressSinceMs],
    );
  }
  return { uncounted, forgotten, after: end };
}

/** Both tables, in the order of the CMIDs; a machine with a row is not also only heard of. */
export function knownMachines(
  reader: DatabaseSync,
  { after = new Uint8Array(), limit }: { readonly after: Uint8Array | undefined; readonly limit: number },
): readonly KnownMachineRow[] {
  const end = endOfStretch(reader, after, limit);
  const within = `WHERE cmid > ? ${end === undefined ? "" : "AND cmid <= ?"}`;
  const stretch = end === undefined ? [after] : [after, end];
  const columns = "cmid, seat, product_id, client_name, address, last_seen_ms";
  const rows = reader
    .prepare(
      `SELECT ${columns}, 1 AS has_row FROM machine ${within}
       UNION ALL SELECT ${columns}, 0 FROM heard_machine AS heard ${within} AND NOT EXISTS (
         SELECT 1 FROM machine WHERE cmid = heard.cmid AND seat = heard.seat AND product_id = heard.product_id)
       ORDER BY cmid, seat, product_id`,
    )
    .all(...stretch, ...stretch);
  return rows.map(knownMachineOf);
}

/** One machine and product as it is known; `has_row` says from which table. */
export function knownMachineOf(row: Columns): KnownMachineRow {
  return {
    cmid: bytes(row, "cmid"),
    seat: number(row, "seat"),
    productId: number(row, "product_id"),
    clientName: text(row, "client_name"),
    address: text(row, "address"),
    lastSeenMs: number(row, "last_seen_ms"),
    hasRow: number(row, "has_row") === 1,
  };
}

/** The CMID with which a stretch of about `limit` rows ends; undefined when no more than that is left. */
export function endOfStretch(database: DatabaseSync, after: Uint8Array, limit: number): Uint8Array | undefined {
  const ends = ["machine", "heard_machine"].flatMap((table) => {
    const query = `SELECT cmid FROM ${table} WHERE cmid > ? ORDER BY cmid LIMIT 1 OFFSET ?`;
    const row: Columns | undefined = database.prepare(query).get(after, limit - 1);
    return row === undefined ? [] : [bytes(row, "cmid")];
  });
  return ends.sort((a, b) => Buffer.compare(a, b))[0];
}
