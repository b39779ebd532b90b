import { EVENT_SOURCE, EVENTS, infoLine, isEventId } from "../event-catalog.ts";
import { type EventLevel, type EventRecord, eventRecord, timeText } from "./event-record.ts";
import type { FieldKind } from "./event-row.ts";

const NAMESPACE = "http://schemas.microsoft.com/win/2004/08/events/event";
/** Classic events: what the genuine ones carry. */
const KEYWORDS = "0x80000000000000";
const LEVELS: Readonly<Record<EventLevel, number>> = { error: 2, warning: 3, information: 4 };
/** Events whose data Windows keeps as one list; ours follow it by name. */
const LISTED = [12288, 12289, 12290];
const [REQUEST_ID, CMID, REPEATS] = ["requestId", "machineCmid", "repeats"];
const NUMBERS: readonly FieldKind[] = [
  ...(["resultCode", "flags", "count", "minutes", "seconds", "instantMs", "licenseStatus"] as const),
];

/** Events as Windows exports them: the same elements, Data in the documented order. */
export function eventsXml(records: readonly EventRecord[]): string {
  return `<?xml version="1.0" encoding="utf-8"?>\n<Events>\n${records.map(eventXml).join("\n")}\n</Events>\n`;
}

function eventXml({
  number,
  timeMs,
  eventId,
  level,
  log,
  computer,
  requestId,
  cmid,
  repeats,
  fields,
}: EventRecord): string {
  const listed = LISTED.includes(eventId) ? [`<Data>${escaped(infoLine(eventId, fields))}</Data>`] : [];
  const around = { [REQUEST_ID]: requestId, [CMID]: cmid, [REPEATS]: repeats === 0 ? "" : repeats };
  const named = [...Object.entries(fields), ...Object.entries(around).filter(([, value]) => value !== "")].map(
    ([name, value]) =>
      `<Data Name="${escaped(name)}">${escaped(typeof value === "string" ? value : JSON.stringify(value))}</Data>`,
  );
  return [
    `<Event xmlns="${NAMESPACE}">`,
    `<System><Provider Name="${EVENT_SOURCE}"/><EventID Qualifiers="0">${eventId}</EventID><Version>0</Version>`,
    `<Level>${LEVELS[level]}</Level><Task>0</Task><Opcode>0</Opcode><Keywords>${KEYWORDS}</Keywords>`,
    `<TimeCreated SystemTime="${timeText(timeMs)}"/><EventRecordID>${number}</EventRecordID><Correlation/>`,
    `<Execution ProcessID="0" ThreadID="0"/><Channel>${escaped(log)}</Channel>`,
    `<Computer>${escaped(computer)}</Computer><Security/></System>`,
    `<EventData>${[...listed, ...named].join("")}</EventData>`,
    "</Event>",
  ].join("");
}

/** Reads what eventsXml wrote; what is no event of ours is left out. */
export function readEventsXml(text: string): readonly EventRecord[] {
  return [...text.matchAll(/<Event xmlns=.*?<\/Event>/gs)].flatMap(([xml]) => readEvent(xml));
}

function readEvent(xml: string): readonly EventRecord[] {
  if (!xml.includes(`<Provider Name="${EVENT_SOURCE}"/>`)) return [];
  const inside = (pattern: RegExp) => unescaped(pattern.exec(xml)?.[1] ?? "");
  const eventId = Number(inside(/<EventID[^>]*>(\d+)</));
  const timeMs = Date.parse(inside(/SystemTime="([^"]*)"/));
  if (!Number.isInteger(eventId) || Number.isNaN(timeMs)) return [];
  const named = new Map(
    [...xml.matchAll(/<Data Name="([^"]*)">([^<]*)<\/Data>/g)].map(([, name = "", value = ""]) => [
      unescaped(name),
      unescaped(value),
    ]),
  );
  const taken = (name: string) => {
    const value = named.get(name) ?? "";
    named.delete(name);
    return value;
  };
  const around = { requestId: taken("requestId"), cmid: taken("machineCmid"), repeats: Number(taken("repeats")) };
  const kinds: Readonly<Record<string, FieldKind>> = isEventId(eventId) ? EVENTS[eventId].fields : {};
  const fields = Object.fromEntries([...named].map(([name, value]) => [name, fieldValue(kinds[name], value)]));
  const [number, computer] = [Number(inside(/<EventRecordID>(\d+)</)), inside(/<Computer>([^<]*)</)];
  return [eventRecord({ number, timeMs, eventId, computer, fields, ...around })];
}

function fieldValue(kind: FieldKind | undefined, text: string): unknown {
  if (kind === "yesNo") return text === "true";
  if (kind !== undefined) return NUMBERS.includes(kind) ? Number(text) : text;
  return text;
}

/** XML 1.0 has no place for most control characters, not even escaped, and would rather not have DEL and C1 (§2.2). */
function escaped(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\u007E\u00A0-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, (found) =>
      [...Array(found.length).keys()].map((i) => `\\u${found.charCodeAt(i).toString(16).padStart(4, "0")}`).join(""),
    )
    .replace(/[&<>"'\t\n\r]/g, (found) => ENTITIES[found] ?? `&#${found.charCodeAt(0)};`);
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

function unescaped(text: string): string {
  return text.replace(/&(?:#(\d+)|\w+);/g, (found, code: string | undefined) =>
    code === undefined
      ? (Object.keys(ENTITIES).find((character) => ENTITIES[character] === found) ?? found)
      : String.fromCharCode(Number(code)),
  );
}
