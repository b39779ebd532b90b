import type { SQLOutputValue } from "node:sqlite";
import type { Exchange, MachineRow, SeatRow } from "../host-store.ts";
import type { StoreFault } from "../store-fault.ts";
import { storeFault } from "./sqlite-fault.ts";

/** A row as the driver gives it. */
export type Columns = Record<string, SQLOutputValue>;

/** Columns of `machine`, in the order of machineValues. */
export const MACHINE_COLUMNS = [
  "cmid",
  "seat",
  "product_id",
  "application_id",
  "required_count",
  "counted",
  "last_seen_ms",
  "first_seen_ms",
  "seq",
  "components",
  "last_nonce",
  "last_request_hash",
  "statement_type",
  "statement",
  "statement_issued_ms",
  "resync_times",
  "event_row_id",
  "last_event_id",
  "client_name",
  "address",
  "resync_nonce",
  "resync_request_hash",
  "resync_statement_type",
  "resync_statement",
  "resync_statement_issued_ms",
  "resync_event_row_id",
] as const;

/** The values of one machine, in the order of MACHINE_COLUMNS. */
export function machineValues(row: MachineRow) {
  return [
    row.cmid,
    row.seat,
    row.productId,
    row.applicationId,
    row.requiredCount,
    row.counted ? 1 : 0,
    row.lastSeenMs,
    row.firstSeenMs,
    row.seq,
    row.components,
    row.lastNonce,
    row.lastRequestHash,
    row.statementType,
    row.statement,
    row.statementIssuedMs,
    row.resyncTimesMs.join(","),
    row.eventRowId,
    row.lastEventId,
    row.clientName,
    row.address,
    row.resync?.nonce ?? null,
    row.resync?.requestHash ?? null,
    row.resync?.statementType ?? null,
    row.resync?.statement ?? null,
    row.resync?.statementIssuedMs ?? null,
    row.resync?.eventRowId ?? null,
  ];
}

/** One machine read. */
export function machineOf(row: Columns): MachineRow {
  const resyncs = text(row, "resync_times");
  return {
    cmid: bytes(row, "cmid"),
    seat: number(row, "seat"),
    productId: number(row, "product_id"),
    applicationId: bytes(row, "application_id"),
    requiredCount: number(row, "required_count"),
    counted: number(row, "counted") === 1,
    lastSeenMs: number(row, "last_seen_ms"),
    firstSeenMs: number(row, "first_seen_ms"),
    seq: number(row, "seq"),
    components: bytes(row, "components"),
    lastNonce: bytes(row, "last_nonce"),
    lastRequestHash: bytes(row, "last_request_hash"),
    statementType: number(row, "statement_type"),
    statement: bytes(row, "statement"),
    statementIssuedMs: number(row, "statement_issued_ms"),
    resyncTimesMs: resyncs === "" ? [] : resyncs.split(",").map(Number),
    eventRowId: number(row, "event_row_id"),
    lastEventId: number(row, "last_event_id"),
    clientName: text(row, "client_name"),
    address: text(row, "address"),
    resync: resyncOf(row),
  };
}

function resyncOf(row: Columns): Exchange | undefined {
  const nonce = optionalBytes(row, "resync_nonce");
  return (
    nonce && {
      nonce,
      requestHash: bytes(row, "resync_request_hash"),
      statementType: number(row, "resync_statement_type"),
      statement: bytes(row, "resync_statement"),
      statementIssuedMs: number(row, "resync_statement_issued_ms"),
      eventRowId: number(row, "resync_event_row_id"),
    }
  );
}

/** Columns of `seat`, in the order of seatValues. */
export const SEAT_COLUMNS = [
  "seat",
  "publisher_id",
  "trust",
  "kid",
  "key_group",
  "last_five",
  "certificate",
  "public_key",
  "context_hash",
  "activation_request",
] as const;

/** The values of one seat, in the order of SEAT_COLUMNS. */
export function seatValues({ seat, publisherId, trust, key, certificate, activationRequest }: SeatRow) {
  return [
    seat,
    publisherId,
    trust,
    key?.kid ?? null,
    key?.keyGroup ?? null,
    key?.lastFive ?? null,
    certificate?.document ?? null,
    certificate?.publicKey ?? null,
    certificate?.contextHash ?? null,
    activationRequest ?? null,
  ];
}

/** One publisher's seat read. */
export function seatOf(row: Columns): SeatRow {
  const kid = optionalBytes(row, "kid");
  const document = optionalBytes(row, "certificate");
  return {
    seat: number(row, "seat"),
    publisherId: bytes(row, "publisher_id"),
    trust: bytes(row, "trust"),
    key: kid && { kid, keyGroup: number(row, "key_group"), lastFive: text(row, "last_five") },
    certificate: document && { document, publicKey: bytes(row, "public_key"), contextHash: bytes(row, "context_hash") },
    activationRequest: optionalBytes(row, "activation_request"),
  };
}

/** A blob column; a column of another type means a damaged row. */
export function bytes(row: Columns, column: string): Uint8Array {
  const value = row[column];
  if (!(value instanceof Uint8Array)) throw damaged("bytes", column, value);
  return value;
}

/** An integer column. */
export function number(row: Columns, column: string): number {
  const value = row[column];
  if (typeof value !== "number") throw damaged("a number", column, value);
  return value;
}

/** A text column. */
export function text(row: Columns, column: string): string {
  const value = row[column];
  if (typeof value !== "string") throw damaged("text", column, value);
  return value;
}

/** A text column that holds JSON. */
export function json(row: Columns, column: string, revive?: (name: string, value: unknown) => unknown) {
  const value = text(row, column);
  try {
    return JSON.parse(value, revive);
  } catch {
    throw damaged("JSON", column, value);
  }
}

function damaged(expected: string, column: string, found: unknown): StoreFault {
  return storeFault(
    "corrupt",
    `expected ${expected} in column ${column}, found ${found === null ? "nothing" : typeof found}`,
  );
}

/** A blob column that may be empty. */
export function optionalBytes(row: Columns, column: string): Uint8Array | undefined {
  return row[column] === null ? undefined : bytes(row, column);
}
