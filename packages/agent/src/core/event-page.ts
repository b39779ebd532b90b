import { MAX_LINE_BYTES } from "@countersign/client";
import { type EventRecord, eventJson } from "@countersign/domain";
import { optionalCount, type Params } from "./params.ts";

/** More than fits into a line; who wants more of a page than that pages on. */
const MOST_EVENTS = 1_000;
/** Of the events of an answer; what stands around them is far below the rest of a line. */
const MOST_BYTES = MAX_LINE_BYTES - 1_024;

/** Newest first, those older than `before`; or with `after` oldest first, those newer. As many as were asked for and fit. */
export function eventPage(params: Params, history: readonly EventRecord[]) {
  const after = optionalCount(params, "after", 0);
  const before = optionalCount(params, "before", 1);
  const limit = Math.min(MOST_EVENTS, optionalCount(params, "limit", 1) ?? MOST_EVENTS);
  const inRange = history.filter(
    ({ number }) => (before === undefined || number < before) && (after === undefined || number > after),
  );
  const ordered = after === undefined ? inRange.toReversed() : inRange;
  const events = whatFits(ordered.slice(0, limit).map(eventJson));
  const [oldest] = history;
  return { events, more: events.length < ordered.length, ...(oldest && { completeSinceMs: oldest.timeMs }) };
}

/** At least one: no event of ours comes near the length of a line. */
function whatFits<Event>(events: readonly Event[]): readonly Event[] {
  const encoder = new TextEncoder();
  let bytes = 0;
  const end = events.findIndex((event) => {
    bytes += encoder.encode(JSON.stringify(event)).length + 1;
    return bytes > MOST_BYTES;
  });
  return end === -1 ? events : events.slice(0, Math.max(1, end));
}
