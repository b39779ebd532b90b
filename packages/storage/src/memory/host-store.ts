import { equalBytes, type RandomBytes, toHex } from "@countersign/domain";
import type {
  CountRows,
  HostStore,
  HostUnit,
  MachineKey,
  MachineRow,
  NewEvent,
  RequestCounters,
  SeatRow,
  StoredEvent,
} from "../host-store.ts";
import { inTurn } from "../in-turn.ts";
import { noRequests, sumOfRequests } from "../request-counters.ts";
import { StoreFault } from "../store-fault.ts";

interface Contents {
  readonly machines: Map<string, MachineRow>;
  readonly events: StoredEvent[];
  readonly counters: Map<number, RequestCounters>;
  readonly seats: Map<number, SeatRow>;
  readonly settings: Map<string, string>;
  clock: string | undefined;
}

/** A host store that lives as long as the process: for the simulator and for tests. Keeps the port's promises but durability. */
export function openMemoryHostStore(random: RandomBytes): HostStore {
  const committed: Contents = {
    machines: new Map(),
    events: [],
    counters: new Map(),
    seats: new Map(),
    settings: new Map(),
    clock: undefined,
  };
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
        const undo: (() => void)[] = [];
        try {
          return await work(unitOver(await ready(), undo));
        } catch (error) {
          for (const step of undo.reverse()) step();
          throw error;
        }
      }),
    seats: async () => [...(await ready()).seats.values()],
    counters: async (seat) => (await ready()).counters.get(seat) ?? noRequests(),
    clock: async () => (await ready()).clock,
    settings: async () => new Map((await ready()).settings),
    machine: async (key) => (await ready()).machines.get(nameOf(key)),
    machinesSeen: async (seat, applicationId, sinceMs) =>
      countRowsOf(await ready(), { seat, applicationId, sinceMs, limit: Number.MAX_SAFE_INTEGER }).machines.length,
    events: async ({ afterId, limit, eventIds }) =>
      (await ready()).events
        .filter((event) => event.id > afterId && (eventIds.length === 0 || eventIds.includes(event.eventId)))
        .slice(0, limit),
    rowCounts: async () => ({ machines: (await ready()).machines.size, events: (await ready()).events.length }),
    close: async () => {
      open = false;
    },
  };
}

/** Writes go in at once and are taken back when the unit fails: units run one after the other. */
function unitOver(contents: Contents, undo: (() => void)[]): HostUnit {
  return {
    loadMachines: async (keys) => keys.map((key) => contents.machines.get(nameOf(key))),
    saveMachines: async (rows) => {
      for (const row of rows) put(contents.machines, nameOf(row), row, undo);
    },
    countRows: async (seat, applicationId, sinceMs, limit) =>
      countRowsOf(contents, { seat, applicationId, sinceMs, limit }),
    appendEvents: async (events) => append(contents.events, events, undo),
    addRepeats: async (ids) => {
      for (const id of ids) {
        const at = id - 1;
        const event = contents.events[at];
        if (event === undefined) continue;
        contents.events[at] = { ...event, repeats: event.repeats + 1 };
        undo.push(() => {
          contents.events[at] = event;
        });
      }
    },
    addRequests: async (seat, delta) =>
      put(contents.counters, seat, sumOfRequests(contents.counters.get(seat) ?? noRequests(), delta), undo),
    saveClock: async (record) => {
      const before = contents.clock;
      contents.clock = record;
      undo.push(() => {
        contents.clock = before;
      });
    },
    saveSeat: async (row) => put(contents.seats, row.seat, row, undo),
    saveSetting: async (name, value) => put(contents.settings, name, value, undo),
  };
}

function countRowsOf(
  contents: Contents,
  asked: {
    readonly seat: number;
    readonly applicationId: Uint8Array;
    readonly sinceMs: number;
    readonly limit: number;
  },
): CountRows {
  const required = new Map<number, number>();
  const machines = new Map<string, { readonly cmid: Uint8Array; readonly lastSeenMs: number }>();
  for (const row of contents.machines.values()) {
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

function append(events: StoredEvent[], added: readonly NewEvent[], undo: (() => void)[]): readonly number[] {
  const length = events.length;
  undo.push(() => events.splice(length));
  return added.map((event) => events.push({ ...event, id: events.length + 1, repeats: 0 }));
}

function put<K, V>(map: Map<K, V>, key: K, value: V | undefined, undo: (() => void)[]): void {
  const before = map.get(key);
  undo.push(() => {
    if (before === undefined) map.delete(key);
    else map.set(key, before);
  });
  if (value === undefined) map.delete(key);
  else map.set(key, value);
}

function nameOf({ seat, productId, cmid }: MachineKey): string {
  return `${seat}/${productId}/${toHex(cmid)}`;
}
