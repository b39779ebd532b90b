// The log of a host, over every adapter: what is found, in what order, and what goes when.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import fc from "fast-check";
import type { EventSearch, HeardMachine, HostStore, NewEvent, StoredEvent } from "../src/index.ts";
import { openMemoryHostStore } from "../src/memory/index.ts";
import { openSqliteHostStore } from "../src/sqlite/index.ts";
import { sampleMachine } from "./sample-machine.ts";

const directory = await mkdtemp(join(tmpdir(), "countersign-events-"));
after(() => rm(directory, { recursive: true, force: true }));
const random = (length: number) => new Uint8Array(randomBytes(length));
let files = 0;

const ADAPTERS = [
  { name: "memory", open: (): HostStore => openMemoryHostStore(random) },
  { name: "sqlite", open: (): HostStore => openSqliteHostStore(join(directory, `${files++}.sqlite`), random) },
];

const MACHINES = Array.from({ length: 4 }, (_, i) => new Uint8Array(16).fill(i + 1));
const NAMES = ["pc-1", "pc-2", "50%_off", "PC-1"];
const everything: EventSearch = {
  ...{ before: undefined, limit: 1000, stretch: 1000, eventIds: undefined, cmid: undefined },
  ...{ fromMs: Number.MIN_SAFE_INTEGER, toMs: Number.MAX_SAFE_INTEGER, containing: [], matches: () => true },
};

/** Follows the pages of a search to their end. */
async function found(store: HostStore, search: EventSearch): Promise<readonly StoredEvent[]> {
  const events: StoredEvent[] = [];
  for (let before = search.before; ; ) {
    const page = await store.searchEvents({ ...search, before });
    assert.ok(page.events.length <= search.limit);
    events.push(...page.events);
    if (page.next === undefined) return events;
    before = page.next;
  }
}

/** One thing that happened: an event of a machine that is saved, only heard of, or of nobody. */
const happenings = fc.array(
  fc.record({
    machine: fc.option(fc.nat(MACHINES.length - 1), { nil: undefined }),
    product: fc.integer({ min: 1, max: 2 }),
    saved: fc.boolean(),
    eventId: fc.constantFrom(12290, 12290, 30001, 30014, 39_999),
    // Guarded time may be set back by an administrator: the log is in the order of time, whatever the order of commit.
    timeMs: fc.integer({ min: 1, max: 30 }),
    clientName: fc.constantFrom(...NAMES),
  }),
  { maxLength: 60 },
);
interface Happening {
  readonly machine: number | undefined;
  readonly product: number;
  readonly saved: boolean;
  readonly eventId: number;
  readonly timeMs: number;
  readonly clientName: string;
}

/** Writes them one a unit, each machine's as a chain, as a host does. */
async function write(store: HostStore, story: readonly Happening[]): Promise<void> {
  for (const { machine, product, saved, eventId, timeMs, clientName } of story) {
    await store.transact(async (unit) => {
      const cmid = machine === undefined ? undefined : MACHINES[machine];
      const key = { seat: 1, cmid: cmid ?? new Uint8Array(16), productId: product };
      const [row] = cmid === undefined ? [] : await unit.loadMachines([key]);
      const [heardLast = 0] = cmid === undefined ? [] : await unit.lastEvents([key]);
      const event: NewEvent = {
        ...{ timeMs, eventId, seat: 1, requestId: undefined, cmid, previous: row?.lastEventId ?? heardLast },
        data: { clientName, reason: "" },
      };
      const [first = 0, second = 0] = await unit.appendEvents([event, { ...event, previous: "preceding" }]);
      assert.equal(second, first + 1);
      if (cmid === undefined) return;
      if (saved) await unit.saveMachines([sampleMachine({ ...row, ...key, lastEventId: second, clientName })]);
      else await unit.noteMachines([{ ...key, clientName, address: "192.0.2.9", timeMs, eventRowId: second }]);
    });
  }
}

const searches = fc.record({
  eventIds: fc.option(fc.subarray([12290, 30001, 30014, 39_999]), { nil: undefined }),
  machine: fc.option(fc.nat(MACHINES.length), { nil: undefined }),
  fromMs: fc.integer({ min: 0, max: 20 }),
  toMs: fc.integer({ min: 5, max: 40 }),
  name: fc.option(fc.constantFrom(...NAMES, "nobody"), { nil: undefined }),
  limit: fc.integer({ min: 1, max: 7 }),
  stretch: fc.integer({ min: 1, max: 9 }),
});

