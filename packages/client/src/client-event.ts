import {
  type CatalogEvent,
  EVENT_SOURCE,
  EVENTS,
  type EventFieldsOf,
  type EventId,
  infoLine,
} from "@countersign/domain";

/** One event of a client as it is written (behaviour.md §4). */
export interface ClientEvent {
  readonly timeMs: number;
  readonly id: number;
  readonly level: "information" | "warning" | "error";
  readonly source: string;
  readonly log: string;
  readonly computer: string;
  /** 16 hexadecimal digits that the host can compute too; "" for an event without a request. */
  readonly requestId: string;
  /** The activation id of the product it is about; "" = the machine. */
  readonly product: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** The one-line `Info:` text. */
  readonly info: string;
}

/** Takes events in order. It must not throw: an event that cannot be kept never stops an activation. */
export type EventSink = (event: ClientEvent) => void;

/** An event of the catalogue with everything around it. */
export function clientEvent(
  { eventId, fields }: CatalogEvent,
  around: { readonly timeMs: number; readonly computer: string; readonly requestId: string; readonly product: string },
): ClientEvent {
  const { level, log } = EVENTS[eventId];
  return {
    ...{ ...around, id: eventId, level, source: EVENT_SOURCE, log, fields },
    // Written out when somebody reads it: most programs look at the fields.
    get info() {
      return infoLine(eventId, fields);
    },
  };
}

/** An event of one id, with exactly the fields the catalogue gives it. */
export type EventOf<Id extends EventId> = ClientEvent & { readonly id: Id; readonly fields: EventFieldsOf<Id> };

/** Narrows an event to one id: `if (isEvent(event, EVENT.responseProcessed)) event.fields.currentCount`. */
export function isEvent<const Id extends EventId>(event: ClientEvent, id: Id): event is EventOf<Id> {
  return event.id === id;
}
