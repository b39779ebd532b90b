import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { type HostStore, type NewEvent, noRequests, StoreFault } from "../src/index.ts";
import { openMemoryHostStore } from "../src/memory/index.ts";
import { openSqliteHostStore } from "../src/sqlite/index.ts";
import { SAMPLE_APPLICATION, sampleMachine } from "./sample-machine.ts";

const directory = await mkdtemp(join(tmpdir(), "countersign-store-"));
after(() => rm(directory, { recursive: true, force: true }));
const random = (length: number) => new Uint8Array(randomBytes(length));
let files = 0;
const newPath = () => join(directory, `host-${files++}.sqlite`);

const ADAPTERS = [
  { name: "memory", open: (): HostStore => openMemoryHostStore(random) },
  { name: "sqlite", open: (): HostStore => openSqliteHostStore(newPath(), random) },
];

const APPLICATION = SAMPLE_APPLICATION;
const machine = sampleMachine;
const resync = {
  ...{ nonce: random(32), requestHash: random(32), statementType: 2, statement: random(150) },
  ...{ statementIssuedMs: 1000, eventRowId: 3 },
};
const event = (change: Partial<NewEvent> = {}): NewEvent => ({
  timeMs: 5,
  eventId: 12290,
  seat: 1,
  requestId: random(8),
  cmid: random(16),
  previous: 0,
  data: { code: "0x0", vm: false },
  ...change,
});
const reason = (wanted: string) => (error: unknown) =>
  error instanceof StoreFault && error.reason === wanted && error.remedy !== "";

