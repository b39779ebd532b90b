import { eventDirectories, eventHistory, followEvents } from "@countersign/client/node";
import { ALL_EVENTS, type EventRecord, matchesFilter } from "@countersign/domain";
import type { EventSource, WantedEvents } from "./event-source.ts";

/** The event files of a client: of its directory, and of the publishers' directories in it. */
export function clientSource(directory: string): EventSource {
  const followers = eventDirectories(directory).map(followEvents);
  let isPlaced = false;
  const all = () => eventHistory(directory);
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

/** A client's events name products by activation id alone. */
function filterOf({ product, ...filter }: WantedEvents, records: readonly EventRecord[]): typeof ALL_EVENTS {
  if (product === undefined) return { ...ALL_EVENTS, ...filter };
  const known = records.flatMap(({ fields: { activationId } }) =>
    typeof activationId === "string" ? [activationId] : [],
  );
  const isId = known.includes(product.toLowerCase());
  return { ...ALL_EVENTS, ...filter, activationIds: [isId ? product.toLowerCase() : product] };
}
