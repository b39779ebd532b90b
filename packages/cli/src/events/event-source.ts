import type { EventFilter, EventRecord } from "@countersign/domain";

/** What is looked for; the words of a product are still to be resolved by whoever knows products. */
export interface WantedEvents extends EventFilter {
  /** Name or activation id. */
  readonly product: string | undefined;
}

/** One page, newest first. */
export interface EventsFound {
  readonly events: readonly EventRecord[];
  /** For the next page; undefined = that was all. */
  readonly next: unknown;
  /** undefined = the log is empty. */
  readonly completeSinceMs: number | undefined;
}

/** A machine a host knows. */
export interface MachineFound {
  readonly cmid: string;
  readonly name: string;
  readonly address: string;
  readonly lastSeenMs: number;
  readonly counts: boolean;
}

/** The event log of one side, wherever it is. */
export interface EventSource {
  readonly side: "host" | "client";
  /** `before`: a page's `next`, or the number of an event. */
  find(wanted: WantedEvents, before: unknown, limit: number): Promise<EventsFound>;
  /** What is new since the last call, oldest first; the first call marks the place. */
  newer(wanted: WantedEvents): Promise<readonly EventRecord[]>;
  /** By CMID, name or address; a client knows itself alone. */
  machines(wanted: string): Promise<readonly MachineFound[]>;
}
