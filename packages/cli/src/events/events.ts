import { type EventRecord, eventsXml } from "@countersign/domain";
import { optionalCountOf, textOf } from "../actions/words.ts";
import type { Action, Given, Shell } from "../command.ts";
import { refused } from "../refusal-report.ts";
import { EXIT } from "../terminal.ts";
import { csvRow, detailLines, eventLine, eventTable, recordJson } from "./event-lines.ts";
import type { EventSource, EventsFound } from "./event-source.ts";
import { type EventSources, withSources } from "./open-source.ts";
import { wantedEvents } from "./wanted-events.ts";

const LIMITS = { table: 50, other: 10_000, most: 1_000_000 } as const;
const FIRST_FOLLOWED = 10;
const FOLLOW_MS = 1_000;

/** The event log of this machine's host, of its client, or of a host elsewhere. */
export const events: Action = (given, shell) =>
  withSources(given, shell, async (sources) => {
    const source = sourceOf(sources);
    if (textOf(given, "show") !== undefined) return show(source, given, shell);
    if (given["follow"] === true) return follow(source, given, shell);
    return list(source, given, shell);
  });

/** A host's log says what a client's says and more. */
function sourceOf({ host, client }: EventSources): EventSource {
  const source = host ?? client;
  if (source === undefined) throw new Error("sources without a source");
  return source;
}

async function list(source: EventSource, given: Given, shell: Shell): Promise<number> {
  const { terminal } = shell;
  const fallback = terminal.format === "table" || terminal.format === "short" ? LIMITS.table : LIMITS.other;
  const limit = optionalCountOf(given, "limit", { least: 1, most: LIMITS.most }) ?? fallback;
  const before = optionalCountOf(given, "before", { least: 1, most: Number.MAX_SAFE_INTEGER });
  const found = await source.find(wantedEvents(given, shell.nowMs()), before, limit);
  print(found, given, shell);
  const last = found.events.at(-1);
  if (found.next !== undefined && last !== undefined) terminal.note(`older events: add --before ${last.number}`);
  return EXIT.ok;
}

function print({ events: records, completeSinceMs }: EventsFound, given: Given, shell: Shell): void {
  const { terminal } = shell;
  if (given["xml"] === true) {
    shell.print(eventsXml(records));
    return;
  }
  if (terminal.format === "jsonl") {
    shell.print(records.map((record) => `${JSON.stringify(recordJson(record))}\n`).join(""));
    return;
  }
  const completeSince = completeSinceMs === undefined ? "" : new Date(completeSinceMs).toISOString();
  terminal.answer({
    json: { events: records.map(recordJson), completeSince },
    rows: records.map(csvRow),
    short: String(records.length),
    lines: eventTable(records, terminal),
  });
}

/** One event, by its number. */
async function show(source: EventSource, given: Given, shell: Shell): Promise<number> {
  if (textOf(given, "show") !== "show")
    throw refused("USAGE_INVALID", { expected: "no word, or show and a number", found: textOf(given, "show") ?? "" });
  const number = optionalCountOf(given, "number", { least: 1, most: Number.MAX_SAFE_INTEGER });
  if (number === undefined) throw refused("USAGE_INVALID", { expected: "the number of an event", found: "none" });
  const wanted = wantedEvents({}, shell.nowMs());
  const { events: near } = await source.find(wanted, number + 1, 1);
  const record = near.find((one) => one.number === number) ?? (await newestNumbered(source, number, shell));
  if (record === undefined) throw refused("NOT_FOUND", { what: "event", name: String(number) });
  const row = csvRow(record);
  shell.terminal.answer({
    json: recordJson(record),
    rows: [row],
    short: String(row["summary"]),
    lines: detailLines(record),
  });
  return EXIT.ok;
}

/** The newest event has none after it to stand before. */
async function newestNumbered(source: EventSource, number: number, shell: Shell): Promise<EventRecord | undefined> {
  const { events: newest } = await source.find(wantedEvents({}, shell.nowMs()), undefined, 1);
  return newest.find((one) => one.number === number);
}

async function follow(source: EventSource, given: Given, shell: Shell): Promise<number> {
  const { terminal } = shell;
  if (!["table", "jsonl"].includes(terminal.format) || given["xml"] === true)
    throw refused("USAGE_INVALID", { expected: "--follow with -o table or jsonl", found: terminal.format });
  const wanted = wantedEvents(given, shell.nowMs());
  const line = (record: EventRecord) =>
    terminal.format === "jsonl" ? JSON.stringify(recordJson(record)) : eventLine(record, terminal);
  const say = (records: readonly EventRecord[]) => shell.print(records.map((record) => `${line(record)}\n`).join(""));
  await source.newer(wanted);
  const limit = optionalCountOf(given, "limit", { least: 0, most: LIMITS.other }) ?? FIRST_FOLLOWED;
  const first = limit > 0 ? (await source.find(wanted, undefined, limit)).events : [];
  say(first.toReversed());
  // What was written between the two looks is in both.
  const said = new Set(first.map(({ number }) => number));
  const ended = shell.interrupted.then(() => true);
  while (!(await Promise.race([ended, afterMs(FOLLOW_MS)])))
    say((await source.newer(wanted)).filter(({ number }) => !said.has(number)));
  return EXIT.interrupted;
}

function afterMs(ms: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), ms));
}
