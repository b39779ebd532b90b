import { equalBytes, type RandomBytes, toHex } from "@countersign/domain";
import type {
  CountRows,
  HostStore,
  HostUnit,
  MachineKey,
  MachineRow,
  RequestCounters,
  SeatRow,
  StoredEvent,
} from "../host-store.ts";
import { inTurn } from "../in-turn.ts";
import { noRequests, sumOfRequests } from "../request-counters.ts";
import { StoreFault } from "../store-fault.ts";

/** All rows, or the rows one unit wrote; an undefined setting is one that goes. */
interface Contents {
  readonly machines: Map<string, MachineRow>;
  /** By id; ids begin at 1 and have no gaps. */
  readonly events: Map<number, StoredEvent>;
  readonly counters: Map<number, RequestCounters>;
  readonly seats: Map<number, SeatRow>;
  readonly settings: Map<string, string | undefined>;
  clock: string | undefined;
}

/** A host store that lives as long as the process: for the simulator and for tests. Keeps the port's promises but durability. */
export function openMemoryHostStore(random: RandomBytes): HostStore {
  const committed = noRows();
  const turn = inTurn();
  let open = true;
  const ready = async () => {
    if (!open) throw new StoreFault("failed", "the store is closed", "open it again");
    return committed;
  };
  return {
    identity: { hostId: random(16), instanceId: random(16) },
    transact: (work) =>
      turn(async () => {
        const written = noRows();
        const result = await work(unitOver(await ready(), written));
        commit(committed, written);
        return result;
      }),
    seats: async () => [...(await ready()).seats.values()].sort((a, b) => a.seat - b.seat),
    counters: async (seat) => (await ready()).counters.get(seat) ?? noRequests(),
    clock: async () => (await ready()).clock,
    settings: async () => new Map((await ready()).settings) as ReadonlyMap<string, string>,
    machine: async (key) => (await ready()).machines.get(nameOf(key)),
    machinesSeen: async (seat, applicationId, sinceMs) =>
      countRowsOf((await ready()).machines.values(), { seat, applicationId, sinceMs, limit: Number.MAX_SAFE_INTEGER })
        .machines.length,
    events: async ({ afterId, limit, eventIds }) =>
      [...(await ready()).events.values()]
        .filter((event) => event.id > afterId && (eventIds.length === 0 || eventIds.includes(event.eventId)))
        .slice(0, limit),
    rowCounts: async () => ({ machines: (await ready()).machines.size, events: (await ready()).events.size }),
    close: () =>
      turn(async () => {
        open = false;
      }),
  };
}

function noRows(): Contents {
  return {
    ...{ machines: new Map(), events: new Map(), counters: new Map(), seats: new Map(), settings: new Map() },
    clock: undefined,
  };
}

/** What a unit wrote becomes part of the store all at once: readers see the whole of it or nothing. */
function commit(committed: Contents, written: Contents): void {
  for (const [name, row] of written.machines) committed.machines.set(name, row);
  for (const [id, event] of written.events) committed.events.set(id, event);
  for (const [seat, counters] of written.counters) committed.counters.set(seat, counters);
  for (const [seat, row] of written.seats) committed.seats.set(seat, row);
  for (const [name, value] of written.settings) {
    if (value === undefined) committed.settings.delete(name);
    else committed.settings.set(name, value);
  }
  committed.clock = written.clock ?? committed.clock;
}

/** Reads see what this unit wrote above what is committed. */
function unitOver(committed: Contents, written: Contents): HostUnit {
  let lastId = committed.events.size;
  return {
    loadMachines: async (keys) =>
      keys.map((key) => written.machines.get(nameOf(key)) ?? committed.machines.get(nameOf(key))),
    saveMachines: async (rows) => {
      for (const row of rows) written.machines.set(nameOf(row), row);
    },
    countRows: async (seat, applicationId, sinceMs, limit) =>
      countRowsOf(rowsOf(committed, written), { seat, applicationId, sinceMs, limit }),
    appendEvents: async (events) =>
      events.map((event) => {
        const id = ++lastId;
        written.events.set(id, { ...event, id, repeats: 0 });
        return id;
      }),
    addRepeats: async (ids) => {
      for (const id of ids) {
        const event = written.events.get(id) ?? committed.events.get(id);
        if (event !== undefined) written.events.set(id, { ...event, repeats: event.repeats + 1 });
      }
    },
    addRequests: async (seat, delta) => {
      const before = written.counters.get(seat) ?? committed.counters.get(seat) ?? noRequests();
      written.counters.set(seat, sumOfRequests(before, delta));
    },
    saveClock: async (record) => {
      written.clock = record;
    },
    saveSeat: async (row) => {
      written.seats.set(row.seat, row);
    },
    saveSetting: async (name, value) => {
      written.settings.set(name, value);
    },
  };
}

function* rowsOf(committed: Contents, written: Contents): Iterable<MachineRow> {
  for (const [name, row] of committed.machines) if (!written.machines.has(name)) yield row;
  yield* written.machines.values();
}

function countRowsOf(
  rows: Iterable<MachineRow>,
  asked: {
    readonly seat: number;
    readonly applicationId: Uint8Array;
    readonly sinceMs: number;
    readonly limit: number;
  },
): CountRows {
  const required = new Map<number, number>();
  const machines = new Map<string, { readonly cmid: Uint8Array; readonly lastSeenMs: number }>();
  for (const row of rows) {
    if (!row.counted || row.seat !== asked.seat || row.lastSeenMs <= asked.sinceMs) continue;
    if (!equalBytes(row.applicationId, asked.applicationId)) continue;
    required.set(row.requiredCount, Math.max(row.lastSeenMs, required.get(row.requiredCount) ?? 0));
    const cmid = toHex(row.cmid);
    if ((machines.get(cmid)?.lastSeenMs ?? 0) < row.lastSeenMs)
      machines.set(cmid, { cmid: row.cmid, lastSeenMs: row.lastSeenMs });
  }
  return {
    required: [...required].map(([requiredCount, lastSeenMs]) => ({ requiredCount, lastSeenMs })),
    machines: [...machines.values()].sort((a, b) => b.lastSeenMs - a.lastSeenMs).slice(0, asked.limit),
  };
}

function nameOf({ seat, productId, cmid }: MachineKey): string {
  return `${seat}/${productId}/${toHex(cmid)}`;
}
