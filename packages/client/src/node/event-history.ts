import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type EventRecord, readEventJson, withCmids } from "@countersign/domain";
import { eventsStamp, readEvents } from "./event-file.ts";

const KEPT_MS = 60_000;

/**
 * What was written in a directory of stores, oldest first: by whoever keeps them, and in each publisher's store. The number of
 * an event is its place, which holds until an older file goes.
 */
export function eventHistory(directory: string): readonly EventRecord[] {
  const records = eventDirectories(directory)
    .flatMap((each) => readEvents(each))
    .flatMap((event) => readEventJson(event) ?? []);
  const ordered = records.toSorted((a, b) => a.timeMs - b.timeMs);
  return withCmids(ordered.map((record, i) => ({ ...record, number: i + 1 })));
}

/**
 * The history for whoever asks again and again, page by page: read anew only when something was written, and let go of a minute
 * after it was last asked for.
 */
export function keptHistory(directory: string): () => readonly EventRecord[] {
  let kept: { readonly stamp: string; readonly records: readonly EventRecord[] } | undefined;
  let timer: NodeJS.Timeout | undefined;
  return () => {
    const stamp = eventDirectories(directory).map(eventsStamp).join(";");
    if (kept?.stamp !== stamp) kept = { stamp, records: eventHistory(directory) };
    clearTimeout(timer);
    timer = setTimeout(() => {
      kept = undefined;
    }, KEPT_MS);
    timer.unref();
    return kept.records;
  };
}

/** The directory and those in it. */
export function eventDirectories(directory: string): readonly string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return [directory, ...entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(directory, name))];
  } catch {
    return [directory]; // Not there yet: it has no events.
  }
}
