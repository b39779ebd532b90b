/** The place of one publisher in this host's store: 1, 2, 3 … in order of installation. */
export type SeatNumber = number;

/** One event about to be written. `data` is the typed data object of the event catalogue. */
export interface NewEvent {
  readonly timeMs: number;
  readonly eventId: number;
  readonly seat: SeatNumber; // 0 = the host as a whole
  readonly requestId: Uint8Array | undefined; // 8
  readonly cmid: Uint8Array | undefined; // 16
  /**
   * The event of the same machine and product before it: its id, or the event before this one in the same call. 0 = none.
   * So the events of one machine are a chain, and none of them costs a page of an index.
   */
  readonly previous: number | "preceding";
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event as it was written. */
export interface StoredEvent extends Omit<NewEvent, "previous"> {
  /** Ascending in the order of commit; never reused. */
  readonly id: number;
  /** How often the same bytes were asked again. */
  readonly repeats: number;
}

/** What an event log may hold. */
export interface EventBound {
  /** Events before it go. */
  readonly beforeMs: number;
  /** More than so many go. */
  readonly rows: number;
  readonly limit: number;
}

/** Which events to read. */
export interface EventQuery {
  readonly afterId: number;
  readonly limit: number;
  readonly eventIds: readonly number[];
}

/** A place in the log. */
export interface EventPlace {
  readonly timeMs: number;
  readonly id: number;
}

/** What to look for in the log. */
export interface EventSearch {
  /** Only what stands before it; undefined = from the newest. */
  readonly before: EventPlace | undefined;
  readonly limit: number;
  /** So many events are looked at before the search answers, found or not: a host has others to serve meanwhile. */
  readonly stretch: number;
  /** undefined = every id. */
  readonly eventIds: readonly number[] | undefined;
  readonly cmid: Uint8Array | undefined;
  /** Inclusive. */
  readonly fromMs: number;
  /** Exclusive. */
  readonly toMs: number;
  /** Words of the stored data, in letters of either case, without which `matches` need not be asked. Plain ASCII. */
  readonly containing: readonly string[];
  readonly matches: (event: StoredEvent) => boolean;
}

/** One stretch of what was found. */
export interface EventPage {
  readonly events: readonly StoredEvent[];
  /** Where to go on, whether or not anything was found; undefined = that was all. */
  readonly next: EventPlace | undefined;
}

/** How much the log holds. */
export interface LogSize {
  readonly rows: number;
  /** undefined while it is empty. */
  readonly oldest: EventPlace | undefined;
  readonly newest: EventPlace | undefined;
  /** Of the newest events, with their indexes. */
  readonly bytesPerRow: number;
}

/** A span of the log: from an instant up to another, which is not part of it. */
export interface LogSpan {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The requests of a span (event 12290), summed up. */
export interface RequestSums {
  readonly requests: number;
  /** By product: how many machines asked for it. */
  readonly contacts: readonly {
    readonly seat: SeatNumber;
    /** A UUID. */
    readonly activationId: string;
    readonly machines: number;
  }[];
}

/** The refused requests of one reason. */
export interface RefusalSum {
  readonly seat: SeatNumber;
  readonly reason: string;
  readonly requests: number;
  /** Names, or addresses of those that give none, 20 at most; who was refused last first. */
  readonly machines: readonly string[];
  /** The newest of their events. */
  readonly lastEventId: number;
}
