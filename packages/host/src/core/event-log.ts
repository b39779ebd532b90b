import {
  type EventFilter,
  type EventRecord,
  eventRecord,
  fromUuid,
  idsOfFilter,
  matchesFilter,
  toHex,
  toUuid,
} from "@countersign/domain";
import type { EventPlace, EventSearch, HostStore, KnownMachineRow, StoredEvent } from "@countersign/storage";

/** So many events a unit of looking: a few milliseconds, after which whoever activates has its turn. */
const STRETCH = 500;
/** Where the store itself tells nearly all of them apart. */
const LONG_STRETCH = 3_000;
/** So many stretches one question may take; the asker goes on from where it ended. */
const MOST_STRETCHES = 100;
const MOST_MACHINES = 100;
const MACHINE_STRETCH = 1_000;

/** What reading a log stands on: a running host has it, and so has a store that nobody serves. */
export interface EventLogParts {
  readonly store: HostStore;
  readonly computerName: string;
  readonly defer: () => Promise<void>;
}

/** One page of the log, newest first. */
export interface FoundEvents {
  readonly events: readonly EventRecord[];
  /** Where to go on, found or not; undefined = that was all. */
  readonly next: EventPlace | undefined;
  /** The log is complete since then; undefined = it is empty. */
  readonly completeSinceMs: number | undefined;
}

/** Reading the event log and the inventory, never for long at a time. */
export interface EventLog {
  find(filter: EventFilter, before: EventPlace | undefined, limit: number): Promise<FoundEvents>;
  /** In the order of commit; `lastId`: the last that was looked at. */
  after(
    filter: EventFilter,
    afterId: number,
    limit: number,
  ): Promise<{ readonly events: readonly EventRecord[]; readonly lastId: number }>;
  /** By CMID, name (with or without its domain) or address. */
  machines(wanted: string): Promise<readonly KnownMachineRow[]>;
}

/** Over one store. */
export function openEventLog({ store, computerName, defer }: EventLogParts): EventLog {
  const recordOf = (event: StoredEvent) => recordOfEvent(event, computerName);
  return {
    async find(filter, from, limit) {
      const { oldest } = await store.logSize();
      const events: EventRecord[] = [];
      let before = await placeKnown(from, store);
      for (let stretch = 0; stretch < MOST_STRETCHES; stretch++) {
        const search = searchOf(filter, { before, limit: limit - events.length, computerName });
        const page = await store.searchEvents(search);
        events.push(...page.events.map(recordOf));
        before = page.next && { timeMs: page.next.timeMs, id: page.next.id };
        if (before === undefined || events.length >= limit) break;
        await defer();
      }
      return { events, next: before, completeSinceMs: oldest?.timeMs };
    },
    async after(filter, afterId, limit) {
      const eventIds = [...(idsOfFilter(filter) ?? [])];
      if (idsOfFilter(filter)?.length === 0) return { events: [], lastId: afterId };
      const rows = await store.events({ afterId, limit, eventIds });
      const events = rows.map(recordOf).filter((event) => matchesFilter(filter, event));
      return { events, lastId: rows.at(-1)?.id ?? afterId };
    },
    async machines(wanted) {
      const isWanted = machineMatcher(wanted);
      const found: KnownMachineRow[] = [];
      for (let after: Uint8Array | undefined; found.length < MOST_MACHINES; await defer()) {
        const rows = await store.knownMachines({ after, limit: MACHINE_STRETCH });
        found.push(...rows.filter(isWanted));
        after = rows.at(-1)?.cmid;
        if (rows.length < MACHINE_STRETCH) break;
      }
      return found.slice(0, MOST_MACHINES);
    },
  };
}

/** One event of a host's store with everything around it. */
export function recordOfEvent(event: StoredEvent, computer: string): EventRecord {
  const { id: number, timeMs, eventId, requestId, cmid, data: fields, repeats } = event;
  return eventRecord({
    ...{ number, timeMs, eventId, computer, fields, repeats },
    requestId: requestId === undefined ? "" : toHex(requestId),
    cmid: cmid === undefined ? "" : toUuid(cmid),
  });
}

/** What a store can look for by itself; `matches` decides. */
function searchOf(
  filter: EventFilter,
  at: { readonly before: EventPlace | undefined; readonly limit: number; readonly computerName: string },
): EventSearch {
  const { machine, activationIds, cmid, fromMs, toMs } = filter;
  const words: string[] = [];
  // Events without a client's name are the host's own, so its name is in no data.
  if (machine !== undefined && machine.toLowerCase() !== at.computerName.toLowerCase()) words.push(machine);
  if (activationIds.length === 1) words.push(...activationIds);
  // Whole values, as JSON has them; what it would have to escape is left to `matches`.
  const containing = words.filter((word) => /^[\w.\-:]+$/.test(word)).map((word) => `"${word}"`);
  return {
    ...{ before: at.before, limit: at.limit, eventIds: idsOfFilter(filter) },
    stretch: containing.length > 0 ? LONG_STRETCH : STRETCH,
    cmid: cmid === undefined ? undefined : (fromUuid(cmid) ?? new Uint8Array(16)),
    fromMs: fromMs ?? Number.MIN_SAFE_INTEGER,
    toMs: toMs ?? Number.MAX_SAFE_INTEGER,
    containing,
    matches: (event) => matchesFilter(filter, recordOfEvent(event, at.computerName)),
  };
}

/** An event's number alone says where it stands once its time is known. */
async function placeKnown(place: EventPlace | undefined, store: HostStore): Promise<EventPlace | undefined> {
  if (place === undefined || place.timeMs !== 0) return place;
  const [event] = await store.events({ afterId: place.id - 1, limit: 1, eventIds: [] });
  return event === undefined || event.id !== place.id ? undefined : place && { timeMs: event.timeMs, id: place.id };
}

function machineMatcher(wanted: string): (row: KnownMachineRow) => boolean {
  const cmid = fromUuid(wanted);
  if (cmid !== undefined) return (row) => toHex(row.cmid) === toHex(cmid);
  const word = wanted.toLowerCase();
  return ({ clientName, address }) => {
    const name = clientName.toLowerCase();
    return word !== "" && (name === word || name.split(".")[0] === word || address === word);
  };
}
