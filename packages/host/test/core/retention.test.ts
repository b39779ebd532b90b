// What a log keeps and what goes, to the millisecond and to the row, over every adapter; and that a host which removes one
// too many, one too few or none fails the same law.
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { EVENT } from "@countersign/domain";
import { nodeCryptography } from "@countersign/protocol/node";
import type { HostStore, HostUnit, MachineRow, NewEvent } from "@countersign/storage";
import { openMemoryHostStore } from "@countersign/storage/memory";
import { openSqliteHostStore } from "@countersign/storage/sqlite";
import { keepBounds } from "../../src/core/retention.ts";
import { DAY_MS, START_MS } from "./world.ts";

const directory = await mkdtemp(join(tmpdir(), "countersign-retention-"));
after(() => rm(directory, { recursive: true, force: true }));
let files = 0;
const ADAPTERS = [
  { name: "memory", open: () => openMemoryHostStore(nodeCryptography.random) },
  { name: "sqlite", open: () => openSqliteHostStore(join(directory, `${files++}.db`), nodeCryptography.random) },
];

const NOW_MS = START_MS;
const KEPT_DAYS = 40;
const BOUNDS = { eventDays: KEPT_DAYS, eventRows: 1_000_000, addresses: "week" } as const;
/** behaviour.md §4: rows that count live 35 days, addresses 7. */
const DAYS = { kept: KEPT_DAYS, counted: 35, address: 7 } as const;
const AROUND = [-1, 0, 1];
/** More than one unit's worth: what is too old goes in one round, however much it is. */
const OLD = 1_100;

const defer = () => new Promise<void>((resolve) => setImmediate(resolve));
const agoMs = (days: number) => NOW_MS - days * DAY_MS;

function eventAt(timeMs: number): NewEvent {
  const data = { address: "192.0.2.1", reason: "RATE_LIMITED", count: 1, fromMs: 0, toMs: 0 };
  return { timeMs, eventId: EVENT.requestsDropped, seat: 0, requestId: undefined, cmid: undefined, previous: 0, data };
}

function machineAt(lastSeenMs: number): MachineRow {
  const random = nodeCryptography.random;
  return {
    ...{ seat: 1, cmid: random(16), productId: 1, applicationId: random(16), requiredCount: 5, counted: true },
    ...{
      lastSeenMs,
      firstSeenMs: 1,
      seq: 1,
      components: random(18),
      lastNonce: random(32),
      lastRequestHash: random(32),
    },
    ...{ statementType: 1, statement: random(9), statementIssuedMs: 1, resyncTimesMs: [], resync: undefined },
    ...{ eventRowId: 0, lastEventId: 0, clientName: "pc-1", address: "192.0.2.1" },
  };
}

type Change = (unit: HostUnit) => HostUnit;

/** One round of a store whose unit is bent. */
async function round(store: HostStore, bent: Change, bounds: Parameters<typeof keepBounds>[1]) {
  const bentStore: HostStore = { ...store, transact: (work) => store.transact((unit) => work(bent(unit))) };
  return keepBounds({ store: bentStore, defer }, bounds, NOW_MS, () => false);
}

/** Times are what is left of the events; addressed: whether each still has its address. */
async function eventsIn(store: HostStore) {
  const events = await store.events({ afterId: 0, limit: 10_000, eventIds: [] });
  return events.map(({ id, timeMs, data }) => ({ id, timeMs, isAddressed: data["address"] !== "" }));
}

/** Bounded by age: what is older than its bound goes, and nothing that is just as old. */
async function lawOfAge(store: HostStore, bent: Change = (unit) => unit): Promise<void> {
  const atBounds = [DAYS.kept, DAYS.address].flatMap((days) => AROUND.map((ms) => agoMs(days) + ms));
  const times = [...Array.from({ length: OLD }, (_, i) => agoMs(100) + i), ...atBounds, NOW_MS];
  const machines = [DAYS.kept, DAYS.counted, DAYS.address].flatMap((days) =>
    AROUND.map((ms) => machineAt(agoMs(days) + ms)),
  );
  await store.transact(async (unit) => {
    await unit.appendEvents(times.map(eventAt));
    await unit.saveMachines(machines);
  });
  await round(store, bent, BOUNDS);
  assert.deepEqual(
    (await eventsIn(store)).map(({ timeMs, isAddressed }) => [timeMs - NOW_MS, isAddressed]),
    times
      .filter((timeMs) => timeMs >= agoMs(DAYS.kept))
      .map((timeMs) => [timeMs - NOW_MS, timeMs >= agoMs(DAYS.address)]),
  );
  const known = await store.knownMachines({ after: undefined, limit: 1_000 });
  assert.deepEqual(
    known
      .toSorted((a, b) => a.lastSeenMs - b.lastSeenMs)
      .map(({ lastSeenMs, hasRow, address }) => [lastSeenMs - NOW_MS, hasRow, address !== ""]),
    machines
      .map(({ lastSeenMs }) => lastSeenMs)
      .filter((seenMs) => seenMs >= agoMs(DAYS.kept))
      .map((seenMs) => [seenMs - NOW_MS, seenMs >= agoMs(DAYS.counted), seenMs >= agoMs(DAYS.address)]),
  );
}

