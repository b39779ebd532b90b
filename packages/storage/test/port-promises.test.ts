// The sentences of the ports' comments that hold for both stores, over every adapter.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { StoreFault } from "../src/index.ts";
import { openMemoryHostStore, openMemoryPublisherStore } from "../src/memory/index.ts";
import { openSqliteHostStore, openSqlitePublisherStore } from "../src/sqlite/index.ts";

const directory = await mkdtemp(join(tmpdir(), "countersign-promises-"));
after(() => rm(directory, { recursive: true, force: true }));
const random = (length: number) => new Uint8Array(randomBytes(length));
let files = 0;
const newPath = () => join(directory, `${files++}.sqlite`);

/** What both kinds of store can do here: write one mark in a unit, and show how many marks there are. */
interface Marks {
  unit(work: (mark: () => Promise<void>) => Promise<unknown>): Promise<unknown>;
  seen(): Promise<number>;
  reads(): readonly (() => Promise<unknown>)[];
  close(): Promise<void>;
}

function hostMarks(store: ReturnType<typeof openMemoryHostStore>): Marks {
  const event = { timeMs: 1, eventId: 12290, seat: 1, requestId: undefined, cmid: undefined, previous: 0, data: {} };
  const key = { seat: 1, cmid: random(16), productId: 1 };
  return {
    unit: (work) => store.transact((unit) => work(async () => void (await unit.appendEvents([event])))),
    seen: async () => (await store.rowCounts()).events,
    reads: () => [
      () => store.seats(),
      () => store.counters(1),
      () => store.clock(),
      () => store.settings(),
      () => store.machine(key),
      () => store.machinesSeen(1, random(16), 0),
      () => store.events({ afterId: 0, limit: 1, eventIds: [] }),
      () => store.surveyMachines({ after: undefined, limit: 1, seenSinceMs: 0, most: 1 }),
      () => store.sumRequests({ fromMs: 0, toMs: 1 }),
      () => store.sumRefusals({ fromMs: 0, toMs: 1 }, []),
      () => store.rowCounts(),
    ],
    close: () => store.close(),
  };
}

function publisherMarks(store: ReturnType<typeof openMemoryPublisherStore>): Marks {
  const row = (number: number) => ({ number, timeMs: 1, kind: "x", digest: random(32), chain: random(32) });
  return {
    unit: (work) =>
      store.transact((unit) => work(async () => unit.appendLog(row(((await unit.lastLogRow())?.number ?? 0) + 1)))),
    seen: async () => (await store.log()).length,
    reads: () => [() => store.keys(), () => store.log()],
    close: () => store.close(),
  };
}

const STORES: readonly { readonly name: string; readonly open: () => Marks }[] = [
  { name: "host, memory", open: () => hostMarks(openMemoryHostStore(random)) },
  { name: "host, sqlite", open: () => hostMarks(openSqliteHostStore(newPath(), random)) },
  { name: "publisher, memory", open: () => publisherMarks(openMemoryPublisherStore()) },
  { name: "publisher, sqlite", open: () => publisherMarks(openSqlitePublisherStore(newPath())) },
];

const isFailed = (error: unknown) => error instanceof StoreFault && error.reason === "failed" && error.remedy !== "";

for (const { name, open } of STORES) {
  test(`${name}: who throws inside a unit is told the same error, nothing of the unit stays, and the next one goes on`, async () => {
    const store = open();
    const mine = new RangeError("mine");
    const failed = store.unit(async (mark) => {
      await mark();
      throw mine;
    });
    await assert.rejects(failed, (error) => error === mine);
    assert.equal(await store.seen(), 0);
    await store.unit((mark) => mark());
    assert.equal(await store.seen(), 1);
    await store.close();
  });

  test(`${name}: a read outside sees nothing of a unit before its end, and all of it after`, async () => {
    const store = open();
    await store.unit(async (mark) => {
      await mark();
      assert.equal(await store.seen(), 0);
      await mark();
      assert.equal(await store.seen(), 0);
    });
    assert.equal(await store.seen(), 2);
    await store.close();
  });

  test(`${name}: units run in the order they were begun, those that fail included`, async () => {
    const store = open();
    const order: number[] = [];
    const units = Array.from({ length: 12 }, (_, i) =>
      store.unit(async (mark) => {
        order.push(i);
        await new Promise((resolve) => setImmediate(resolve));
        await mark();
        order.push(i);
        if (i % 3 === 0) throw new Error("stop");
      }),
    );
    const ended = await Promise.allSettled(units);
    assert.deepEqual(
      order,
      Array.from({ length: 24 }, (_, i) => Math.floor(i / 2)),
    );
    assert.equal(ended.filter(({ status }) => status === "rejected").length, 4);
    assert.equal(await store.seen(), 8);
    await store.close();
  });

  test(`${name}: closing waits for the units that were begun; closing twice is closing once; then everything is "failed"`, async () => {
    const store = open();
    const ended: string[] = [];
    const unit = store
      .unit(async (mark) => {
        await new Promise((resolve) => setImmediate(resolve));
        await mark();
      })
      .then(() => ended.push("unit"));
    const closed = store.close().then(() => ended.push("close"));
    await Promise.all([unit, closed]);
    await store.close();
    assert.deepEqual(ended, ["unit", "close"]);
    await assert.rejects(
      store.unit((mark) => mark()),
      isFailed,
    );
    for (const read of store.reads()) await assert.rejects(read(), isFailed);
  });
}

test("a closed store is there for whoever opens it next, with all that was committed", async () => {
  const path = newPath();
  const first = hostMarks(openSqliteHostStore(path, random));
  await first.unit((mark) => mark());
  await first.close();
  const second = hostMarks(openSqliteHostStore(path, random));
  assert.equal(await second.seen(), 1);
  await second.close();
});
