import { printableText } from "../printable-text.ts";
import { hresultText } from "../refusal.ts";
import type { EventFields, FieldKind } from "./event-row.ts";

/** How one event becomes a line. */
interface Layout {
  readonly separator: string;
  /** Eight digits and padded times, as KMS clients write; hosts and replies write them short. */
  readonly padded: boolean;
  /** Field names, or a constant where KMS keeps an unused insert. */
  readonly parts: readonly (string | number)[];
}

/** The three lines administrators parse (kms-behaviour.md §6.2). Our additions to them are not printed. */
const CONVERSATION: Readonly<Record<number, Layout>> = {
  12288: {
    separator: ", ",
    padded: true,
    parts: [
      ...["resultCode", "flags", "host", "cmid", "clientTimeMs", "virtualMachine", "licenseStatus"],
      ...["minutesToExpiry", "activationId", "requiredCount"],
    ],
  },
  12289: {
    separator: ", ",
    padded: false,
    parts: [
      ...["resultCode", "flags", "activated", 0, "currentCount", "activationIntervalMinutes"],
      ...["renewalIntervalMinutes", "clientTimeMs"],
    ],
  },
  12290: {
    separator: ",",
    padded: false,
    parts: [
      ...["resultCode", "requiredCount", "clientName", "cmid", "clientTimeMs", "virtualMachine", "licenseStatus"],
      ...["minutesToExpiry", "activationId"],
    ],
  },
};

/** The line of one event whose fields are these. Values are as stored: one that is missing prints as nothing. */
export function lineOf(eventId: number, fields: EventFields, values: Readonly<Record<string, unknown>>): string {
  const conversation = CONVERSATION[eventId];
  if (conversation === undefined) {
    return Object.entries(fields)
      .map(([name, kind]) => fieldText(kind, values[name]))
      .join(", ");
  }
  const { parts, separator, padded } = conversation;
  return parts
    .map((part) => (typeof part === "number" ? part : print(fields[part], values[part], padded)))
    .join(separator);
}

/** How one value is printed outside the conversation: `0x0`, ISO instants, 1 or 0. */
export function fieldText(kind: FieldKind, value: unknown): string {
  if (value === undefined || value === null) return "";
  switch (kind) {
    case "resultCode":
      return Number(value) === 0 ? "0x0" : hresultText(Number(value));
    case "flags":
      return `0x${(Number(value) >>> 0).toString(16)}`;
    case "instantMs":
      return isoText(Number(value));
    case "yesNo":
      return value === true ? "1" : "0";
    case "count":
    case "minutes":
    case "seconds":
    case "licenseStatus":
      return String(Number(value));
    case "uuid":
    case "address":
    case "name":
    case "text":
    case "reason":
    case "partialKey":
    case "purpose":
      return printableText(String(value));
  }
}

function print(kind: FieldKind | undefined, value: unknown, padded: boolean): string {
  if (kind === undefined || value === undefined) return "";
  if (kind === "instantMs") return clientTimeText(Number(value), padded ? 2 : 1);
  if (padded && (kind === "resultCode" || kind === "flags")) return hresultText(Number(value));
  // A comma inside a name would shift every field after it.
  return fieldText(kind, value).replaceAll(",", " ");
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
function isoText(instantMs: number): string {
  const at = new Date(instantMs);
  return Number.isNaN(at.getTime()) ? `${instantMs}` : at.toISOString();
}
