import type { Schema } from "./open-database.ts";

/** Tables of a host. A machine is one row without a secondary index: an activation then writes one random page. */
export const HOST_SCHEMA: Schema = {
  applicationId: 0x43534801,
  migrations: [
    `CREATE TABLE identity (host_id BLOB NOT NULL, instance_id BLOB NOT NULL) STRICT;
     CREATE TABLE machine (
       cmid BLOB NOT NULL, seat INTEGER NOT NULL, product_id INTEGER NOT NULL, application_id BLOB NOT NULL,
       required_count INTEGER NOT NULL, counted INTEGER NOT NULL, last_seen_ms INTEGER NOT NULL, first_seen_ms INTEGER NOT NULL,
       seq INTEGER NOT NULL, components BLOB NOT NULL, last_nonce BLOB NOT NULL, last_request_hash BLOB NOT NULL,
       statement_type INTEGER NOT NULL, statement BLOB NOT NULL, statement_issued_ms INTEGER NOT NULL,
       resync_times TEXT NOT NULL, event_row_id INTEGER NOT NULL, client_name TEXT NOT NULL, address TEXT NOT NULL,
       PRIMARY KEY (cmid, seat, product_id)) STRICT, WITHOUT ROWID;
     CREATE TABLE event (
       id INTEGER PRIMARY KEY AUTOINCREMENT, time_ms INTEGER NOT NULL, event_id INTEGER NOT NULL, seat INTEGER NOT NULL,
       request_id BLOB, cmid BLOB, data TEXT NOT NULL, repeats INTEGER NOT NULL DEFAULT 0) STRICT;
     CREATE TABLE request_counter (
       seat INTEGER PRIMARY KEY, total INTEGER NOT NULL, failed INTEGER NOT NULL, by_status TEXT NOT NULL) STRICT;
     CREATE TABLE seat (
       seat INTEGER PRIMARY KEY, publisher_id BLOB NOT NULL, trust BLOB NOT NULL, kid BLOB, key_group INTEGER, last_five TEXT,
       certificate BLOB, public_key BLOB, context_hash BLOB) STRICT;
     CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
     CREATE TABLE clock (one INTEGER PRIMARY KEY CHECK (one = 1), record TEXT NOT NULL) STRICT`,
    `ALTER TABLE seat ADD COLUMN activation_request BLOB;
     ALTER TABLE machine ADD COLUMN resync_nonce BLOB;
     ALTER TABLE machine ADD COLUMN resync_request_hash BLOB;
     ALTER TABLE machine ADD COLUMN resync_statement_type INTEGER;
     ALTER TABLE machine ADD COLUMN resync_statement BLOB;
     ALTER TABLE machine ADD COLUMN resync_statement_issued_ms INTEGER;
     ALTER TABLE machine ADD COLUMN resync_event_row_id INTEGER`,
    // Events of one machine become a chain whose head is in its row: an index by CMID would cost each activation a random
    // page. What was written before is chained by machine, and the index that finds it goes again.
    `ALTER TABLE event ADD COLUMN previous_id INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE machine ADD COLUMN last_event_id INTEGER NOT NULL DEFAULT 0;
     ALTER TABLE request_counter ADD COLUMN failed_by_reason TEXT NOT NULL DEFAULT '{}';
     UPDATE request_counter SET failed_by_reason = json_object('', failed) WHERE failed > 0;
     CREATE TABLE heard_machine (
       cmid BLOB NOT NULL, seat INTEGER NOT NULL, product_id INTEGER NOT NULL, client_name TEXT NOT NULL,
       address TEXT NOT NULL, last_seen_ms INTEGER NOT NULL, last_event_id INTEGER NOT NULL,
       PRIMARY KEY (cmid, seat, product_id)) STRICT, WITHOUT ROWID;
     CREATE TABLE address_purge (one INTEGER PRIMARY KEY CHECK (one = 1), done_id INTEGER NOT NULL) STRICT;
     INSERT INTO address_purge VALUES (1, 0);
     CREATE INDEX event_time ON event (time_ms);
     CREATE INDEX event_rare ON event (time_ms) WHERE event_id <> 12290;
     CREATE INDEX event_machine ON event (cmid, seat) WHERE cmid IS NOT NULL;
     UPDATE event SET previous_id = chain.previous FROM (
       SELECT id, lag(id, 1, 0) OVER (PARTITION BY cmid, seat ORDER BY id) AS previous FROM event WHERE cmid IS NOT NULL
       ) AS chain WHERE chain.id = event.id;
     UPDATE machine SET last_event_id = coalesce(
       (SELECT max(id) FROM event WHERE event.cmid = machine.cmid AND event.seat = machine.seat), 0);
     INSERT INTO heard_machine
       SELECT cmid, seat, 0, '', '', max(time_ms), max(id) FROM event
       WHERE cmid IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM machine WHERE machine.cmid = event.cmid AND machine.seat = event.seat)
       GROUP BY cmid, seat;
     DROP INDEX event_machine`,
  ],
};
