import { EVENT_GUIDE, type EventGuide } from "./events/event-guide.ts";
import type { EventRow, Purpose, ValuesOf } from "./events/event-row.ts";
import { lineOf } from "./events/info-line.ts";
import { KMS_EVENTS } from "./events/kms-events.ts";
import { OWN_EVENTS } from "./events/own-events.ts";
import { printableText } from "./printable-text.ts";

const ROWS = { ...KMS_EVENTS, ...OWN_EVENTS } as const;

/** The id of an event of the catalogue. */
export type EventId = keyof typeof ROWS;

/** The typed data object of one event: what a writer must give. JSON values only. */
export type EventFieldsOf<Id extends EventId> = ValuesOf<(typeof ROWS)[Id]["fields"]>;

/** An event id with exactly its own fields. */
export type CatalogEvent<Id extends EventId = EventId> = Id extends EventId
  ? { readonly eventId: Id; readonly fields: EventFieldsOf<Id> }
  : never;

/** One row of the catalogue, complete. */
export interface EventEntry extends EventRow, EventGuide {
  readonly id: EventId;
  /** From `docs/`: `reference/events/12290.md`. */
  readonly page: string;
}

/** THE catalogue by id (behaviour.md §4): CLI, console, docs and exports read it. Ids ascend. */
export const EVENTS: Readonly<Record<EventId, EventEntry>> = tableOf(ROWS, EVENT_GUIDE);

/** The ids by what they say, for writers. */
export const EVENT = {
  serviceStarted: 902,
  serviceStopped: 903,
  statusChecked: 1003,
  keyInstalled: 1016,
  keyRemoved: 1018,
  graceStarted: 1025,
  validityStarted: 1036,
  activationFailed: 8198,
  requestSent: 12288,
  responseProcessed: 12289,
  requestProcessed: 12290,
  serviceNotStarted: 12291,
  renewalTimerNotStarted: 12292,
  dnsPublicationFailed: 12293,
  dnsPublished: 12294,
  rearmed: 12306,
  attemptScheduled: 16384,
  cloneSuspected: 30001,
  reidentifySent: 30002,
  fingerprintDrift: 30003,
  hostCloneSuspected: 30004,
  certificateInstalled: 30005,
  certificateExpiring: 30006,
  certificateExpired: 30007,
  clockSuspect: 30008,
  clockTrusted: 30009,
  untrustedHost: 30010,
  seatLimit: 30011,
  adminAction: 30012,
  overload: 30013,
  requestsDropped: 30014,
  refusalsSummarised: 30015,
  clockSkew: 30016,
  hostRollback: 30017,
  resynchronised: 30018,
  identityReplaced: 30019,
  storeRecovered: 30020,
  storeNotWritable: 30021,
  otherProtocol: 30022,
  dnsUnpublished: 30023,
  documentsUpdated: 30024,
  hostsLookedUp: 30025,
  findingAppeared: 30026,
  findingCleared: 30027,
} as const satisfies Readonly<Record<string, EventId>>;

/** What writers put into `source`. */
export const EVENT_SOURCE = "Countersign";

/** Bit of the status flags: the count on the host is below what is required (pairs with 0xC004F038). */
export const FLAG_NOT_ENOUGH_COUNT = 0x04000000;

/** True for an id of the catalogue: a store may hold events of a newer version. */
export function isEventId(id: number): id is EventId {
  return Object.hasOwn(ROWS, id);
}

/** One event with its data, checked against the catalogue by the compiler. */
export function eventOf<const Id extends EventId>(eventId: Id, fields: EventFieldsOf<Id>): CatalogEvent<Id> {
  return { eventId, fields } as CatalogEvent<Id>;
}

/**
 * The one-line `Info:` text. 12288, 12289 and 12290 keep the field order, separators and time formats administrators
 * parse (kms-behaviour.md §6.2), our own additions to 12290 not included; every other event prints its fields in order.
 * Fields are read as stored: one that is missing prints as nothing, an event of a newer version as JSON.
 */
export function infoLine(eventId: number, fields: Readonly<Record<string, unknown>>): string {
  if (isEventId(eventId)) return lineOf(eventId, EVENTS[eventId].fields, fields);
  return printableText(JSON.stringify(fields));
}

/** Why a machine asked: from the licence status it reports and what this host answered it last. */
export function purposeOf(licenseStatus: number, lastAnswer: "none" | "count report" | "lease"): Purpose {
  if (licenseStatus === 1) return "renewal";
  if (licenseStatus >= 3 || lastAnswer === "lease") return "recovery";
  return lastAnswer === "count report" ? "again below count" : "first activation";
}

function tableOf(
  rows: Readonly<Record<EventId, EventRow>>,
  guides: Readonly<Record<EventId, EventGuide>>,
): Readonly<Record<EventId, EventEntry>> {
  const entries = Object.entries(rows).map(([id, row]) => {
    const page = `reference/events/${id}.md`;
    return [id, { ...row, ...guides[Number(id) as EventId], id: Number(id), page }];
  });
  return Object.fromEntries(entries);
}