/** Four events, the later two of an earlier time: a page once ran past its stretch into them and left the first out. */
const CLOCK_WENT_BACK = [2, 1].map((timeMs) => ({
  ...{ machine: undefined, product: 1, saved: false, eventId: 12290 as const, timeMs, clientName: "pc-1" },
}));
const PAGES_OF_TWO = {
  ...{ eventIds: undefined, machine: undefined, name: undefined },
  ...{ fromMs: 0, toMs: 5, limit: 2, stretch: 1 },
};

for (const { name, open } of ADAPTERS) {
  test(`${name}: a search finds what looking at every event finds, newest first, however it is cut into pages`, async () => {
    await fc.assert(
      fc.asyncProperty(happenings, fc.array(searches, { minLength: 1, maxLength: 8 }), async (story, asked) => {
        const store = open();
        await write(store, story);
        const all = await store.events({ afterId: 0, limit: 1000, eventIds: [] });
        for (const { machine, name: wanted, ...search } of asked) {
          const cmid = machine === undefined ? undefined : (MACHINES[machine] ?? new Uint8Array(16).fill(99));
          const matches = ({ data }: StoredEvent) => wanted === undefined || data["clientName"] === wanted;
          const containing = wanted === undefined ? [] : [wanted];
          const events = await found(store, { ...everything, ...search, cmid, containing, matches });
          const naive = all
            .filter(({ eventId }) => search.eventIds === undefined || search.eventIds.includes(eventId))
            .filter((event) => cmid === undefined || Buffer.compare(event.cmid ?? random(1), cmid) === 0)
            .filter(({ timeMs }) => timeMs >= search.fromMs && timeMs < search.toMs)
            .filter(matches)
            .sort((a, b) => (cmid === undefined ? b.timeMs - a.timeMs || b.id - a.id : b.id - a.id));
          assert.deepEqual(
            events.map(({ id }) => id),
            naive.map(({ id }) => id),
          );
        }
        await store.close();
      }),
      { numRuns: name === "memory" ? 60 : 25, examples: [[CLOCK_WENT_BACK, [PAGES_OF_TWO]]] },
    );
  });

  test(`${name}: the oldest events go, as far as they are too old or too many, and chains end where they did`, async () => {
    const store = open();
    const story = Array.from({ length: 20 }, (_, i) => ({
      ...{ machine: i % 2, product: 1, saved: true, eventId: 12290, timeMs: i + 1, clientName: "pc-1" },
    }));
    await write(store, story);
    const purge = (beforeMs: number, rows: number, limit: number) =>
      store.transact((unit) => unit.purgeEvents({ beforeMs, rows, limit }));
    assert.equal(await purge(6, 1000, 4), 4, "no more than asked for at once");
    assert.equal(await purge(6, 1000, 100), 6, "five instants of two events are too old");
    assert.equal(await purge(6, 1000, 100), 0);
    assert.equal(await purge(0, 20, 100), 10, "and so are all but the newest twenty");
    assert.deepEqual(await store.logSize().then(({ rows, oldest }) => [rows, oldest]), [20, { timeMs: 11, id: 21 }]);
    const ofOne = await found(store, { ...everything, cmid: MACHINES[0] });
    assert.deepEqual(
      ofOne.map(({ id }) => id),
      [38, 37, 34, 33, 30, 29, 26, 25, 22, 21],
    );
    const [next] = await store.transact((unit) => unit.appendEvents([sampleEvent()]));
    assert.equal(next, 41, "ids are never given twice");
    assert.equal(await purge(1000, 1000, 100), 21);
    assert.deepEqual((await store.logSize()).rows, 0);
    assert.deepEqual(await store.transact((unit) => unit.appendEvents([sampleEvent()])), [42]);
    await store.close();
  });

  test(`${name}: a stretch is spent on events of the time that was asked for, however many are newer`, async () => {
    const store = open();
    await store.transact((unit) => unit.appendEvents([3, 1, 9, 2, 9, 9].map((timeMs) => sampleEvent({ timeMs }))));
    const page = await store.searchEvents({ ...everything, toMs: 3, limit: 1, stretch: 1 });
    assert.deepEqual([page.events.map(({ id }) => id), page.next?.id], [[4], 4]);
    await store.close();
  });

  test(`${name}: addresses go out of old events, whatever form they are kept in, and nothing else does`, async () => {
    const store = open();
    const data = { resultCode: 5, clientName: "pc-1", address: "192.0.2.1", reason: "X" };
    const foreign = { ...data, unheardOf: true };
    await store.transact((unit) =>
      unit.appendEvents([
        sampleEvent({ timeMs: 1, data }),
        sampleEvent({ timeMs: 2, data: foreign }),
        sampleEvent({ timeMs: 3, eventId: 30014, data: { address: "192.0.2.0/24", reason: "RATE_LIMITED", count: 7 } }),
        sampleEvent({ timeMs: 4, eventId: 30012, data: { action: "a", target: "t", actor: "o" } }),
        sampleEvent({ timeMs: 9, data }),
      ]),
    );
    const forget = () => store.transact((unit) => unit.forgetEventAddresses(5, 3));
    assert.deepEqual([await forget(), await forget(), await forget()], [3, 1, 0]);
    const kept = await store.events({ afterId: 0, limit: 10, eventIds: [] });
    assert.deepEqual(
      kept.map((event) => ({ ...event.data })),
      [
        { ...data, address: "" },
        { ...foreign, address: "" },
        { address: "", reason: "RATE_LIMITED", count: 7 },
        { action: "a", target: "t", actor: "o" },
        data,
      ],
    );
    await store.close();
  });

  test(`${name}: a silent machine stops being a row that counts, then loses its address, then is forgotten`, async () => {
    const store = open();
    const seen = [10, 20, 30, 40].map((lastSeenMs, i) =>
      sampleMachine({ lastSeenMs, cmid: new Uint8Array(16).fill(9 - i), lastEventId: i + 1, productId: 1 + (i % 2) }),
    );
    await store.transact((unit) => unit.saveMachines(seen));
    const heard: HeardMachine = {
      ...{ seat: 1, cmid: new Uint8Array(16).fill(3), productId: 1, clientName: "pc-9", address: "192.0.2.7" },
      ...{ timeMs: 5, eventRowId: 9 },
    };
    await store.transact((unit) => unit.noteMachines([heard]));
    const bound = { countedSinceMs: 20, knownSinceMs: 6, addressSinceMs: 40, limit: 2 };
    const totals = { uncounted: 0, forgotten: 0, stretches: 0 };
    let after: Uint8Array | undefined;
    do {
      const done = await store.transact((unit) => unit.purgeMachines({ ...bound, after }));
      totals.uncounted += done.uncounted;
      totals.forgotten += done.forgotten;
      totals.stretches++;
      after = done.after;
    } while (after !== undefined);
    assert.deepEqual([totals.uncounted, totals.forgotten], [1, 1]);
    assert.ok(totals.stretches >= 2 && totals.stretches <= 4, `${totals.stretches}`);
    const known = await store.knownMachines({ after: undefined, limit: 100 });
    assert.deepEqual(
      known.map(({ cmid, lastSeenMs, address, hasRow }) => [cmid[0], lastSeenMs, address, hasRow]),
      [
        [6, 40, "192.0.2.1", true],
        [7, 30, "", true],
        [8, 20, "", true],
        [9, 10, "", false],
      ],
    );
    assert.deepEqual((await store.rowCounts()).machines, 3);
    const [first] = await store.knownMachines({ after: undefined, limit: 1 });
    assert.deepEqual(first?.cmid, known[0]?.cmid);
    const silent = { seat: 1, cmid: new Uint8Array(16).fill(9), productId: 1 };
    assert.deepEqual(await store.transact((unit) => unit.lastEvents([silent])), [1], "its chain is still found");
    await store.close();
  });

  test(`${name}: contacts move from an instant on, and none beyond another`, async () => {
    const store = open();
    const rows = [10, 20, 30].map((lastSeenMs) => sampleMachine({ lastSeenMs }));
    await store.transact(async (unit) => {
      await unit.saveMachines(rows);
      await unit.moveContacts({ fromMs: 20, byMs: 100, latestMs: 125 });
    });
    const moved = await Promise.all(rows.map((row) => store.machine(row)));
    assert.deepEqual(
      moved.map((row) => row?.lastSeenMs),
      [10, 120, 125],
    );
    await store.close();
  });
}

function sampleEvent(change: Partial<NewEvent> = {}): NewEvent {
  return {
    ...{ timeMs: 1, eventId: 12290, seat: 1, requestId: undefined, cmid: undefined, previous: 0, data: {} },
    ...change,
  };
}
