import { accessSync, constants, existsSync, statSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { knownVersion, type Schema } from "./open-database.ts";
import { storeFault, translating } from "./sqlite-fault.ts";
import { shareStore } from "./store-lock.ts";

/** A store that is only looked at. While it is open no process opens it for writing. */
export interface ReadDatabase {
  readonly reader: DatabaseSync;
  close(): void;
}

/**
 * Opens without a trace: no file is made, none is written, and nothing is brought up to date.
 * StoreFault "locked", "corrupt", "newer", "behind" or "failed".
 */
export function openDatabaseForReading(path: string, schema: Schema): ReadDatabase {
  const opened: { close(): void }[] = [];
  const close = () => {
    for (const connection of opened.splice(0).reverse()) connection.close();
  };
  try {
    mayBeRead(path);
    const lock = shareStore(path);
    opened.push({ close: lock.release });
    return translating(path, () => {
      const reader = new DatabaseSync(addressOf(path), { readOnly: true });
      opened.push(reader);
      const version = knownVersion(reader, path, schema);
      if (version < schema.migrations.length)
        throw storeFault("behind", `${path}: expected version ${schema.migrations.length}, found ${version}`);
      return { reader, close };
    });
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * A store that ended in order is its file alone, and `immutable` reads it without the two files SQLite would make beside
 * it. One whose process was killed has a log that holds commits of its own: with `readonly_shm` its index is read, or
 * made in memory where it is out of date; the file of the index has to be there for that.
 */
function addressOf(path: string): URL {
  const address = pathToFileURL(path);
  if (!hasLog(path)) {
    address.search = "?immutable=1";
    return address;
  }
  if (!existsSync(`${path}-shm`))
    throw storeFault("behind", `${path}-wal: expected the index ${path}-shm beside it, found none`);
  address.search = "?mode=ro&readonly_shm=1";
  return address;
}

function hasLog(path: string): boolean {
  return (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

/** Said in the system's words: SQLite would only say that it could not open the file. */
function mayBeRead(path: string): void {
  try {
    accessSync(path, constants.R_OK);
  } catch (error) {
    throw storeFault("failed", `${path}: ${(error as NodeJS.ErrnoException).code ?? String(error)}`, error);
  }
}
