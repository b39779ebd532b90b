import { existsSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { StoreFault } from "../store-fault.ts";
import { storeFaultOf, translating } from "./sqlite-fault.ts";

/** Locks that are held. Only `release` or the end of the process lets go of one: garbage collection closes what nobody keeps. */
const held = new Set<DatabaseSync>();

/**
 * Holds a store for one process. A transaction that is never committed on a database of its own is a lock of the
 * operating system's: a process that is killed lets go of it, a file made with O_EXCL would stay. Nothing is written,
 * not even a journal: on a full disk the lock must still tell a store in use from a store without room.
 */
export function lockStore(path: string): { release(): void } {
  const database = translating(path, () => new DatabaseSync(`${path}.lock`, { timeout: 0 }));
  try {
    database.exec("PRAGMA journal_mode=MEMORY; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    const fault = storeFaultOf(error, path);
    throw fault instanceof StoreFault && fault.reason === "locked" ? inUse(path, error) : fault;
  }
  return keep(database);
}

/**
 * Holds a store for whoever only looks: others may look too, nobody may write. The lock's file is not made where it is
 * not there, because nothing may change: such a store was never begun on this disk, or is a copy.
 */
export function shareStore(path: string): { release(): void } {
  const lock = `${path}.lock`;
  if (!existsSync(lock)) return { release: () => undefined };
  return translating(lock, () => {
    const database = new DatabaseSync(lock, { readOnly: true, timeout: 0 });
    try {
      database.exec("BEGIN; SELECT count(*) FROM sqlite_schema");
    } catch (error) {
      database.close();
      const fault = storeFaultOf(error, path);
      throw fault instanceof StoreFault && fault.reason === "locked" ? inUse(path, error) : fault;
    }
    return keep(database);
  });
}

function keep(database: DatabaseSync): { release(): void } {
  held.add(database);
  return {
    release() {
      held.delete(database);
      database.close();
    },
  };
}

function inUse(path: string, cause: unknown): StoreFault {
  return new StoreFault(
    "locked",
    `expected ${path} to be free, found it open in another process`,
    "stop that process, or use its admin socket",
    { cause },
  );
}
