import type { DatabaseSync } from "node:sqlite";
import type { RandomBytes } from "@countersign/domain";
import type { CountRows, HostIdentity, HostStore, HostUnit } from "../host-store.ts";
import { inTurn } from "../in-turn.ts";
import { sumOfRequests } from "../request-counters.ts";
import { eventWriter } from "./event-rows.ts";
import { countersOf, readingsOf } from "./host-readings.ts";
import {
  bytes,
  type Columns,
  MACHINE_COLUMNS,
  machineOf,
  machineValues,
  number,
  SEAT_COLUMNS,
  seatValues,
} from "./host-rows.ts";
import { HOST_SCHEMA } from "./host-schema.ts";
import { type OpenDatabase, type OpenOptions, openDatabase } from "./open-database.ts";
import { openDatabaseForReading } from "./read-database.ts";
import { forgetEventAddresses, moveContacts, noteMachines, purgeEvents, purgeMachines } from "./retention.ts";
import { storeFault, storeFaultOf, translating } from "./sqlite-fault.ts";
import { transactionsOf } from "./transact.ts";

/** A host store in one SQLite file: WAL, synchronous=FULL, one writing process. See HostStore for its promises. */
export function openSqliteHostStore(path: string, random: RandomBytes, options: OpenOptions = {}): HostStore {
  const database = openDatabase(path, HOST_SCHEMA, options);
  const { reader } = database;
  const [identity, unit] = startedOn(database, random);
  return {
    identity,
    ...transactionsOf(database, unit),
    ...readingsOf(reader, path),
  };
}

/**
 * The same file, only looked at: nothing of it or beside it changes, and a unit that writes rejects with StoreFault
 * "read-only". A store that a start would have to bring up to date is refused (StoreFault "behind").
 */
export function openSqliteHostStoreForReading(path: string): HostStore {
  const { reader, close } = openDatabaseForReading(path, HOST_SCHEMA);
  const turn = inTurn();
  try {
    const identity = translating(path, () => knownIdentity(reader));
    if (identity === undefined) throw storeFault("corrupt", `${path}: expected the identity of a host, found none`);
    const unit = unitOver(reader);
    return {
      identity,
      ...readingsOf(reader, path),
      transact: (work) =>
        turn(() =>
          work(unit).catch((error) => {
            throw storeFaultOf(error, path);
          }),
        ),
      close: () => turn(async () => close()),
    };
  } catch (fault) {
    close();
    throw fault;
  }
}

/** A store that cannot be begun is let go of again. */
function startedOn({ writer, path, close }: OpenDatabase, random: RandomBytes): [HostIdentity, HostUnit] {
  try {
    return translating(path, () => [identityOf(writer, random), unitOver(writer)]);
  } catch (fault) {
    close();
    throw fault;
  }
}

