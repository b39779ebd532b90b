import { readdirSync } from "node:fs";
import { join } from "node:path";
import { readEvents } from "@countersign/client/node";
import type { ClientFacts } from "@countersign/doctor";
import { type EventRecord, readEventJson, withCmids } from "@countersign/domain";

/** Nothing is made from more of them than this. */
const MOST_EVENTS = 1_000;

/** The log of a client's directory and of the publishers' directories in it, newest first. */
export function clientEventFacts(directory: string): ClientFacts["events"] {
  return clientRecords(directory).slice(0, MOST_EVENTS).map(eventFactsOf);
}

/** The same as records, all of them. */
export function clientRecords(directory: string): readonly EventRecord[] {
  const records = [directory, ...innerDirectories(directory)]
    .flatMap((each) => readEvents(each))
    .flatMap((event) => readEventJson(event) ?? []);
  return withCmids(records.toSorted((a, b) => a.timeMs - b.timeMs)).toReversed();
}

function eventFactsOf({ timeMs, eventId, computer, requestId, cmid, fields }: EventRecord) {
  const plain = Object.entries(fields).map(([name, value]) => [name, plainValue(value)]);
  return { timeMs: Math.trunc(timeMs), eventId, computer, requestId, cmid, fields: Object.fromEntries(plain) };
}

function plainValue(value: unknown): string | number | boolean {
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  return JSON.stringify(value) ?? "";
}

function innerDirectories(directory: string): readonly string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(directory, name));
  } catch {
    return []; // Not there yet, or not ours to look at: the store says which.
  }
}
