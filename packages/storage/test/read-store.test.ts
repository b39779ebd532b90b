// A store that is only looked at: everything in it is seen, and nothing of it or beside it changes.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { after, describe, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type HostStore, type HostUnit, type NewEvent, StoreFault, type StoreFaultReason } from "../src/index.ts";
import { openSqliteHostStore, openSqliteHostStoreForReading } from "../src/sqlite/index.ts";
import { sampleMachine } from "./sample-machine.ts";

const root = mkdtempSync(join(tmpdir(), "countersign-read-"));
after(() => rmSync(root, { recursive: true, force: true }));
const random = (length: number) => new Uint8Array(randomBytes(length));
let directories = 0;
/** A store in a directory of its own. */
function newPath(): string {
  const directory = join(root, `${directories++}`);
  mkdirSync(directory);
  return join(directory, "host.db");
}
const isFault = (reason: StoreFaultReason) => (error: unknown) =>
  error instanceof StoreFault && error.reason === reason && error.remedy !== "";

/** Everything a write would leave: names, bytes, modes, owners and times of writing, of the directory too. */
function traceOf(path: string) {
  const directory = join(path, "..");
  const seen = [".", ...readdirSync(directory).sort()].map((name) => {
    const at = join(directory, name);
    const { mtimeNs, size, mode, ino, uid } = lstatSync(at, { bigint: true });
    const bytes = name === "." ? "" : createHash("sha256").update(readFileSync(at)).digest("hex");
    return { name, mtimeNs, size, mode, ino, uid, bytes };
  });
  return seen;
}

/** What a store answers to every question there is. */
async function answersOf(store: HostStore) {
  const [machine] = await store.knownMachines({ after: undefined, limit: 1 });
  const everything = { before: undefined, limit: 100, stretch: 1000, eventIds: undefined, cmid: undefined };
  const always = { fromMs: 0, toMs: Number.MAX_SAFE_INTEGER, containing: [], matches: () => true };
  return {
    identity: store.identity,
    seats: await store.seats(),
    counters: await store.counters(1),
    clock: await store.clock(),
    settings: [...(await store.settings())],
    machine: machine && (await store.machine(machine)),
    seen: await store.machinesSeen(1, sampleMachine().applicationId, 0),
    events: await store.events({ afterId: 0, limit: 100, eventIds: [] }),
    searched: await store.searchEvents({ ...everything, ...always }),
    known: await store.knownMachines({ after: undefined, limit: 100 }),
    size: await store.logSize(),
    rows: await store.rowCounts(),
  };
}

const event: NewEvent = {
  ...{ timeMs: 5, eventId: 12290, seat: 1, requestId: random(8), cmid: random(16), previous: 0 },
  data: { reason: "" },
};

/** A store with a little of everything, ended in order. */
async function filledStore(): Promise<string> {
  const path = newPath();
  const store = openSqliteHostStore(path, random);
  await store.transact(async (unit) => {
    await unit.saveMachines([sampleMachine(), sampleMachine()]);
    await unit.appendEvents([event]);
    await unit.saveSetting("setting.listeningPort", "1700");
    await unit.saveClock("{}");
  });
  await store.close();
  return path;
}

/** A store whose process was killed while it wrote; answers how many events were acknowledged. */
async function killedStore(): Promise<{ readonly path: string; readonly acknowledged: number }> {
  const path = newPath();
  const script = fileURLToPath(import.meta.resolve("./holds-a-store.ts"));
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script, path, "commit-first"], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  let acknowledged = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged = Number(/^saved (\d+)$/.exec(line)?.[1] ?? acknowledged);
    if (acknowledged >= 40) child.kill("SIGKILL");
  }
  await ended;
  return { path, acknowledged };
}

/** The law: what is there is seen, and nothing changes. */
async function leavesNoTrace(path: string, open: (path: string) => HostStore): Promise<void> {
  const before = traceOf(path);
  const store = open(path);
  await answersOf(store);
  assert.deepEqual(traceOf(path), before, "while it is open");
  await store.close();
  assert.deepEqual(traceOf(path), before, "after it");
}

