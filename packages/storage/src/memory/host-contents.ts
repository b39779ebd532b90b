import { toHex } from "@countersign/domain";
import type { StoredEvent } from "../host-event.ts";
import type { HeardMachine, KnownMachineRow, MachineKey, MachineRow, RequestCounters, SeatRow } from "../host-store.ts";

/** All rows, or what one unit wrote; an undefined value is a row that goes. */
export interface Contents {
  readonly machines: Map<string, MachineRow | undefined>;
  readonly heard: Map<string, HeardMachine | undefined>;
  /** By id; ids begin at 1 and have no gaps. */
  readonly events: Map<number, StoredEvent | undefined>;
  readonly counters: Map<number, RequestCounters>;
  readonly seats: Map<number, SeatRow>;
  readonly settings: Map<string, string | undefined>;
  clock: string | undefined;
  lastEventId: number;
  /** Events up to it have no address any more. */
  addressesDoneId: number;
}

/** A store before its first unit, or a unit before its first write. */
export function noRows(before?: Contents): Contents {
  return {
    ...{ machines: new Map(), heard: new Map(), events: new Map() },
    ...{ counters: new Map(), seats: new Map(), settings: new Map() },
    clock: undefined,
    lastEventId: before?.lastEventId ?? 0,
    addressesDoneId: before?.addressesDoneId ?? 0,
  };
}

/** What a unit wrote becomes part of the store all at once: readers see the whole of it or nothing. */
export function commit(committed: Contents, written: Contents): void {
  adopt(committed.machines, written.machines);
  adopt(committed.heard, written.heard);
  adopt(committed.events, written.events);
  adopt(committed.counters, written.counters);
  adopt(committed.seats, written.seats);
  adopt(committed.settings, written.settings);
  committed.clock = written.clock ?? committed.clock;
  committed.lastEventId = written.lastEventId;
  committed.addressesDoneId = written.addressesDoneId;
}

function adopt<Key, Value>(into: Map<Key, Value>, from: Map<Key, Value>): void {
  for (const [key, value] of from) {
    if (value === undefined) into.delete(key);
    else into.set(key, value);
  }
}

/** The rows that are there, those of a unit above those committed. */
export function* rowsOf<Key, Row>(
  committed: ReadonlyMap<Key, Row | undefined>,
  written: ReadonlyMap<Key, Row | undefined> = new Map(),
): Iterable<Row> {
  for (const [key, row] of committed) if (row !== undefined && !written.has(key)) yield row;
  for (const row of written.values()) if (row !== undefined) yield row;
}

/** One row, as a unit sees it. */
export function rowOf<Key, Row>(key: Key, committed: Map<Key, Row>, written: Map<Key, Row>): Row | undefined {
  return written.has(key) ? written.get(key) : committed.get(key);
}

/** The name of one machine and product of one seat. */
export function nameOf({ seat, productId, cmid }: MachineKey): string {
  return `${seat}/${productId}/${toHex(cmid)}`;
}

/** Machines from one CMID to another, in the order of their CMIDs, those with a row first and only once. */
export function knownRows(
  { machines, heard }: Pick<Contents, "machines" | "heard">,
  { after, limit }: { readonly after: Uint8Array | undefined; readonly limit: number },
): readonly KnownMachineRow[] {
  const known = new Map<string, KnownMachineRow>();
  for (const { seat, cmid, productId, clientName, address, timeMs } of rowsOf(heard)) {
    const row = { seat, cmid, productId, clientName, address, lastSeenMs: timeMs, hasRow: false };
    known.set(nameOf(row), row);
  }
  for (const { seat, cmid, productId, clientName, address, lastSeenMs } of rowsOf(machines)) {
    const row = { seat, cmid, productId, clientName, address, lastSeenMs, hasRow: true };
    known.set(nameOf(row), row);
  }
  const from = after === undefined ? "" : toHex(after);
  const order = ({ cmid, seat, productId }: KnownMachineRow) =>
    `${toHex(cmid)} ${[seat, productId].map((part) => String(part).padStart(12)).join()}`;
  const rest = [...known.values()]
    .filter(({ cmid }) => toHex(cmid) > from)
    .sort((a, b) => (order(a) < order(b) ? -1 : 1));
  const last = rest[limit - 1];
  return last === undefined ? rest : rest.filter(({ cmid }) => toHex(cmid) <= toHex(last.cmid));
}
