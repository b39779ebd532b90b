import type { DatabaseSync } from "node:sqlite";
import { fromHex, toHex } from "@countersign/domain";
import type {
  HostActivationRow,
  IssuanceLogRow,
  IssuedKeyRow,
  PublisherStore,
  PublisherUnit,
} from "../publisher-store.ts";
import { bytes, type Columns, json, number, text } from "./host-rows.ts";
import { type OpenOptions, openDatabase, type Schema } from "./open-database.ts";
import { translating } from "./sqlite-fault.ts";
import { transactionsOf } from "./transact.ts";

const PUBLISHER_SCHEMA: Schema = {
  applicationId: 0x43535001,
  migrations: [
    `CREATE TABLE publisher (one INTEGER PRIMARY KEY CHECK (one = 1), publisher_id BLOB NOT NULL, name TEXT NOT NULL, service_url TEXT NOT NULL, trust BLOB NOT NULL) STRICT;
     CREATE TABLE issued_key (kid BLOB PRIMARY KEY, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
     CREATE TABLE activation (
       number INTEGER PRIMARY KEY, commitment BLOB NOT NULL UNIQUE, kid BLOB NOT NULL, host_id BLOB NOT NULL, instance_id BLOB NOT NULL, public_key BLOB NOT NULL,
       serial BLOB NOT NULL UNIQUE, previous_serial BLOB, activation_index INTEGER NOT NULL, renewal_seq INTEGER NOT NULL,
       payload BLOB NOT NULL, document BLOB, issued_ms INTEGER NOT NULL) STRICT;
     CREATE INDEX activation_kid ON activation (kid, number);
     CREATE TABLE issuance_log (number INTEGER PRIMARY KEY, time_ms INTEGER NOT NULL, kind TEXT NOT NULL, digest BLOB NOT NULL, chain BLOB NOT NULL) STRICT`,
  ],
};

/** A publisher store in one SQLite file. */
export function openSqlitePublisherStore(path: string, options: OpenOptions = {}): PublisherStore {
  const database = openDatabase(path, PUBLISHER_SCHEMA, options);
  const { writer, reader } = database;
  return {
    ...transactionsOf(database, unitOver(writer)),
    keys: async () => translating(path, () => reader.prepare("SELECT record FROM issued_key").all().map(keyOf)),
    log: async () =>
      translating(path, () => reader.prepare("SELECT * FROM issuance_log ORDER BY number").all().map(logRowOf)),
  };
}

function unitOver(writer: DatabaseSync): PublisherUnit {
  const activations = (where: string, value: Uint8Array) =>
    writer.prepare(`SELECT * FROM activation WHERE ${where} = ? ORDER BY number`).all(value).map(activationOf);
  return {
    publisher: async () => {
      const row = writer.prepare("SELECT * FROM publisher").get();
      return (
        row && {
          publisherId: bytes(row, "publisher_id"),
          name: text(row, "name"),
          serviceUrl: text(row, "service_url"),
          trust: bytes(row, "trust"),
        }
      );
    },
    savePublisher: async ({ publisherId, name, serviceUrl, trust }) => {
      writer
        .prepare(
          "INSERT OR REPLACE INTO publisher (one, publisher_id, name, service_url, trust) VALUES (1, ?, ?, ?, ?)",
        )
        .run(publisherId, name, serviceUrl, trust);
    },
    key: async (kid) => {
      const row = writer.prepare("SELECT record FROM issued_key WHERE kid = ?").get(kid);
      return row && keyOf(row);
    },
    saveKey: async (row) => {
      writer
        .prepare("INSERT OR REPLACE INTO issued_key (kid, record) VALUES (?, ?)")
        .run(row.kid, JSON.stringify(row, bytesAsHex));
    },
    activation: async (commitment) => activations("commitment", commitment)[0],
    activationBySerial: async (serial) => activations("serial", serial)[0],
    activationsOfKey: async (kid) => activations("kid", kid),
    saveActivation: async (row) => {
      writer
        .prepare(
          // A signature that arrives later must not move its row behind a younger one: the last row of a host is its newest.
          "INSERT INTO activation (commitment, kid, host_id, instance_id, public_key, serial, previous_serial, activation_index, renewal_seq, payload, document, issued_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (commitment) DO UPDATE SET document = excluded.document",
        )
        .run(
          row.commitment,
          row.kid,
          row.hostId,
          row.instanceId,
          row.publicKey,
          row.serial,
          row.previousSerial ?? null,
          row.activationIndex,
          row.renewalSeq,
          row.payload,
          row.document ?? null,
          row.issuedMs,
        );
    },
    lastLogRow: async () => {
      const row = writer.prepare("SELECT * FROM issuance_log ORDER BY number DESC LIMIT 1").get();
      return row && logRowOf(row);
    },
    appendLog: async (row) => {
      writer
        .prepare("INSERT INTO issuance_log (number, time_ms, kind, digest, chain) VALUES (?, ?, ?, ?, ?)")
        .run(row.number, row.timeMs, row.kind, row.digest, row.chain);
    },
  };
}

function activationOf(row: Columns): HostActivationRow {
  return {
    commitment: bytes(row, "commitment"),
    kid: bytes(row, "kid"),
    hostId: bytes(row, "host_id"),
    instanceId: bytes(row, "instance_id"),
    publicKey: bytes(row, "public_key"),
    serial: bytes(row, "serial"),
    previousSerial: row["previous_serial"] === null ? undefined : bytes(row, "previous_serial"),
    activationIndex: number(row, "activation_index"),
    renewalSeq: number(row, "renewal_seq"),
    payload: bytes(row, "payload"),
    document: row["document"] === null ? undefined : bytes(row, "document"),
    issuedMs: number(row, "issued_ms"),
  };
}

function logRowOf(row: Columns): IssuanceLogRow {
  return {
    number: number(row, "number"),
    timeMs: number(row, "time_ms"),
    kind: text(row, "kind"),
    digest: bytes(row, "digest"),
    chain: bytes(row, "chain"),
  };
}

function keyOf(row: Columns): IssuedKeyRow {
  return { revokedMs: undefined, ...json(row, "record", hexAsBytes) };
}

function bytesAsHex(_name: string, value: unknown): unknown {
  return value instanceof Uint8Array ? `hex:${toHex(value)}` : value;
}

function hexAsBytes(_name: string, value: unknown): unknown {
  return typeof value === "string" && value.startsWith("hex:") ? fromHex(value.slice(4)) : value;
}
