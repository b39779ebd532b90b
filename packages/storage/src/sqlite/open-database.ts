import { DatabaseSync } from "node:sqlite";
import { storeFault, translating } from "./sqlite-fault.ts";
import { lockStore } from "./store-lock.ts";

/** What a store of ours is: a mark in the file's header and the steps that made its tables, in order, never changed. */
export interface Schema {
  /** `PRAGMA application_id`: tells our files from others'. */
  readonly applicationId: number;
  /** Migration n brings version n to n + 1. Forward only. */
  readonly migrations: readonly string[];
}

/** An open store: one connection writes, one reads what is committed. */
export interface OpenDatabase {
  readonly writer: DatabaseSync;
  readonly reader: DatabaseSync;
  readonly path: string;
  close(): void;
}

/** Options that tests use to meet a real full disk. */
export interface OpenOptions {
  /** Most pages the file may have: beyond it SQLite reports a full disk. */
  readonly maxPages?: number;
}

/** Locks, checks, migrates. StoreFault "locked", "corrupt", "newer", "read-only" or "full"; a refused file is not changed. */
export function openDatabase(path: string, schema: Schema, options: OpenOptions = {}): OpenDatabase {
  const lock = lockStore(path);
  const opened: { close(): void }[] = [];
  const close = () => {
    for (const connection of opened.splice(0).reverse()) connection.close();
    lock.release();
  };
  try {
    return translating(path, () => {
      const writer = new DatabaseSync(path);
      opened.push(writer);
      migrate(writer, path, schema);
      // SQLite opens what it may only read without a word; the first who asks must not be the one to find out.
      writer.exec(`BEGIN IMMEDIATE; PRAGMA user_version=${schema.migrations.length}; ROLLBACK`);
      // FULL: a lease whose row is lost in a power failure would later look like a clone (protocol.md §8.3). A checkpoint
      // holds up whoever waits for the batch it falls into: after 64 MiB of log that is fewer than one request in a hundred.
      writer.exec(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=16000",
      );
      if (options.maxPages !== undefined) writer.exec(`PRAGMA max_page_count=${Math.trunc(options.maxPages)}`);
      const reader = new DatabaseSync(path, { readOnly: true });
      opened.push(reader);
      return { writer, reader, path, close };
    });
  } catch (error) {
    close();
    throw error;
  }
}

function migrate(database: DatabaseSync, path: string, schema: Schema): void {
  const { applicationId, migrations } = schema;
  const version = knownVersion(database, path, schema);
  for (const [from, statements] of migrations.entries()) {
    if (from < version) continue;
    database.exec(
      `BEGIN IMMEDIATE; ${statements}; PRAGMA application_id=${applicationId}; PRAGMA user_version=${from + 1}; COMMIT`,
    );
  }
}

/** 0 = an empty file. StoreFault "corrupt" for a file that is none of ours or damaged, "newer" for one of a later version. */
export function knownVersion(database: DatabaseSync, path: string, { applicationId, migrations }: Schema): number {
  const version = pragma(database, "user_version");
  const mark = pragma(database, "application_id");
  const objects = Number(database.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.["n"] ?? 0);
  if (objects > 0 && mark !== applicationId)
    throw storeFault("corrupt", `${path}: expected a store of ours, found another SQLite file`);
  if (version > migrations.length)
    throw storeFault("newer", `${path}: expected version ${migrations.length} or older, found ${version}`);
  if (version > 0) quickCheck(database, path);
  return version;
}

/** A look at the schema and the first pages: a full integrity check of a large store would delay every start. */
function quickCheck(database: DatabaseSync, path: string): void {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  for (const { name } of tables) database.prepare(`SELECT 1 FROM "${String(name)}" LIMIT 1`).get();
  if (tables.length === 0) throw storeFault("corrupt", `${path}: expected tables, found none`);
}

function pragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0] ?? 0);
}