/** Bounded by rows: the newest stay, exactly so many, whatever their age. */
async function lawOfRows(store: HostStore, bent: Change = (unit) => unit): Promise<void> {
  await store.transact((unit) => unit.appendEvents(Array.from({ length: OLD + 7 }, () => eventAt(NOW_MS))));
  const { events } = await round(store, bent, { ...BOUNDS, eventRows: 7 });
  const left = (await eventsIn(store)).map(({ id }) => id);
  assert.deepEqual(
    left,
    Array.from({ length: 7 }, (_, i) => OLD + 1 + i),
  );
  assert.equal(events, OLD);
}

const LAWS = [
  { name: "by age", law: lawOfAge },
  { name: "by rows", law: lawOfRows },
] as const;

for (const { name, open } of ADAPTERS) {
  for (const { name: bounded, law } of LAWS) {
    test(`${name}: a log bounded ${bounded} keeps what it may and nothing else`, async () => {
      const store = open();
      await law(store);
      await store.close();
    });
  }

  test(`${name}: addresses: keep keeps every address, and still no event or machine too old`, async () => {
    const store = open();
    await store.transact((unit) => unit.appendEvents([eventAt(agoMs(39)), eventAt(NOW_MS)]));
    await store.transact((unit) => unit.saveMachines([machineAt(agoMs(39)), machineAt(agoMs(41))]));
    await round(store, (unit) => unit, { ...BOUNDS, addresses: "keep" });
    assert.deepEqual(
      (await eventsIn(store)).map(({ isAddressed }) => isAddressed),
      [true, true],
    );
    const known = await store.knownMachines({ after: undefined, limit: 9 });
    assert.deepEqual(
      known.map(({ address, hasRow }) => [address, hasRow]),
      [["192.0.2.1", false]],
    );
    await store.close();
  });

  test(`${name}: a host that ends stops after the unit it is in; what is left goes the next time`, async () => {
    const store = open();
    await store.transact((unit) => unit.appendEvents(Array.from({ length: OLD }, () => eventAt(agoMs(100)))));
    let units = 0;
    const counted: HostStore = { ...store, transact: (work) => store.transact(work).finally(() => units++) };
    await keepBounds({ store: counted, defer }, BOUNDS, NOW_MS, () => units > 0);
    const left = (await store.rowCounts()).events;
    assert.ok(left > 0 && left < OLD, `${left}`);
    await keepBounds({ store, defer }, BOUNDS, NOW_MS, () => false);
    assert.equal((await store.rowCounts()).events, 0);
    await store.close();
  });
}

/** Each is one mistake, made in the store beneath a host that is otherwise as it is. */
const MUTANTS: readonly { readonly name: string; readonly law: (typeof LAWS)[number]["law"]; readonly bent: Change }[] =
  [
    ...[1, -1].flatMap((by) => {
      const which = by > 0 ? "one too many" : "one too few";
      const moved = <K extends string>(bound: Readonly<Record<K, number>>, name: K) => bound[name] + by;
      return [
        {
          name: `${which} by age`,
          law: lawOfAge,
          bent: (unit: HostUnit): HostUnit => ({
            ...unit,
            purgeEvents: (bound) => unit.purgeEvents({ ...bound, beforeMs: moved(bound, "beforeMs") }),
          }),
        },
        {
          name: `${which} by rows`,
          law: lawOfRows,
          bent: (unit: HostUnit): HostUnit => ({
            ...unit,
            purgeEvents: (bound) => unit.purgeEvents({ ...bound, rows: bound.rows - by }),
          }),
        },
        {
          name: `${which} of the addresses in events`,
          law: lawOfAge,
          bent: (unit: HostUnit): HostUnit => ({
            ...unit,
            forgetEventAddresses: (beforeMs, limit) => unit.forgetEventAddresses(beforeMs + by, limit),
          }),
        },
        ...(["countedSinceMs", "knownSinceMs", "addressSinceMs"] as const).map((place) => ({
          name: `${which} of the machines, by ${place}`,
          law: lawOfAge,
          bent: (unit: HostUnit): HostUnit => ({
            ...unit,
            purgeMachines: (bound) => unit.purgeMachines({ ...bound, [place]: moved(bound, place) }),
          }),
        })),
      ];
    }),
    ...LAWS.map(({ name, law }) => ({
      name: `no event at all, ${name}`,
      law,
      bent: (unit: HostUnit): HostUnit => ({ ...unit, purgeEvents: async () => 0 }),
    })),
    ...LAWS.map(({ name, law }) => ({
      name: `the events of one unit alone, ${name}`,
      law,
      bent: (unit: HostUnit): HostUnit => ({
        ...unit,
        purgeEvents: async (bound) => (await unit.purgeEvents(bound)) - 1,
      }),
    })),
    {
      name: "no address in events",
      law: lawOfAge,
      bent: (unit) => ({ ...unit, forgetEventAddresses: async () => 0 }),
    },
    {
      name: "no machine",
      law: lawOfAge,
      bent: (unit) => ({ ...unit, purgeMachines: async () => ({ uncounted: 0, forgotten: 0, after: undefined }) }),
    },
  ];

for (const { name, law, bent } of MUTANTS) {
  test(`mutant: a host that removes ${name} fails that law`, async () => {
    const store = openMemoryHostStore(nodeCryptography.random);
    await assert.rejects(law(store, bent), assert.AssertionError);
  });
}
