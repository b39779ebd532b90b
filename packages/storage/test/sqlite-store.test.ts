// What only a file can meet: a disk that fails at the commit, older versions, places that cannot be written, damage.
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { StoreFault } from "../src/index.ts";
import { HOST_SCHEMA } from "../src/sqlite/host-schema.ts";
import { openSqliteHostStore } from "../src/sqlite/index.ts";
import { openDatabase } from "../src/sqlite/open-database.ts";
import { sampleMachine } from "./sample-machine.ts";

const directory = await mkdtemp(join(tmpdir(), "countersign-sqlite-"));
after(() => rm(directory, { recursive: true, force: true }));
const random = (length: number) => new Uint8Array(randomBytes(length));
let files = 0;
const newPath = () => join(directory, `host-${files++}.sqlite`);
const script = (name: string) => fileURLToPath(import.meta.resolve(name));
const isFault = (reason: string) => (error: unknown) =>
  error instanceof StoreFault && error.reason === reason && error.remedy !== "";
const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);

interface Said {
  readonly outcome: string;
  /** How far the unit had come. */
  readonly at: string;
  readonly machines: number;
  readonly logBytes: number;
}

const hasPrlimit = spawnSync("prlimit", ["--version"]).status === 0;
const noPrlimit = hasPrlimit || process.env["CI"] !== undefined ? false : "prlimit (util-linux) is not here";

test("a commit that the disk refuses leaves nothing of its unit, and the store goes on when there is room", {
  skip: noPrlimit,
}, async () => {
  const path = newPath();
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", script("./store-process.ts"), path], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const next = async (): Promise<Said> => JSON.parse((await lines.next()).value ?? "{}");
  const save = (machines: number) => {
    child.stdin.write(`${machines}\n`);
    return next();
  };
  await next();
  const { outcome, logBytes } = await save(3);
  assert.equal(outcome, "saved");
  // Room for a few pages of the log: the rows fit into memory, so it is the commit that finds none.
  limitFileSize(child, `${logBytes + 8192}:`);
  const refused = await save(500);
  assert.deepEqual([refused.outcome, refused.at, refused.machines], ["failed", "commit", 3]);
  assert.deepEqual((await save(500)).machines, 3);
  limitFileSize(child, "unlimited:");
  const saved = await save(500);
  assert.deepEqual([saved.outcome, saved.machines], ["saved", 503]);
  child.stdin.end();
  await once(child, "exit");
  const store = openSqliteHostStore(path, random);
  assert.equal((await store.rowCounts()).machines, 503);
  await store.close();
});

