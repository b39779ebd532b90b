import type { EventFields, EventRow, FieldKind, Purpose, ValuesOf } from "./events/event-row.ts";
import { KMS_EVENTS } from "./events/kms-events.ts";
import { OWN_EVENTS } from "./events/own-events.ts";
import { printableText } from "./printable-text.ts";
import { hresultText } from "./refusal.ts";

const ROWS = { ...KMS_EVENTS, ...OWN_EVENTS } as const;

/** The id of an event of the catalogue. */
export type EventId = keyof typeof ROWS;

/** The typed data object of one event: what a writer must give. JSON values only. */
export type EventFieldsOf<Id extends EventId> = ValuesOf<(typeof ROWS)[Id]["fields"]>;

/** An event id with exactly its own fields. */
export type CatalogEvent<Id extends EventId = EventId> = Id extends EventId
  ? { readonly eventId: Id; readonly fields: EventFieldsOf<Id> }
  : never;

/** One row of the catalogue. */
export interface EventEntry extends EventRow {
  readonly id: EventId;
  /** From `docs/`: `reference/events/12290.md`. */
  readonly page: string;
}

/** THE catalogue (behaviour.md §4), in ascending order of ids: CLI, console, docs and exports read it. */
export const EVENTS: readonly EventEntry[] = Object.entries(ROWS)
  .map(([id, row]) => ({ ...row, id: Number(id) as EventId, page: `reference/events/${id}.md` }))
  .sort((a, b) => a.id - b.id);

/** What writers put into `source`. */
export const EVENT_SOURCE = "Countersign";

/** Bit of the status flags: the count on the host is below what is required (pairs with 0xC004F038). */
export const FLAG_NOT_ENOUGH_COUNT = 0x04000000;

/** The row of an id; undefined for an id that is none of ours. */
export function eventEntry(id: number): EventEntry | undefined {
  return EVENTS.find((entry) => entry.id === id);
}

/** One event with its data, checked against the catalogue by the compiler. */
export function eventOf<const Id extends EventId>(eventId: Id, fields: EventFieldsOf<Id>): CatalogEvent<Id> {
  return { eventId, fields } as CatalogEvent<Id>;
}

/**
 * The one-line `Info:` text. 12288, 12289 and 12290 keep the field order, separators and time formats administrators
 * parse (kms-behaviour.md §6.2), our own additions to 12290 not included; every other event prints its fields in order.
 */
export function infoLine<Id extends EventId>(eventId: Id, fields: EventFieldsOf<Id>): string;
export function infoLine(eventId: EventId, fields: Readonly<Record<string, unknown>>): string {
  if (eventId === 12288) return requestLine(fields as EventFieldsOf<12288>);
  if (eventId === 12289) return replyLine(fields as EventFieldsOf<12289>);
  if (eventId === 12290) return servedLine(fields as EventFieldsOf<12290>);
  return Object.entries(ROWS[eventId].fields as EventFields)
    .map(([name, kind]) => fieldText(kind, fields[name]))
    .join(", ");
}

/** Why a machine asked: from the licence status it reports and what this host answered it last. */
export function purposeOf(licenseStatus: number, lastAnswer: "none" | "count report" | "lease"): Purpose {
  if (licenseStatus === 1) return "renewal";
  if (licenseStatus >= 3 || lastAnswer === "lease") return "recovery";
  return lastAnswer === "count report" ? "again below count" : "first activation";
}

/** How one value of a field is printed outside the three conversation lines. */
export function fieldText(kind: FieldKind, value: unknown): string {
  switch (kind) {
    case "resultCode":
      return shortHex(Number(value));
    case "flags":
      return `0x${(Number(value) >>> 0).toString(16)}`;
    case "instantMs":
      return instantText(Number(value));
    case "yesNo":
      return value === true ? "1" : "0";
    case "count":
    case "minutes":
    case "seconds":
    case "licenseStatus":
      return String(value);
    case "uuid":
    case "address":
    case "name":
    case "text":
    case "reason":
    case "partialKey":
    case "purpose":
      return printableText(String(value ?? ""));
  }
}

function requestLine(fields: EventFieldsOf<12288>): string {
  return [
    hresultText(fields.resultCode),
    hresultText(fields.flags),
    printableText(fields.host),
    fields.cmid,
    clientTimeText(fields.clientTimeMs, 2),
    fieldText("yesNo", fields.virtualMachine),
    fields.licenseStatus,
    fields.minutesToExpiry,
    fields.activationId,
    fields.requiredCount,
  ].join(", ");
}

function replyLine(fields: EventFieldsOf<12289>): string {
  return [
    shortHex(fields.resultCode),
    fieldText("flags", fields.flags),
    fieldText("yesNo", fields.activated),
    0, // the fourth insert is unused in KMS too
    fields.currentCount,
    fields.activationIntervalMinutes,
    fields.renewalIntervalMinutes,
    clientTimeText(fields.clientTimeMs, 1),
  ].join(", ");
}

function servedLine(fields: EventFieldsOf<12290>): string {
  return [
    shortHex(fields.resultCode),
    fields.requiredCount,
    // A comma inside a name would shift every field after it.
    printableText(fields.clientName).replaceAll(",", " "),
    fields.cmid,
    clientTimeText(fields.clientTimeMs, 1),
    fieldText("yesNo", fields.virtualMachine),
    fields.licenseStatus,
    fields.minutesToExpiry,
    fields.activationId,
  ].join(",");
}

/** `0x0` for success, eight digits otherwise. */
function shortHex(code: number): string {
  return code === 0 ? "0x0" : hresultText(code);
}

/** `2010/09/29 17:52` with two digits, `2010/9/29 17:52` with one, in UTC. */
function clientTimeText(instantMs: number, digits: 1 | 2): string {
  const at = new Date(instantMs);
  if (Number.isNaN(at.getTime())) return `${instantMs}`;
  const padded = (part: number, width: number) => String(part).padStart(width, "0");
  const day = [at.getUTCMonth() + 1, at.getUTCDate()].map((part) => padded(part, digits)).join("/");
  return `${at.getUTCFullYear()}/${day} ${padded(at.getUTCHours(), digits)}:${padded(at.getUTCMinutes(), 2)}`;
}

/** ISO 8601 in UTC; an instant no calendar holds (a client may claim any) is printed as its number. */
function instantText(instantMs: number): string {
  const at = new Date(instantMs);
  return Number.isNaN(at.getTime()) ? `${instantMs}` : at.toISOString();
}