for (const { name, open } of ADAPTERS) {
  test(`${name}: what a unit saved is there after it, field by field`, async () => {
    const store = open();
    for (const row of [machine(), machine({ resync, counted: false, resyncTimesMs: [] })]) {
      await store.transact((unit) => unit.saveMachines([row]));
      assert.deepEqual(await store.machine(row), row);
    }
    assert.equal(await store.machine(machine()), undefined);
    await store.close();
  });

  test(`${name}: rows come in the order of their keys, and a unit sees its own writes`, async () => {
    const store = open();
    const [a, b] = [machine(), machine()];
    const later = { ...a, seq: 2 };
    await store.transact((unit) => unit.saveMachines([a]));
    const { found, counted } = await store.transact(async (unit) => {
      await unit.saveMachines([later, b]);
      const found = await unit.loadMachines([b, machine(), a]);
      return { found, counted: (await unit.countRows(1, APPLICATION, 0, 10)).machines.length };
    });
    assert.deepEqual(found, [b, undefined, later]);
    assert.equal(counted, 2);
    await store.close();
  });

  test(`${name}: a unit that rejects leaves nothing behind, and the store goes on`, async () => {
    const store = open();
    const row = machine();
    await store.transact((unit) => unit.saveMachines([row]));
    await assert.rejects(
      store.transact(async (unit) => {
        await unit.saveMachines([machine({ cmid: row.cmid, seq: 9 }), machine()]);
        await unit.appendEvents([event()]);
        await unit.addRequests(1, { total: 1, failed: 0, failedByReason: {}, byStatus: [0, 1, 0, 0, 0, 0, 0] });
        await unit.saveClock("{}");
        throw new Error("stop");
      }),
      /stop/,
    );
    assert.deepEqual(await store.rowCounts(), { machines: 1, events: 0 });
    assert.equal((await store.machine(row))?.seq, 1);
    assert.equal((await store.counters(1)).total, 0);
    assert.equal(await store.clock(), undefined);
    await store.transact((unit) => unit.saveMachines([machine()]));
    assert.equal((await store.rowCounts()).machines, 2);
    await store.close();
  });

  test(`${name}: units run one after the other, so no increment is lost`, async () => {
    const store = open();
    const row = machine({ seq: 0 });
    await store.transact((unit) => unit.saveMachines([row]));
    await Promise.all(
      Array.from({ length: 20 }, () =>
        store.transact(async (unit) => {
          const [found] = await unit.loadMachines([row]);
          await Promise.resolve();
          await unit.saveMachines([{ ...row, seq: (found?.seq ?? 0) + 1 }]);
        }),
      ),
    );
    assert.equal((await store.machine(row))?.seq, 20);
    await store.close();
  });

  test(`${name}: a read outside a unit sees the last commit, never a unit half done`, async () => {
    const store = open();
    const row = machine();
    await store.transact(async (unit) => {
      await unit.saveMachines([row]);
      await unit.appendEvents([event()]);
      assert.equal(await store.machine(row), undefined);
      assert.deepEqual(await store.rowCounts(), { machines: 0, events: 0 });
    });
    assert.deepEqual(await store.machine(row), row);
    assert.deepEqual(await store.rowCounts(), { machines: 1, events: 1 });
    await store.close();
  });

  test(`${name}: count rows are distinct counted machines of one application, newest first, and the newest contact per required count`, async () => {
    const store = open();
    const twice = random(16);
    const rows = [
      machine({ cmid: twice, productId: 1, lastSeenMs: 2000, requiredCount: 5 }),
      machine({ cmid: twice, productId: 2, lastSeenMs: 4000 }),
      machine({ lastSeenMs: 3000 }),
      machine({ lastSeenMs: 1000 }),
      machine({ lastSeenMs: 9000, counted: false }),
      machine({ lastSeenMs: 9000, applicationId: random(16) }),
      machine({ lastSeenMs: 9000, seat: 2 }),
    ];
    await store.transact((unit) => unit.saveMachines(rows));
    const found = await store.transact((unit) => unit.countRows(1, APPLICATION, 1000, 10));
    assert.deepEqual(
      found.machines.map((row) => row.lastSeenMs),
      [4000, 3000],
    );
    assert.deepEqual(
      [...found.required].sort((a, b) => a.requiredCount - b.requiredCount),
      [
        { requiredCount: 5, lastSeenMs: 2000 },
        { requiredCount: 25, lastSeenMs: 4000 },
      ],
    );
    assert.equal((await store.transact((unit) => unit.countRows(1, APPLICATION, 0, 2))).machines.length, 2);
    assert.equal(await store.machinesSeen(1, APPLICATION, 0), 3);
    await store.close();
  });

  test(`${name}: event ids ascend in the order of commit, repeats are added, and a query filters by id`, async () => {
    const store = open();
    const ids = await store.transact((unit) =>
      unit.appendEvents([event(), event({ eventId: 30001, requestId: undefined, cmid: undefined })]),
    );
    await store.transact((unit) => unit.addRepeats([ids[0] ?? 0, ids[0] ?? 0]));
    const all = await store.events({ afterId: 0, limit: 10, eventIds: [] });
    assert.deepEqual(
      all.map((row) => row.id),
      ids,
    );
    assert.deepEqual(
      all.map((row) => row.repeats),
      [2, 0],
    );
    assert.deepEqual(all[0]?.data, { code: "0x0", vm: false });
    assert.deepEqual(
      (await store.events({ afterId: 0, limit: 10, eventIds: [30001] })).map((row) => row.eventId),
      [30001],
    );
    assert.equal((await store.events({ afterId: ids[1] ?? 0, limit: 10, eventIds: [] })).length, 0);
    await store.close();
  });

  test(`${name}: counters add up per seat; seats, settings and the clock are kept`, async () => {
    const store = open();
    const seat = {
      ...{ seat: 1, publisherId: random(16), trust: random(40) },
      ...{ key: undefined, certificate: undefined, activationRequest: undefined },
    };
    await store.transact(async (unit) => {
      await unit.addRequests(1, {
        ...{ total: 4, failed: 2, failedByReason: { HOST_TOO_OLD: 1, PRODUCT_UNKNOWN: 1 } },
        byStatus: [0, 0, 2, 0, 0, 0, 0],
      });
      await unit.addRequests(1, { ...noRequests(), total: 1, failed: 1, failedByReason: { HOST_TOO_OLD: 1 } });
      await unit.addRequests(1, { total: 1, failed: 0, failedByReason: {}, byStatus: [0, 1, 0, 0, 0, 0, 0] });
      await unit.saveSeat(seat);
      await unit.saveSetting("port", "1688");
      await unit.saveSetting("gone", "1");
      await unit.saveSetting("gone", undefined);
      await unit.saveClock("{}");
    });
    assert.deepEqual(await store.counters(1), {
      ...{ total: 6, failed: 3, failedByReason: { HOST_TOO_OLD: 2, PRODUCT_UNKNOWN: 1 } },
      byStatus: [0, 1, 2, 0, 0, 0, 0],
    });
    assert.deepEqual(await store.seats(), [seat]);
    const licensed = {
      ...seat,
      key: { kid: random(5), keyGroup: 3, lastFive: "ABCDE" },
      certificate: { document: random(9), publicKey: random(32), contextHash: random(32) },
      activationRequest: random(300),
    };
    await store.transact((unit) => unit.saveSeat(licensed));
    assert.deepEqual(await store.seats(), [licensed]);
    assert.deepEqual([...(await store.settings())], [["port", "1688"]]);
    assert.equal(await store.clock(), "{}");
    await store.close();
  });
}