function limitFileSize(child: ChildProcess, limit: string): void {
  const { status, stderr } = spawnSync("prlimit", [`--pid=${child.pid}`, `--fsize=${limit}`], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
}

/** A store as version 1 left it, from the frozen file. */
function versionOne(): string {
  const path = newPath();
  const database = new DatabaseSync(path);
  database.exec(readFileSync(script("./version-1/host.sql"), "utf8"));
  database.close();
  return path;
}

test("a store of version 1 is brought forward with all that is in it", async () => {
  const path = versionOne();
  const store = openSqliteHostStore(path, random);
  assert.deepEqual(store.identity, { hostId: bytes(16, 1), instanceId: bytes(16, 2) });
  assert.deepEqual(await store.machine({ seat: 1, cmid: bytes(16, 3), productId: 7 }), {
    ...{ seat: 1, cmid: bytes(16, 3), productId: 7, applicationId: bytes(16, 4), requiredCount: 25, counted: true },
    ...{ lastSeenMs: 1_800_000_000_000, firstSeenMs: 1_790_000_000_000, seq: 3, components: bytes(18, 5) },
    ...{ lastNonce: bytes(32, 6), lastRequestHash: bytes(32, 7), statementType: 1, statement: bytes(20, 8) },
    ...{ statementIssuedMs: 1_800_000_000_000, resyncTimesMs: [1_790_000_000_001, 1_790_000_000_002] },
    ...{ resync: undefined, eventRowId: 1, lastEventId: 1, clientName: "pc-1", address: "192.0.2.1" },
  });
  assert.deepEqual(await store.seats(), [
    {
      ...{ seat: 1, publisherId: bytes(16, 10), trust: bytes(40, 11) },
      key: { kid: bytes(5, 12), keyGroup: 3, lastFive: "ABCDE" },
      certificate: { document: bytes(60, 13), publicKey: bytes(32, 14), contextHash: bytes(32, 15) },
      activationRequest: undefined,
    },
  ]);
  const [event] = await store.events({ afterId: 0, limit: 9, eventIds: [] });
  assert.deepEqual(event, {
    ...{ id: 1, timeMs: 1_800_000_000_000, eventId: 12290, seat: 1, requestId: bytes(8, 9), cmid: bytes(16, 3) },
    ...{ data: { resultCode: 0 }, repeats: 2 },
  });
  assert.deepEqual(await store.counters(1), {
    total: 5,
    failed: 2,
    failedByReason: { "": 2 },
    byStatus: [0, 1, 2, 0, 0, 0, 0],
  });
  assert.deepEqual([...(await store.settings())], [["port", "1688"]]);
  assert.equal(await store.clock(), '{"guardedMs":1800000000000}');
  await store.close();
});

test("the events a store of version 1 wrote are found by machine: with a row, and without one", async () => {
  const path = versionOne();
  const old = new DatabaseSync(path);
  const insert = old.prepare("INSERT INTO event (time_ms, event_id, seat, cmid, data) VALUES (?, 12290, 1, ?, '{}')");
  for (const [time, machine] of [
    [1, 3],
    [2, 9],
    [3, 9],
    [4, 3],
  ] as const)
    insert.run(time, bytes(16, machine));
  old.close();
  const store = openSqliteHostStore(path, random);
  const idsOf = async (machine: number) => {
    const { events } = await store.searchEvents({
      ...{ before: undefined, limit: 10, stretch: 10, eventIds: undefined, cmid: bytes(16, machine), fromMs: 0 },
      ...{ toMs: Number.MAX_SAFE_INTEGER, containing: [], matches: () => true },
    });
    return events.map(({ id }) => id);
  };
  assert.deepEqual([await idsOf(3), await idsOf(9), await idsOf(5)], [[5, 2, 1], [4, 3], []]);
  await store.close();
});

test("a store brought forward has the tables of a new one", async () => {
  const [old, fresh] = [versionOne(), newPath()];
  for (const path of [old, fresh]) await openSqliteHostStore(path, random).close();
  assert.deepEqual(columnsOf(old), columnsOf(fresh));
});

test("a migration that fails leaves the store as it was, whole, for the older version", async () => {
  const path = versionOne();
  const before = columnsOf(path);
  const broken = [
    ...HOST_SCHEMA.migrations.slice(0, 1),
    "ALTER TABLE seat ADD COLUMN new BLOB; ALTER TABLE gone ADD a",
  ];
  assert.throws(() => openDatabase(path, { ...HOST_SCHEMA, migrations: broken }), isFault("failed"));
  assert.deepEqual(columnsOf(path), before);
  await openSqliteHostStore(path, random).close();
});

function columnsOf(path: string): readonly unknown[] {
  const database = new DatabaseSync(path);
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name").all();
  const columns = tables.map(({ name }) => [name, database.prepare(`PRAGMA table_info(${String(name)})`).all()]);
  const version = database.prepare("PRAGMA user_version").get();
  database.close();
  return [version, ...columns];
}

/** Root writes everywhere: its rights over file modes are taken from the process that tries. */
const asAnybody =
  process.getuid?.() === 0 ? ["setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override"] : [];
const noModes =
  process.platform === "win32"
    ? "no file modes there"
    : asAnybody.length > 0 && spawnSync("setpriv", ["--version"]).status !== 0 && process.env["CI"] === undefined
      ? "setpriv (util-linux) is not here, and root writes everywhere"
      : false;

const PLACES: readonly { readonly name: string; readonly prepare: (place: string) => string }[] = [
  {
    name: "a directory that cannot be written",
    prepare: (place) => {
      chmodSync(place, 0o500);
      return join(place, "new.sqlite");
    },
  },
  {
    name: "a store in a directory that cannot be written",
    prepare: (place) => {
      chmodSync(place, 0o500);
      return join(place, "host.sqlite");
    },
  },
  {
    name: "a store that cannot be written",
    prepare: (place) => {
      chmodSync(join(place, "host.sqlite"), 0o400);
      return join(place, "host.sqlite");
    },
  },
];

for (const { name, prepare } of PLACES) {
  test(`${name} is "read-only", and says what to do`, { skip: noModes }, async () => {
    const place = `${newPath()}.d`;
    mkdirSync(place);
    const path = join(place, "host.sqlite");
    await openSqliteHostStore(path, random).close();
    const before = await readFile(path);
    const opening = prepare(place);
    const node = [process.execPath, "--disable-warning=ExperimentalWarning", script("./opens-a-store.ts"), opening];
    const [command = "", ...args] = [...asAnybody, ...node];
    const { stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
    chmodSync(place, 0o700);
    assert.equal(stdout, "read-only: make the data directory writable for this user", stderr);
    assert.deepEqual(await readFile(path), before);
  });
}

test("a damaged row is a damaged store by name, and the rows beside it are read", async () => {
  const path = newPath();
  const store = openSqliteHostStore(path, random);
  const [whole, broken] = [sampleMachine(), sampleMachine({ resyncTimesMs: [] })];
  await store.transact(async (unit) => {
    await unit.saveMachines([whole, broken]);
    await unit.appendEvents([
      { timeMs: 1, eventId: 12290, seat: 1, requestId: undefined, cmid: undefined, previous: 0, data: { code: 1 } },
    ]);
  });
  await store.close();
  const careless = new DatabaseSync(path);
  careless.exec("CREATE TABLE loose AS SELECT * FROM machine; DROP TABLE machine; ALTER TABLE loose RENAME TO machine");
  careless.prepare("UPDATE machine SET statement = 7 WHERE cmid = ?").run(broken.cmid);
  careless.exec("UPDATE event SET data = '{'");
  careless.close();
  const again = openSqliteHostStore(path, random);
  await assert.rejects(again.machine(broken), isFault("corrupt"));
  await assert.rejects(
    again.transact((unit) => unit.loadMachines([whole, broken])),
    isFault("corrupt"),
  );
  await assert.rejects(again.events({ afterId: 0, limit: 9, eventIds: [] }), isFault("corrupt"));
  assert.deepEqual(await again.machine(whole), whole);
  await again.close();
});

test("what cannot be opened is let go of: the next who tries finds it free", async () => {
  const path = newPath();
  await openSqliteHostStore(path, random).close();
  const newer = new DatabaseSync(path);
  newer.exec("PRAGMA user_version=99");
  newer.close();
  assert.throws(() => openSqliteHostStore(path, random), isFault("newer"));
  const mended = new DatabaseSync(path);
  mended.exec(`PRAGMA user_version=${HOST_SCHEMA.migrations.length}`);
  mended.close();
  await openSqliteHostStore(path, random).close();
});
