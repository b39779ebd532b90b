import { EVENT_SOURCE, EVENTS, type EventEntry, infoLine, isEventId } from "../event-catalog.ts";

/** How loud an event is. */
export type EventLevel = EventEntry["level"];

/** Which log an event goes to. */
export type EventLog = EventEntry["log"];

/** One event of either side, as viewers, exports and joins read it. */
export interface EventRecord {
  /** Its place in the log of its side, ascending; 0 where a log has none. */
  readonly number: number;
  readonly timeMs: number;
  readonly eventId: number;
  readonly level: EventLevel;
  readonly source: string;
  readonly log: EventLog;
  /** Whose log it is. */
  readonly computer: string;
  /** 16 hexadecimal digits both sides can compute; "" without a request. */
  readonly requestId: string;
  /** Of the machine it is about, a UUID; "" without one. */
  readonly cmid: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** How often the same bytes were asked again. */
  readonly repeats: number;
}

/** What a log keeps of an event; the catalogue knows the rest. */
export type KeptEvent = Omit<EventRecord, "level" | "source" | "log">;

/** The whole record. An event of a newer version counts as information for the Application log. */
export function eventRecord(kept: KeptEvent): EventRecord {
  const { level, log } = isEventId(kept.eventId)
    ? EVENTS[kept.eventId]
    : ({ level: "information", log: "Application" } as const);
  return { ...kept, level, log, source: EVENT_SOURCE };
}

/** What the event is called; an id of a newer version is only a number. */
export function titleOf({ eventId }: Pick<EventRecord, "eventId">): string {
  return isEventId(eventId) ? EVENTS[eventId].title : "event of a newer version";
}

/** The machine an event is about: the name its client gave, else the computer whose log it is. */
export function machineNameOf({ fields, computer }: Pick<EventRecord, "fields" | "computer">): string {
  const { clientName } = fields;
  return typeof clientName === "string" && clientName !== "" ? clientName : computer;
}

/** An event as JSON readers get it. Names do not change within a major version. */
export function eventJson(record: EventRecord) {
  const { number, timeMs, eventId, level, source, log, computer, requestId, cmid, repeats, fields } = record;
  return {
    ...{ number, time: timeText(timeMs), timeMs, id: eventId, level, source, log, computer, requestId, cmid, repeats },
    info: infoLine(eventId, fields),
    data: fields,
  };
}

/** RFC 3339 in UTC; an instant no calendar holds is its number. */
export function timeText(timeMs: number): string {
  const at = new Date(timeMs);
  return Number.isNaN(at.getTime()) ? `${timeMs}` : at.toISOString();
}
