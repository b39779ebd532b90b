import { EVENTS, isEventId } from "../event-catalog.ts";
import { printableText } from "../printable-text.ts";
import { type EventLevel, type EventLog, type EventRecord, machineNameOf, titleOf } from "./event-record.ts";
import type { EventFields } from "./event-row.ts";
import { fieldText } from "./info-line.ts";

/** Which events somebody wants to see; what is undefined or empty does not narrow. */
export interface EventFilter {
  readonly eventIds: readonly number[];
  readonly levels: readonly EventLevel[];
  readonly log: EventLog | undefined;
  /** A UUID. */
  readonly cmid: string | undefined;
  /** Name of the machine, in letters of either case. */
  readonly machine: string | undefined;
  /** Activation ids of the products; an event that names no product is none of them. */
  readonly activationIds: readonly string[];
  /** Inclusive. */
  readonly fromMs: number | undefined;
  /** Exclusive. */
  readonly toMs: number | undefined;
  /** Contained in the title or a value as it is printed, in letters of either case. */
  readonly text: string | undefined;
}

/** Every event. */
export const ALL_EVENTS: EventFilter = {
  ...{ eventIds: [], levels: [], log: undefined, cmid: undefined, machine: undefined, activationIds: [] },
  ...{ fromMs: undefined, toMs: undefined, text: undefined },
};

/** True when the filter lets the event through: THE meaning of every filter, in whatever store it is asked. */
export function matchesFilter(filter: EventFilter, event: EventRecord): boolean {
  const { eventIds, levels, log, cmid, machine, activationIds, fromMs, toMs, text } = filter;
  if (eventIds.length > 0 && !eventIds.includes(event.eventId)) return false;
  if (levels.length > 0 && !levels.includes(event.level)) return false;
  if (log !== undefined && event.log !== log) return false;
  if (cmid !== undefined && event.cmid !== cmid.toLowerCase()) return false;
  if (machine !== undefined && lower(machineNameOf(event)) !== lower(machine)) return false;
  if (activationIds.length > 0 && !activationIds.some((id) => id.toLowerCase() === event.fields["activationId"]))
    return false;
  if (fromMs !== undefined && event.timeMs < fromMs) return false;
  if (toMs !== undefined && event.timeMs >= toMs) return false;
  return text === undefined || textsOf(event).some((value) => lower(value).includes(lower(text)));
}

/** The ids a filter can let through at all, for a store that looks for ids; undefined = any, those of a newer version too. */
export function idsOfFilter({ eventIds, levels, log }: EventFilter): readonly number[] | undefined {
  if (eventIds.length === 0 && levels.length === 0 && log === undefined) return undefined;
  const known = Object.values(EVENTS).filter(
    (entry) =>
      (eventIds.length === 0 || eventIds.includes(entry.id)) &&
      (levels.length === 0 || levels.includes(entry.level)) &&
      (log === undefined || entry.log === log),
  );
  const ids = known.map(({ id }): number => id);
  // An unknown id counts as information for the Application log: only a list of ids can exclude it.
  const mayBeUnknown = (levels.length === 0 || levels.includes("information")) && log !== "Key Management Service";
  if (!mayBeUnknown) return ids;
  return eventIds.length === 0 ? undefined : [...ids, ...eventIds.filter((id) => !isEventId(id))];
}

function textsOf(event: EventRecord): readonly string[] {
  const { fields, eventId } = event;
  const kinds: EventFields = isEventId(eventId) ? EVENTS[eventId].fields : {};
  const values = Object.entries(fields).map(([name, value]) => {
    const kind = kinds[name];
    return kind === undefined ? printableText(String(value)) : fieldText(kind, value);
  });
  return [titleOf(event), event.requestId, ...values];
}

const lower = (text: string) => text.toLowerCase();
