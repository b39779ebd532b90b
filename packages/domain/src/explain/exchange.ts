import type { EventRecord } from "../events/event-record.ts";

const [SENT, REPLIED, DECIDED] = [12288, 12289, 12290];

/** One request as both logs tell it; what is undefined is in neither. Times are the host's where the clocks differ. */
export interface Exchange {
  readonly requestId: string;
  readonly atMs: number;
  /** 12288: the client's attempt. */
  readonly sent: EventRecord | undefined;
  /** 12290: the host's decision. */
  readonly decided: EventRecord | undefined;
  /** 12289: what the client made of the reply. */
  readonly replied: EventRecord | undefined;
  /** Everything with that request id, in the order of time. */
  readonly events: readonly EventRecord[];
}

/** How much the client's clock is behind the host's: the middle of what the joined requests say; undefined without one. */
export function clockDifference(host: readonly EventRecord[], client: readonly EventRecord[]): number | undefined {
  const decidedMs = new Map(host.filter(isDecided).map(({ requestId, timeMs }) => [requestId, timeMs]));
  const apart = client
    .filter((event) => event.eventId === SENT)
    .flatMap((event) => {
      const hostMs = decidedMs.get(event.requestId);
      return hostMs === undefined ? [] : [hostMs - event.timeMs];
    })
    .sort((a, b) => a - b);
  return apart[apart.length >> 1];
}

/** Joins both logs by request id, oldest first. The client's times are moved by `differenceMs`. */
export function joinExchanges(
  host: readonly EventRecord[],
  client: readonly EventRecord[],
  differenceMs: number,
): readonly Exchange[] {
  const byRequest = new Map<string, EventRecord[]>();
  const moved = client.map((event) => ({ ...event, timeMs: event.timeMs + differenceMs }));
  for (const event of [...host, ...moved]) {
    if (event.requestId === "") continue;
    const others = byRequest.get(event.requestId) ?? [];
    byRequest.set(event.requestId, others);
    others.push(event);
  }
  return [...byRequest]
    .map(([requestId, found]) => {
      const events = found.toSorted((a, b) => a.timeMs - b.timeMs || rank(a) - rank(b));
      // A request that was repeated has several attempts and replies under one id: the newest says how it ended.
      const newest = (id: number) => events.findLast((event) => event.eventId === id);
      return {
        ...{ requestId, events, atMs: Math.max(...events.map(({ timeMs }) => timeMs)) },
        ...{ sent: newest(SENT), decided: newest(DECIDED), replied: newest(REPLIED) },
      };
    })
    .sort((a, b) => a.atMs - b.atMs);
}

function isDecided({ eventId, requestId }: EventRecord): boolean {
  return eventId === DECIDED && requestId !== "";
}

/** Within one instant: asked, decided, replied. */
function rank({ eventId }: EventRecord): number {
  const at = [SENT, DECIDED, REPLIED].indexOf(eventId);
  return at < 0 ? 1 : at;
}
