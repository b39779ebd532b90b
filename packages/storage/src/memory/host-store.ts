import { equalBytes, type RandomBytes, toHex } from "@countersign/domain";
import type { NewEvent, StoredEvent } from "../host-event.ts";
import type { CountRows, HeardMachine, HostStore, HostUnit, MachineRow } from "../host-store.ts";
import { inTurn } from "../in-turn.ts";
import { noRequests, sumOfRequests } from "../request-counters.ts";
import { StoreFault } from "../store-fault.ts";
import { idsToPurge, searchLog, sizeOf, withoutAddress } from "./event-log.ts";
import { createEventOrder } from "./event-order.ts";
import { type Contents, commit, knownRows, nameOf, noRows, rowOf, rowsOf } from "./host-contents.ts";
import { sumRefusals, sumRequests } from "./request-sums.ts";
import { moveContacts, purgeMachines } from "./retention.ts";
import { surveyMachines } from "./survey.ts";

/** A host store that lives as long as the process: for the simulator and for tests. Keeps the port's promises but durability. */
export function openMemoryHostStore(random: RandomBytes): HostStore {
  const committed = noRows();
  const order = createEventOrder();
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
        const written = noRows(committed);
        const result = await work(unitOver(await ready(), written));
        commit(committed, written);
        order.follow(written.events, committed.events);
        return result;
      }),
    seats: async () => [...(await ready()).seats.values()].sort((a, b) => a.seat - b.seat),
    counters: async (seat) => (await ready()).counters.get(seat) ?? noRequests(),
    clock: async () => (await ready()).clock,
    settings: async () => new Map((await ready()).settings) as ReadonlyMap<string, string>,
    machine: async (key) => (await ready()).machines.get(nameOf(key)),
    machinesSeen: async (seat, applicationId, sinceMs) =>
      countRowsOf(rowsOf((await ready()).machines), { seat, applicationId, sinceMs, limit: Number.MAX_SAFE_INTEGER })
        .machines.length,
    events: async ({ afterId, limit, eventIds }) =>
      [...rowsOf((await ready()).events)]
        .filter((event) => event.id > afterId && (eventIds.length === 0 || eventIds.includes(event.eventId)))
        .slice(0, limit),
    searchEvents: async (search) => searchLog({ ...(await ready()), order }, search),
    sumRequests: async (span) => sumRequests(rowsOf((await ready()).events), span),
    sumRefusals: async (span, served) => sumRefusals(rowsOf((await ready()).events), span, served),
    knownMachines: async (query) => knownRows(await ready(), query),
    surveyMachines: async (query) => surveyMachines(await ready(), query),
    logSize: async () => sizeOf({ ...(await ready()), order }),
    rowCounts: async () => ({ machines: (await ready()).machines.size, events: (await ready()).events.size }),
    close: () =>
      turn(async () => {
        open = false;
      }),
  };
}

/** Reads see what this unit wrote above what is committed. */
function unitOver(committed: Contents, written: Contents): HostUnit {
  const { machines, heard, events, counters } = committed;
  return {
    ...purging(committed, written),
    loadMachines: async (keys) => keys.map((key) => rowOf(nameOf(key), machines, written.machines)),
    lastEvents: async (keys) => keys.map((key) => rowOf(nameOf(key), heard, written.heard)?.eventRowId ?? 0),
    saveMachines: async (rows) => {
      for (const row of rows) written.machines.set(nameOf(row), row);
    },
    countRows: async (seat, applicationId, sinceMs, limit) =>
      countRowsOf(rowsOf(machines, written.machines), { seat, applicationId, sinceMs, limit }),
    appendEvents: async (added) => added.map((event) => append(event, written)),
    addRepeats: async (ids) => {
      for (const id of ids) {
        const event = rowOf(id, events, written.events);
        if (event !== undefined) written.events.set(id, { ...event, repeats: event.repeats + 1 });
      }
    },
    noteMachines: async (noted) => {
      for (const each of noted) noteMachine(each, committed, written);
    },
    addRequests: async (seat, delta) => {
      const before = rowOf(seat, counters, written.counters) ?? noRequests();
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

function purging(
  committed: Contents,
  written: Contents,
): Pick<HostUnit, "moveContacts" | "purgeEvents" | "forgetEventAddresses" | "purgeMachines"> {
  const oldest = (limit: number, afterId = 0) => rowsAfter(afterId, limit, committed, written);
  return {
    moveContacts: async (move) => moveContacts(committed, written, move),
    purgeMachines: async (bound) => purgeMachines(committed, written, bound),
    purgeEvents: async (bound) => {
      const ids = idsToPurge(oldest(bound.limit), written.lastEventId, bound);
      for (const id of ids) written.events.set(id, undefined);
      return ids.length;
    },
    forgetEventAddresses: async (beforeMs, limit) => {
      const next = oldest(limit, written.addressesDoneId);
      const young = next.findIndex(({ timeMs }) => timeMs >= beforeMs);
      const old = young < 0 ? next : next.slice(0, young);
      for (const event of old) written.events.set(event.id, withoutAddress(event));
      written.addressesDoneId = old.at(-1)?.id ?? written.addressesDoneId;
      return old.length;
    },
  };
}

/** Events in the order of their ids, which have no gaps, as a unit sees them. */
function rowsAfter(afterId: number, limit: number, committed: Contents, written: Contents): readonly StoredEvent[] {
  const [firstId = committed.lastEventId + 1] = committed.events.keys();
  const rows: StoredEvent[] = [];
  for (let id = Math.max(firstId, afterId + 1); id <= written.lastEventId && rows.length < limit; id++) {
    const event = rowOf(id, committed.events, written.events);
    if (event !== undefined) rows.push(event);
  }
  return rows;
}

function append({ previous: _, ...event }: NewEvent, written: Contents): number {
  const id = ++written.lastEventId;
  written.events.set(id, { ...event, id, repeats: 0 });
  return id;
}

function noteMachine(noted: HeardMachine, committed: Contents, written: Contents): void {
  const name = nameOf(noted);
  const row: MachineRow | undefined = rowOf(name, committed.machines, written.machines);
  if (row === undefined) written.heard.set(name, noted);
  else written.machines.set(name, { ...row, lastEventId: noted.eventRowId });
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
