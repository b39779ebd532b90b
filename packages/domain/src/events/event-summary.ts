import { EVENTS, isEventId } from "../event-catalog.ts";
import { printableText } from "../printable-text.ts";
import { hresultText, REFUSALS } from "../refusal.ts";
import { type EventRecord, titleOf } from "./event-record.ts";
import { fieldText } from "./info-line.ts";

type Fields = EventRecord["fields"];

/** Ids whose sentence is better than their fields one after the other. */
const SUMMARIES: Readonly<Record<number, (fields: Fields) => string>> = {
  12288: ({ host, resultCode }) => `asked ${word(host)}${codeText(resultCode, ": no reply, ")}`,
  12289: (fields) => {
    if (fields["activated"] === true) return `activated, count ${word(fields["currentCount"])}`;
    const counted = Number(fields["currentCount"] ?? 0) > 0 ? `, count ${word(fields["currentCount"])}` : "";
    return `not activated${codeText(fields["resultCode"], ": ")}${counted}`;
  },
  12290: (fields) => {
    const count = `count ${word(fields["currentCount"])} of ${word(fields["requiredCount"])}`;
    const reason = word(fields["reason"]);
    return `${reason === "" ? "granted" : reason}, ${count}, ${word(fields["purpose"])}`;
  },
};

/** An event in one line for people: what was asked, decided or done. The machine and the time are told beside it. */
export function summaryOf(record: EventRecord): string {
  const { eventId, fields } = record;
  const summary = SUMMARIES[eventId];
  if (summary !== undefined) return summary(fields);
  const kinds: Readonly<Record<string, Parameters<typeof fieldText>[0]>> = isEventId(eventId)
    ? EVENTS[eventId].fields
    : {};
  const values = Object.entries(fields)
    .filter(([name]) => !["cmid", "clientName"].includes(name))
    .map(([name, value]) => {
      const kind = kinds[name];
      return kind === undefined ? printableText(String(value)) : fieldText(kind, value);
    })
    .filter((text) => text !== "");
  return [titleOf(record), values.join(", ")].filter((part) => part !== "").join(": ");
}

/** The reason a result code stands for, and the code; "" for success. */
export function codeText(resultCode: unknown, before = ""): string {
  const code = Number(resultCode ?? 0);
  if (code === 0) return "";
  const row = Object.values(REFUSALS).find((entry) => entry.code === code);
  return `${before}${row === undefined ? hresultText(code) : `${row.reason} (${hresultText(code)})`}`;
}

function word(value: unknown): string {
  return value === undefined || value === null ? "?" : printableText(String(value));
}
