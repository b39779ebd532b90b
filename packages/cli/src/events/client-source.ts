import { readdirSync } from "node:fs";
import { join } from "node:path";
import { followEvents, readEvents } from "@countersign/client/node";
import { ALL_EVENTS, type EventRecord, matchesFilter, readEventJson, withCmids } from "@countersign/domain";
import type { EventSource, WantedEvents } from "./event-source.ts";

/** The event files of a client: of its directory, and of the publishers' directories in it. */
export function clientSource(directory: string): EventSource {
  const directories = [directory, ...innerDirectories(directory)];
  const followers = directories.map(followEvents);
  let isPlaced = false;
  const all = () => numbered(directories.flatMap((each) => readEvents(each)));
  return {
    side: "client",
    async find(wanted, before, limit) {
      const records = all();
      const filter = filterOf(wanted, records);
      const found = records
        .filter((record) => matchesFilter(filter, record))
        .filter(({ number }) => typeof before !== "number" || number < before)
        .toReversed();
      const page = found.slice(0, limit);
      const next = found.length > limit ? page.at(-1)?.number : undefined;
      return { events: page, next, completeSinceMs: records[0]?.timeMs };
    },
    async newer(wanted) {
      const fresh = followers.flatMap((next) => next());
      if (!isPlaced) {
        isPlaced = true;
        return [];
      }
      const records = all();
      const filter = filterOf(wanted, records);
      return records.slice(records.length - fresh.length).filter((record) => matchesFilter(filter, record));
    },
    async machines(wanted) {
      const records = all();
      const word = wanted.toLowerCase();
      const isIt = records.some(({ cmid, computer }) => cmid === word || computer.toLowerCase() === word);
      const last = records.findLast(({ cmid }) => cmid !== "");
      if (!isIt || last === undefined) return [];
      return [{ cmid: last.cmid, name: last.computer, address: "", lastSeenMs: last.timeMs, counts: false }];
    },
  };
}

/** In the order of time; the number is the place in both files, which holds until the older one goes. */
function numbered(events: readonly object[]): readonly EventRecord[] {
  const records = events.flatMap((event) => readEventJson(event) ?? []);
  const ordered = records.toSorted((a, b) => a.timeMs - b.timeMs);
  return withCmids(ordered.map((record, i) => ({ ...record, number: i + 1 })));
}

/** A client's events name products by activation id alone. */
function filterOf({ product, ...filter }: WantedEvents, records: readonly EventRecord[]): typeof ALL_EVENTS {
  if (product === undefined) return { ...ALL_EVENTS, ...filter };
  const known = records.flatMap(({ fields: { activationId } }) =>
    typeof activationId === "string" ? [activationId] : [],
  );
  const isId = known.includes(product.toLowerCase());
  return { ...ALL_EVENTS, ...filter, activationIds: [isId ? product.toLowerCase() : product] };
}

function innerDirectories(directory: string): readonly string[] {
  try {
    const entries = readdirSync(directory, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(directory, name));
  } catch {
    return []; // Not there yet: it has no events.
  }
}
