import { DatabaseSync } from "node:sqlite";
import { StoreFault } from "../store-fault.ts";

/**
 * Holds a store for one process. A transaction that is never committed on a database of its own is a lock of the
 * operating system's: a process that is killed lets go of it, a file made with O_EXCL would stay.
 */
export function lockStore(path: string): { release(): void } {
  const database = new DatabaseSync(`${path}.lock`, { timeout: 0 });
  try {
    database.exec("PRAGMA journal_mode=DELETE; BEGIN EXCLUSIVE");
  } catch (error) {
    database.close();
    throw new StoreFault(
      "locked",
      `expected ${path} to be free, found it open in another process`,
      "stop that process, or use its admin socket",
      { cause: error },
    );
  }
  return { release: () => database.close() };
}