/** The statements of a unit, prepared once: they stand on the path of every activation. */
function unitOver(writer: DatabaseSync): HostUnit {
  const loadMachine = writer.prepare("SELECT * FROM machine WHERE cmid = ? AND seat = ? AND product_id = ?");
  const saveMachine = writer.prepare(
    `INSERT OR REPLACE INTO machine (${MACHINE_COLUMNS.join()}) VALUES (${MACHINE_COLUMNS.map(() => "?").join()})`,
  );
  const heardLast = writer.prepare(
    "SELECT last_event_id FROM heard_machine WHERE cmid = ? AND seat = ? AND product_id = ?",
  );
  const addEvents = eventWriter(writer);
  const addRepeat = writer.prepare("UPDATE event SET repeats = repeats + 1 WHERE id = ?");
  const saveCounters = writer.prepare(
    "INSERT OR REPLACE INTO request_counter (seat, total, failed, failed_by_reason, by_status) VALUES (?, ?, ?, ?, ?)",
  );
  const saveSeat = writer.prepare(
    `INSERT OR REPLACE INTO seat (${SEAT_COLUMNS.join()}) VALUES (${SEAT_COLUMNS.map(() => "?").join()})`,
  );
  const saveClock = writer.prepare("INSERT OR REPLACE INTO clock (one, record) VALUES (1, ?)");
  return {
    loadMachines: async (keys) =>
      keys.map(({ cmid, seat, productId }) => {
        const row = loadMachine.get(cmid, seat, productId);
        return row && machineOf(row);
      }),
    lastEvents: async (keys) =>
      keys.map(({ cmid, seat, productId }) => {
        const row = heardLast.get(cmid, seat, productId);
        return row === undefined ? 0 : number(row, "last_event_id");
      }),
    saveMachines: async (rows) => {
      for (const row of rows) saveMachine.run(...machineValues(row));
    },
    countRows: async (seat, applicationId, sinceMs, limit) =>
      countRowsOf(writer, { seat, applicationId, sinceMs, limit }),
    appendEvents: async (events) => addEvents(events),
    addRepeats: async (ids) => {
      for (const id of ids) addRepeat.run(id);
    },
    noteMachines: async (heard) => noteMachines(writer, heard),
    moveContacts: async (move) => moveContacts(writer, move),
    purgeEvents: async (bound) => purgeEvents(writer, bound),
    forgetEventAddresses: async (beforeMs, limit) => forgetEventAddresses(writer, beforeMs, limit),
    purgeMachines: async (bound) => purgeMachines(writer, bound),
    addRequests: async (seat, delta) => {
      const { total, failed, failedByReason, byStatus } = sumOfRequests(countersOf(writer, seat), delta);
      saveCounters.run(seat, total, failed, JSON.stringify(failedByReason), byStatus.join());
    },
    saveClock: async (record) => {
      saveClock.run(record);
    },
    saveSeat: async (row) => {
      saveSeat.run(...seatValues(row));
    },
    saveSetting: async (name, value) => {
      if (value === undefined) writer.prepare("DELETE FROM setting WHERE name = ?").run(name);
      else writer.prepare("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)").run(name, value);
    },
  };
}

function countRowsOf(
  database: DatabaseSync,
  {
    seat,
    applicationId,
    sinceMs,
    limit,
  }: { readonly seat: number; readonly applicationId: Uint8Array; readonly sinceMs: number; readonly limit: number },
): CountRows {
  const where = "FROM machine WHERE seat = ? AND application_id = ? AND counted = 1 AND last_seen_ms > ?";
  const required = database.prepare(
    `SELECT required_count, max(last_seen_ms) AS last_seen_ms ${where} GROUP BY required_count`,
  );
  const machines = database.prepare(
    `SELECT cmid, max(last_seen_ms) AS last_seen_ms ${where} GROUP BY cmid ORDER BY last_seen_ms DESC LIMIT ?`,
  );
  return {
    required: required
      .all(seat, applicationId, sinceMs)
      .map((row) => ({ requiredCount: number(row, "required_count"), lastSeenMs: number(row, "last_seen_ms") })),
    machines: machines
      .all(seat, applicationId, sinceMs, limit)
      .map((row) => ({ cmid: bytes(row, "cmid"), lastSeenMs: number(row, "last_seen_ms") })),
  };
}

function identityOf(writer: DatabaseSync, random: RandomBytes): HostIdentity {
  const known = knownIdentity(writer);
  if (known !== undefined) return known;
  const identity = { hostId: random(16), instanceId: random(16) };
  writer.prepare("INSERT INTO identity (host_id, instance_id) VALUES (?, ?)").run(identity.hostId, identity.instanceId);
  return identity;
}

function knownIdentity(database: DatabaseSync): HostIdentity | undefined {
  const row: Columns | undefined = database.prepare("SELECT host_id, instance_id FROM identity").get();
  return row && { hostId: bytes(row, "host_id"), instanceId: bytes(row, "instance_id") };
}