test("identity and rows survive closing and opening", async () => {
  const path = newPath();
  const first = openSqliteHostStore(path, random);
  const row = machine();
  await first.transact((unit) => unit.saveMachines([row]));
  const { identity } = first;
  await first.close();
  const second = openSqliteHostStore(path, random);
  assert.deepEqual(second.identity, identity);
  assert.deepEqual(await second.machine(row), row);
  await second.close();
});

test("a full disk rejects the unit, keeps what was there, and the store goes on when there is room", async () => {
  const path = newPath();
  const small = openSqliteHostStore(path, random, { maxPages: 60 });
  const rows = Array.from({ length: 2000 }, () => machine());
  const first = machine();
  await small.transact((unit) => unit.saveMachines([first]));
  await assert.rejects(
    small.transact((unit) => unit.saveMachines(rows)),
    reason("full"),
  );
  assert.deepEqual(await small.rowCounts(), { machines: 1, events: 0 });
  await small.transact((unit) => unit.saveMachines([machine()]));
  assert.equal((await small.rowCounts()).machines, 2);
  await small.close();
  const roomy = openSqliteHostStore(path, random);
  await roomy.transact((unit) => unit.saveMachines(rows));
  assert.equal((await roomy.rowCounts()).machines, 2002);
  await roomy.close();
});

test("a file that is no store, a store cut short and a newer one are refused and not changed", async () => {
  const path = newPath();
  const store = openSqliteHostStore(path, random);
  await store.transact((unit) => unit.saveMachines([machine()]));
  await store.close();
  const whole = await readFile(path);
  const damaged = [
    { bytes: Buffer.from("this is not a database, and long enough to be looked at".repeat(40)), wanted: "corrupt" },
    { bytes: Buffer.concat([whole.subarray(0, 100), Buffer.alloc(whole.length - 100, 0xff)]), wanted: "corrupt" },
  ];
  for (const { bytes, wanted } of damaged) {
    const bad = newPath();
    await writeFile(bad, bytes);
    assert.throws(() => openSqliteHostStore(bad, random), reason(wanted));
    assert.deepEqual(await readFile(bad), bytes);
  }
  const foreign = newPath();
  const other = new DatabaseSync(foreign);
  other.exec("CREATE TABLE theirs (a)");
  other.close();
  assert.throws(() => openSqliteHostStore(foreign, random), reason("corrupt"));
  const newer = new DatabaseSync(path);
  newer.exec("PRAGMA user_version=99");
  newer.close();
  assert.throws(() => openSqliteHostStore(path, random), reason("newer"));
});

test("a second process on the same store is refused, whoever forgot the store, and the lock dies with its holder", async (t) => {
  const path = newPath();
  const script = fileURLToPath(import.meta.resolve("./holds-a-store.ts"));
  const child = spawn(process.execPath, ["--expose-gc", script, path], { stdio: ["pipe", "pipe", "inherit"] });
  t.after(() => child.kill("SIGKILL"));
  const exited = new Promise((resolve) => child.once("exit", resolve));
  await new Promise((resolve) => child.stdout.once("data", resolve));
  assert.throws(() => openSqliteHostStore(path, random), reason("locked"));
  child.kill("SIGKILL");
  await exited;
  await openSqliteHostStore(path, random).close();
});

/** Kills a process that acknowledges units, and looks which acknowledged one is missing afterwards. */
async function lostAfterKill(path: string, mode: "commit-first" | "acknowledge-first"): Promise<number> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.resolve("./holds-a-store.ts")), path, mode], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const exited = new Promise((resolve) => child.once("exit", resolve));
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
    if (mode === "commit-first" && said.split("\n").length > 20) child.kill("SIGKILL");
  });
  await exited;
  const acknowledged = said
    .split("\n")
    .slice(0, -1)
    .filter((line) => line.startsWith("saved "));
  assert.ok(acknowledged.length > 5, "the child acknowledged before it was killed");
  const store = openSqliteHostStore(path, random);
  const found = new Set(
    (await store.events({ afterId: 0, limit: 1_000_000, eventIds: [] })).map((row) => `saved ${row.timeMs}`),
  );
  await store.close();
  return acknowledged.filter((line) => !found.has(line)).length;
}

test("kill -9: what was acknowledged is there", async () => {
  assert.equal(await lostAfterKill(newPath(), "commit-first"), 0);
});

test("mutant: acknowledging before the commit loses something, and the same test sees it", async () => {
  assert.ok((await lostAfterKill(newPath(), "acknowledge-first")) > 0);
});
