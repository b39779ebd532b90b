import { printableText } from "../printable-text.ts";
import { type EventLevel, type EventRecord, timeText } from "./event-record.ts";
import { summaryOf } from "./event-summary.ts";

/** RFC 5424 §6.2.1: facility 10 is security and authorisation. */
const FACILITY = 10;
const SEVERITY: Readonly<Record<EventLevel, number>> = { error: 3, warning: 4, information: 6 };
/** RFC 5612: a number for documentation, as we have none of our own. */
const STRUCTURED_DATA_ID = "countersign@32473";
const APP_NAME = "countersign";
const MOST_NAME = 32;

/** An event as one message of RFC 5424, with its fields as structured data. */
export function syslogLine(record: EventRecord): string {
  const { level, timeMs, computer, eventId, number, requestId, cmid, fields } = record;
  const priority = FACILITY * 8 + SEVERITY[level];
  const host = printableText(computer).replace(/[^\x21-\x7e]/g, "") || "-";
  const around = { number, requestId, machineCmid: cmid };
  const params = Object.entries({ ...around, ...fields })
    .filter(([, value]) => value !== "" && value !== undefined)
    .map(([name, value]) => `${nameOf(name)}="${paramValue(value)}"`);
  const data = `[${STRUCTURED_DATA_ID} ${params.join(" ")}]`;
  return `<${priority}>1 ${timeText(timeMs)} ${host.slice(0, 255)} ${APP_NAME} - ${eventId} ${data} ${summaryOf(record)}`;
}

/** The same for journald's stream: a priority and a line. */
export function journalLine(record: EventRecord): string {
  const { level, eventId, requestId, cmid } = record;
  const about = [requestId === "" ? "" : `request ${requestId}`, cmid === "" ? "" : `CMID ${cmid}`].filter(
    (part) => part !== "",
  );
  return `<${SEVERITY[level]}>event ${eventId}: ${[summaryOf(record), ...about].join(", ")}`;
}

function nameOf(name: string): string {
  return name.replace(/[^\x21-\x7e]|[=\]"]/g, "_").slice(0, MOST_NAME);
}

/** Quote, backslash and bracket are escaped (§6.3.3). */
function paramValue(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return printableText(text).replace(/["\\\]]/g, (found) => `\\${found}`);
}
