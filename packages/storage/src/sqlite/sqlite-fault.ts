import { accessSync, constants } from "node:fs";
import { dirname } from "node:path";
import { StoreFault, type StoreFaultReason } from "../store-fault.ts";

/** SQLite's result codes that mean something to an administrator; an extended one is told apart from its primary. */
const REASONS: Readonly<Record<number, StoreFaultReason>> = {
  5: "locked",
  6: "locked",
  8: "read-only",
  11: "corrupt",
  13: "full",
  26: "corrupt",
  // SQLITE_IOERR_SHMSIZE: no room for the index of the log, which is made at the start.
  4874: "full",
};
const CANNOT_OPEN = 14;
/** What the driver says of a connection that was closed. */
const CLOSED = "ERR_INVALID_STATE";

const REMEDIES: Readonly<Record<StoreFaultReason, string>> = {
  locked: "stop the other process, or use its admin socket",
  full: "free space on the disk of the data directory; nothing accepted was lost",
  "read-only": "make the data directory writable for this user",
  corrupt: "restore a backup; the file was not changed",
  behind: "start the service once; it brings its store up to date",
  newer: "run the newer version, or restore the backup made before the upgrade",
  failed: "look at the disk and the system's log",
};

/** The driver's error as the port's outcome; anything else is passed on as it is. */
export function storeFaultOf(error: unknown, path: string): unknown {
  if (!(error instanceof Error)) return error;
  if ((error as NodeJS.ErrnoException).code === CLOSED) return storeFault("failed", `${path}: ${error.message}`, error);
  const code = (error as { readonly errcode?: number }).errcode;
  if (code === undefined) return error;
  if ((code & 0xff) === CANNOT_OPEN) return cannotOpen(error, path);
  const reason = REASONS[code] ?? REASONS[code & 0xff] ?? "failed";
  return storeFault(reason, `${path}: ${error.message}`, error);
}

/** SQLite does not say why a file could not be opened; the directory does. */
function cannotOpen(error: Error, path: string): StoreFault {
  try {
    accessSync(dirname(path), constants.W_OK);
    return storeFault("failed", `${path}: ${error.message}`, error);
  } catch (why) {
    const code = (why as NodeJS.ErrnoException).code ?? "";
    const reason = code === "EROFS" || code === "EACCES" || code === "EPERM" ? "read-only" : "failed";
    return storeFault(reason, `${path}: ${error.message} (${code})`, error);
  }
}

/** A fault with the remedy its reason has. */
export function storeFault(reason: StoreFaultReason, message: string, cause?: unknown): StoreFault {
  return new StoreFault(reason, message, REMEDIES[reason], { cause });
}

/** Runs `work`, translating what the driver throws. */
export function translating<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storeFaultOf(error, path);
  }
}
