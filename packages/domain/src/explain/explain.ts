import type { EventRecord } from "../events/event-record.ts";
import { type Conclusion, concludeFrom } from "./conclusions.ts";
import { clockDifference, type Exchange, joinExchanges } from "./exchange.ts";

const CLONE_SUSPECTED = 30001;
const IN_ORDER = [12288, 12290, 12289];
const ONE_EXCHANGE_MS = 60_000;
const WEEK_MS = 7 * 86_400_000;

/** The logs of one machine, as far as they were read. */
export interface ExplainInput {
  /** How people call it. */
  readonly machine: string;
  readonly nowMs: number;
  /** Its events at the host; undefined = the host's log was not read. */
  readonly host: { readonly events: readonly EventRecord[]; readonly completeSinceMs: number | undefined } | undefined;
  /** Its own events; undefined = not read. */
  readonly client: { readonly events: readonly EventRecord[] } | undefined;
}

/** One line of the story. */
export interface TimelineEntry {
  /** By the host's clock. */
  readonly timeMs: number;
  readonly side: "host" | "client";
  readonly event: EventRecord;
}

/** The story of one machine and what follows from it. */
export interface Explanation {
  readonly machine: string;
  readonly timeline: readonly TimelineEntry[];
  readonly exchanges: readonly Exchange[];
  /** The host's clock minus the client's; undefined where no request is in both logs. */
  readonly clockDifferenceMs: number | undefined;
  readonly conclusion: Conclusion;
}

/** Joins 12288, 12290 and 12289 by request id into one timeline, oldest first, that ends in a sentence. */
export function explainMachine({ machine, nowMs, host, client }: ExplainInput): Explanation {
  const hostEvents = host?.events ?? [];
  const clientEvents = client?.events ?? [];
  const clockDifferenceMs = clockDifference(hostEvents, clientEvents);
  const moveMs = clockDifferenceMs ?? 0;
  const exchanges = joinExchanges(hostEvents, clientEvents, moveMs);
  const timeline: TimelineEntry[] = [
    ...hostEvents.map((event) => ({ timeMs: event.timeMs, side: "host" as const, event })),
    ...clientEvents.map((event) => ({ timeMs: event.timeMs + moveMs, side: "client" as const, event })),
  ];
  timeline.sort(inOrderOf(exchanges));
  const conclusion = concludeFrom({
    ...{ machine, nowMs, hostLog: host, clientLog: client, last: exchanges.at(-1) },
    namesOfCmid: namesOf(hostEvents, nowMs),
  });
  return { machine, timeline, exchanges, clockDifferenceMs, conclusion };
}

/** Names that came with one CMID within the events: several only where copies ask, or a machine was renamed. */
function namesOf(events: readonly EventRecord[], nowMs: number): readonly string[] {
  const isCloned = events.some(({ eventId, timeMs }) => eventId === CLONE_SUSPECTED && nowMs - timeMs < WEEK_MS);
  if (!isCloned) return [];
  const names = events.flatMap(({ fields: { clientName } }) => (typeof clientName === "string" ? [clientName] : []));
  return [...new Set(names)].filter((name) => name !== "");
}

/** Asked, decided, replied: clocks that differ by a moment do not turn one exchange round. */
function inOrderOf(exchanges: readonly Exchange[]): (a: TimelineEntry, b: TimelineEntry) => number {
  const starts = new Map(exchanges.map(({ requestId, events }) => [requestId, events[0]?.timeMs ?? 0]));
  const key = ({ timeMs, event: { requestId } }: TimelineEntry) => {
    const startMs = starts.get(requestId);
    return startMs !== undefined && timeMs - startMs < ONE_EXCHANGE_MS ? startMs : timeMs;
  };
  // What follows from an exchange stands behind it.
  const rank = ({ event }: TimelineEntry) =>
    IN_ORDER.includes(event.eventId) ? IN_ORDER.indexOf(event.eventId) : IN_ORDER.length;
  return (a, b) => key(a) - key(b) || rank(a) - rank(b) || a.timeMs - b.timeMs || a.event.number - b.event.number;
}
