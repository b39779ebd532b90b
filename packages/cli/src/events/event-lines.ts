import {
  EVENTS,
  type EventRecord,
  eventJson,
  fieldText,
  infoLine,
  isEventId,
  machineNameOf,
  printableText,
  summaryOf,
  timeText,
  titleOf,
} from "@countersign/domain";
import { fieldLines, type Row, type Terminal, tableLines } from "../terminal.ts";

/** What a person sees of a list: newest on top, the level as a colour and a word. */
export function eventTable(
  records: readonly EventRecord[],
  { highlight }: Pick<Terminal, "highlight">,
): readonly string[] {
  const [head, ...lines] = tableLines(records.map(tableRow));
  if (head === undefined || records.length === 0) return ["no events"];
  return [head, ...lines.map((line, i) => highlight(records[i]?.level ?? "information", line))];
}

/** One line of a follower, in the columns of the table. */
export function eventLine(record: EventRecord, { highlight }: Pick<Terminal, "highlight">): string {
  const { number, time, id, level, machine, event } = tableRow(record);
  const columns = [String(number).padStart(8), time, String(id).padEnd(5), level.padEnd(7), machine.padEnd(16), event];
  return highlight(record.level, columns.join("  "));
}

function tableRow(record: EventRecord) {
  return {
    number: record.number,
    time: `${timeText(record.timeMs).slice(0, 19)}Z`,
    id: record.eventId,
    level: record.level === "information" ? "info" : record.level,
    machine: printableText(machineNameOf(record)),
    event: `${summaryOf(record)}${record.repeats > 0 ? ` (asked ${record.repeats + 1} times)` : ""}`,
  };
}

/** Flat, for a spreadsheet. */
export function csvRow(record: EventRecord): Row {
  const { number, timeMs, eventId, level, log, source, computer, cmid, requestId, repeats, fields } = record;
  return {
    ...{ number, time: timeText(timeMs), id: eventId, level, log, source, computer },
    ...{ machine: printableText(machineNameOf(record)), cmid, requestId, repeats },
    ...{ event: titleOf(record), summary: summaryOf(record), info: infoLine(eventId, fields) },
  };
}

/** One event with everything in it: each field by name. */
export function detailLines(record: EventRecord): readonly string[] {
  const { eventId, fields, requestId, cmid, repeats } = record;
  const kinds: Readonly<Record<string, Parameters<typeof fieldText>[0]>> = isEventId(eventId)
    ? EVENTS[eventId].fields
    : {};
  const around: Row = {
    ...{ event: `${eventId}, ${titleOf(record)}`, number: record.number, time: timeText(record.timeMs) },
    ...{ level: record.level, log: record.log, source: record.source, computer: record.computer },
    ...(requestId === "" ? {} : { requestId }),
    ...(cmid === "" ? {} : { machineCmid: cmid }),
    ...(repeats === 0 ? {} : { repeats }),
  };
  const named = Object.entries(fields).map(([name, value]) => {
    const kind = kinds[name];
    return [name, kind === undefined ? printableText(JSON.stringify(value)) : fieldText(kind, value)] as const;
  });
  const page = isEventId(eventId) ? [`page: docs/${EVENTS[eventId].page}`] : [];
  const means = isEventId(eventId) ? [`Meaning: ${EVENTS[eventId].means}.`] : [];
  return [
    ...fieldLines(around),
    "",
    ...fieldLines(Object.fromEntries(named)),
    "",
    `Info: ${infoLine(eventId, fields)}`,
    ...means,
    ...page,
  ];
}

/** What `-o json` prints of one. */
export function recordJson(record: EventRecord) {
  return { ...eventJson(record), event: titleOf(record), machine: machineNameOf(record), summary: summaryOf(record) };
}
