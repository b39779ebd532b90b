import type { HostFacts } from "@countersign/doctor";
import { ALL_EVENTS, EVENT, EVENTS, type EventRecord, REFUSALS } from "@countersign/domain";
import { openEventLog } from "../event-log.ts";
import type { HostParts } from "../host-parts.ts";

/** Nothing is made from more of them than this. */
const MOST_EVENTS = 1_000;
/** Everything that is not nearly every row. */
const RARE = Object.values(EVENTS)
  .map(({ id }): number => id)
  .filter((id) => id !== EVENT.requestProcessed);

/** One event as checks read it. */
export type EventFacts = HostFacts["events"][number];

/** The newest events that are no requests. */
export async function newestRareEvents(parts: HostParts): Promise<EventFacts[]> {
  const { events } = await openEventLog(parts).find({ ...ALL_EVENTS, eventIds: RARE }, undefined, MOST_EVENTS);
  return events.map(eventFactsOf);
}

/** An event without what only a person reads; a value that is no plain one is its JSON. */
export function eventFactsOf({ timeMs, eventId, computer, requestId, cmid, fields }: EventRecord): EventFacts {
  const plain = Object.entries(fields).map(([name, value]) => [name, plainValue(value)]);
  return { timeMs: Math.trunc(timeMs), eventId, computer, requestId, cmid, fields: Object.fromEntries(plain) };
}

/** The last start that failed (event 12291), unless one succeeded after it (902). */
export async function startFailureOf(parts: HostParts): Promise<HostFacts["startFailure"]> {
  const eventIds = [EVENT.serviceStarted, EVENT.serviceNotStarted];
  const { events } = await openEventLog(parts).find({ ...ALL_EVENTS, eventIds }, undefined, 1);
  const [last] = events;
  if (last === undefined || last.eventId !== EVENT.serviceNotStarted) return undefined;
  const { resultCode } = last.fields;
  const row = Object.values(REFUSALS).find(({ code }) => code === resultCode);
  const detail = `event ${EVENT.serviceNotStarted} with result code ${String(resultCode)}`;
  return { reason: row?.reason ?? "INTERNAL_FAULT", detail, sinceMs: Math.trunc(last.timeMs) };
}

function plainValue(value: unknown): string | number | boolean {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return JSON.stringify(value) ?? "";
}