describe("a store that is only looked at", () => {
  test("answers what one opened for writing answers, and leaves no trace", async () => {
    const path = await filledStore();
    await leavesNoTrace(path, openSqliteHostStoreForReading);
    const reading = openSqliteHostStoreForReading(path);
    const seen = await answersOf(reading);
    await reading.close();
    const writing = openSqliteHostStore(path, random);
    assert.deepEqual(seen, await answersOf(writing));
    await writing.close();
  });

  test("shows what a killed process had acknowledged, and leaves log and index as they are", async () => {
    const { path, acknowledged } = await killedStore();
    await leavesNoTrace(path, openSqliteHostStoreForReading);
    const reading = openSqliteHostStoreForReading(path);
    const { events } = await reading.rowCounts();
    assert.ok(events >= acknowledged, `${events} of ${acknowledged}`);
    await reading.close();
    const started = openSqliteHostStore(path, random);
    assert.deepEqual((await started.rowCounts()).events, events, "the next start finds the same");
    await started.close();
  });

  test("mutant: one opened for writing fails that law, be the store ended in order or killed", async () => {
    const openForWriting = (path: string) => openSqliteHostStore(path, random);
    await assert.rejects(leavesNoTrace(await filledStore(), openForWriting), assert.AssertionError);
    await assert.rejects(leavesNoTrace((await killedStore()).path, openForWriting), assert.AssertionError);
  });

  test("mutant: a reader that passes over the log of a killed process misses what was acknowledged", async () => {
    const { path, acknowledged } = await killedStore();
    const address = pathToFileURL(path);
    address.search = "?immutable=1";
    const blind = new DatabaseSync(address, { readOnly: true });
    const tables = blind.prepare("SELECT count(*) AS n FROM sqlite_schema WHERE name = 'event'").get()?.["n"];
    const events = tables === 0 ? 0 : blind.prepare("SELECT count(*) AS n FROM event").get()?.["n"];
    blind.close();
    assert.ok(Number(events) < acknowledged, `${events} of ${acknowledged}`);
  });

  test("takes units that read, and none that writes", async () => {
    const path = await filledStore();
    const before = traceOf(path);
    const store = openSqliteHostStoreForReading(path);
    const [known] = await store.knownMachines({ after: undefined, limit: 1 });
    assert.ok(known);
    const [loaded] = await store.transact((unit) => unit.loadMachines([known]));
    assert.deepEqual(loaded, await store.machine(known));
    const everything = { countedSinceMs: 9e15, knownSinceMs: 9e15, addressSinceMs: 9e15, after: undefined, limit: 9 };
    const writes: readonly ((unit: HostUnit) => Promise<unknown>)[] = [
      (unit) => unit.saveMachines([sampleMachine()]),
      (unit) => unit.appendEvents([{ ...event, timeMs: 1 }]),
      (unit) => unit.saveSetting("a", "b"),
      (unit) => unit.saveClock("{}"),
      (unit) => unit.purgeEvents({ beforeMs: 9e15, rows: 1, limit: 9 }),
      (unit) => unit.purgeMachines(everything),
      (unit) => unit.forgetEventAddresses(9e15, 9),
    ];
    for (const write of writes) await assert.rejects(store.transact(write), isFault("read-only"));
    await store.close();
    assert.deepEqual(traceOf(path), before);
  });

  test("may be looked at by several, and nobody writes meanwhile; while somebody writes nobody looks", async () => {
    const path = await filledStore();
    const [one, other] = [openSqliteHostStoreForReading(path), openSqliteHostStoreForReading(path)];
    assert.throws(() => openSqliteHostStore(path, random), isFault("locked"));
    await one.close();
    assert.throws(() => openSqliteHostStore(path, random), isFault("locked"));
    await other.close();
    const writer = openSqliteHostStore(path, random);
    assert.throws(() => openSqliteHostStoreForReading(path), isFault("locked"));
    await writer.close();
    await openSqliteHostStoreForReading(path).close();
  });

  test("needs no file of a lock, and makes none", async () => {
    const path = await filledStore();
    rmSync(`${path}.lock`);
    await leavesNoTrace(path, openSqliteHostStoreForReading);
  });
});

describe("a store that cannot be looked at is refused by name and stays as it is", () => {
  const spoiled: readonly {
    readonly what: string;
    readonly reason: StoreFaultReason;
    readonly make: () => Promise<string>;
  }[] = [
    {
      what: "of an older version: it is not brought forward",
      reason: "behind",
      make: async () =>
        changed((database) => {
          database.exec("PRAGMA user_version = 1");
        }),
    },
    {
      what: "of a newer version",
      reason: "newer",
      make: async () =>
        changed((database) => {
          database.exec("PRAGMA user_version = 900");
        }),
    },
    {
      what: "that is another SQLite file",
      reason: "corrupt",
      make: async () =>
        changed((database) => {
          database.exec("PRAGMA application_id = 7");
        }),
    },
    {
      what: "without the identity of a host",
      reason: "corrupt",
      make: async () =>
        changed((database) => {
          database.exec("DELETE FROM identity");
        }),
    },
    { what: "that was never begun", reason: "behind", make: async () => changed(() => {}, newPath()) },
    {
      what: "of a killed process whose index is gone",
      reason: "behind",
      make: async () => {
        const { path } = await killedStore();
        rmSync(`${path}-shm`);
        return path;
      },
    },
    { what: "that is not there", reason: "failed", make: async () => newPath() },
  ];

  for (const { what, reason, make } of spoiled) {
    test(`one ${what}`, async () => {
      const path = await make();
      const before = traceOf(path);
      assert.throws(() => openSqliteHostStoreForReading(path), isFault(reason));
      assert.deepEqual(traceOf(path), before);
    });
  }

  /** A filled store, or an empty file, after one change. */
  async function changed(change: (database: DatabaseSync) => void, path?: string): Promise<string> {
    const at = path ?? (await filledStore());
    const database = new DatabaseSync(at);
    if (path !== undefined) database.exec("VACUUM");
    change(database);
    database.close();
    return at;
  }
});
