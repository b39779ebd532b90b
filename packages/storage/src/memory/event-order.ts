import type { EventPlace, StoredEvent } from "../host-event.ts";

/** The places of a log in the order of time. Guarded time may be set back, so a new event may belong before older ones. */
export interface EventOrder {
  /** Takes in what a unit added to `kept` and what it took out. */
  follow(
    written: ReadonlyMap<number, StoredEvent | undefined>,
    kept: ReadonlyMap<number, StoredEvent | undefined>,
  ): void;
  /** From the newest that stands before `before` on. */
  newestFirst(before: EventPlace): Iterable<number>;
}

/** Of an empty log. */
export function createEventOrder(): EventOrder {
  let places: EventPlace[] = [];
  let lastId = 0;
  return {
    follow: (written, kept) => {
      for (const [id, event] of written) {
        if (event === undefined || id <= lastId) continue;
        lastId = id;
        places.splice(placesBefore(places, event), 0, { timeMs: event.timeMs, id });
      }
      const isPurged = [...written.values()].includes(undefined);
      if (isPurged) places = places.filter(({ id }) => kept.has(id));
    },
    newestFirst: function* (before) {
      for (let i = placesBefore(places, before) - 1; i >= 0; i--) {
        const place = places[i];
        if (place !== undefined) yield place.id;
      }
    },
  };
}

/** True in the order of time, and in the order of commit within one instant. */
export function isEarlier(a: EventPlace, b: EventPlace): boolean {
  return a.timeMs < b.timeMs || (a.timeMs === b.timeMs && a.id < b.id);
}

/** How many stand before a place. Nearly all events are the newest, so those are found at the first look. */
function placesBefore(places: readonly EventPlace[], place: EventPlace): number {
  const newest = places.at(-1);
  if (newest === undefined || isEarlier(newest, place)) return places.length;
  let [low, high] = [0, places.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    const looked = places[middle];
    if (looked !== undefined && isEarlier(looked, place)) low = middle + 1;
    else high = middle;
  }
  return low;
}
