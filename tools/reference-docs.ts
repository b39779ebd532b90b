import {
  type ClientAction,
  EVENTS,
  type EventEntry,
  type Fate,
  type FieldKind,
  hresultText,
  infoLine,
  REFUSALS,
  type RefusalEntry,
  titleOf,
} from "@countersign/domain";
import { commandPages } from "../packages/cli/src/pages.ts";
import { slmgrPage } from "../packages/cli/src/slmgr/slmgr-page.ts";
import { doctorReportJsonSchema } from "../packages/doctor/src/report/report-schema.ts";
import { checkPages } from "./check-pages.ts";
import { statePages } from "./state-pages.ts";

/** One generated page: its path from `docs/` and its whole text. */
export interface ReferencePage {
  readonly path: string;
  readonly text: string;
}

/** Folders of `docs/` in which every file is generated: a file no table names is an orphan. */
export const GENERATED_FOLDERS = [
  "reference/refusals",
  "reference/events",
  "reference/commands",
  "reference/states",
  "reference/checks",
];

/** Every page made from a table: one per refusal, event and command, and an index of each. */
export function referencePages(): readonly ReferencePage[] {
  const refusals = Object.values(REFUSALS);
  const events = Object.values(EVENTS);
  return [
    { path: "reference/refusals/README.md", text: refusalIndex(refusals) },
    ...refusals.map((entry) => ({ path: entry.page, text: refusalPage(entry) })),
    { path: "reference/events/README.md", text: eventIndex(events) },
    ...events.map((entry) => ({ path: entry.page, text: eventPage(entry) })),
    ...commandPages(),
    ...statePages(),
    ...checkPages(),
    { path: "reference/doctor-report.schema.json", text: jsonText(doctorReportJsonSchema()) },
    slmgrPage(),
  ];
}

function jsonText(value: object): string {
  return `${JSON.stringify(value, undefined, 2)}\n`;
}

const NOTICE = (table: string) => `<!-- Made by \`npm run generate\` from ${table}; change it there. -->`;

const FATE_TEXT: Readonly<Record<Fate, string>> = {
  dropped: "dropped: nothing is written but one summarising event per source and hour",
  refused:
    "refused: the request is logged (event 12290) and counted as failed; a publisher writes it to its issuance log",
  statement:
    "served: a signed statement says so; the request is logged (event 12290) and counted under its licence status",
  local: "local: the machine that reports it found out by itself",
};

const ACTION_TEXT: Readonly<Record<ClientAction, string>> = {
  "use-version-range": "asks again in the range of versions it was told, or asks the next host",
  "next-host": "asks the next host",
  "next-host-and-notify": "asks the next host and tells the person; its schedule goes on",
  "bug-long-backoff": "logs it as a bug and leaves that host alone for a day",
  "keep-bytes-next-host":
    "asks the next host with the same bytes; a new series starts at the next scheduled attempt, at most once in 24 hours",
  "honour-retry-after": "leaves that host alone as long as it was asked to, and a random time more",
  "back-off-target":
    "leaves that host alone for a random time that doubles each time, at most 2 hours, and asks the next host",
  "wait-activation-interval": "asks again after the activation interval (2 hours unless the host says otherwise)",
  "replace-identity": "draws a new CMID and asks again, at most once in 24 hours and three times in 30 days",
  "show-remedy": "shows the remedy to a person",
  none: "nothing",
};

const KIND_TEXT: Readonly<Record<FieldKind, string>> = {
  resultCode: "result code (HRESULT); 0 is success",
  flags: "status flags",
  count: "number",
  minutes: "minutes",
  seconds: "seconds",
  instantMs: "instant, UTC",
  licenseStatus: "licence status 0 to 5",
  yesNo: "1 or 0",
  uuid: "UUID",
  address: "address",
  name: "name, as the network gave it",
  text: "text",
  reason: "[reason](../refusals/README.md)",
  partialKey: "last five symbols of a product key",
  purpose: "first activation, again below count, renewal or recovery",
};

const SAMPLE: Readonly<Record<FieldKind, unknown>> = {
  resultCode: 0,
  flags: 0,
  count: 25,
  minutes: 120,
  seconds: 30,
  instantMs: Date.UTC(2026, 10, 24, 9, 5),
  licenseStatus: 2,
  yesNo: true,
  uuid: "36f27b39-0000-4000-8000-000000000001",
  address: "kms.example.com:1688",
  name: "pc-17.example.com",
  text: "text",
  reason: "COUNT_TOO_LOW",
  partialKey: "7K2QX",
  purpose: "renewal",
};

function refusalPage(entry: RefusalEntry): string {
  const rows: readonly (readonly [string, string])[] = [
    ["Code", `\`${hresultText(entry.code)}\``],
    ["Fate of the request", FATE_TEXT[entry.fate]],
    ["RPC code", entry.rpcCode === "" ? "none: it never crosses the wire as an error" : `\`${entry.rpcCode}\``],
    ["Exit code of a command", String(entry.exitCode)],
    ["What a client does", ACTION_TEXT[entry.clientAction]],
  ];
  return page([
    NOTICE("packages/domain/src/refusals"),
    `# ${entry.reason}`,
    `> ${readable(entry.sentence)}`,
    "## What to do",
    `${sentenceCase(readable(entry.remedy))}.`,
    "## Facts",
    table(["", ""], rows),
    "[All refusals](README.md)",
  ]);
}

function refusalIndex(entries: readonly RefusalEntry[]): string {
  const rows = entries.map((entry) => [
    `[${entry.reason}](${fileName(entry.page)})`,
    `\`${hresultText(entry.code)}\``,
    readable(entry.sentence),
  ]);
  return page([
    NOTICE("packages/domain/src/refusals"),
    "# Refusals and failures",
    "Everything Countersign refuses or fails with has a stable reason, a code and a page. The code is the HRESULT that " +
      "administrators of KMS know where there is one; ours begin with `0xE0C5`. Words in ‹› stand for what was found.",
    table(["Reason", "Code", "Sentence"], rows),
  ]);
}

function eventPage(entry: EventEntry): string {
  const fields = Object.entries(entry.fields).map(([name, kind]) => [`\`${name}\``, KIND_TEXT[kind]]);
  const sample = Object.fromEntries(Object.entries(entry.fields).map(([name, kind]) => [name, SAMPLE[kind]]));
  return page([
    NOTICE("packages/domain/src/events"),
    `# Event ${entry.id}: ${entry.title}`,
    `${sentenceCase(entry.means)}.`,
    table(
      ["", ""],
      [
        ["Level", entry.level],
        ["Written by", entry.side === "either" ? "host and client" : entry.side],
        ["Log", entry.log],
        ["Source", "Countersign"],
      ],
    ),
    "## Fields",
    table(["Field", "Holds"], fields),
    "## What to do",
    entry.todo.length === 0 ? "Nothing." : entry.todo.map((what, i) => `${i + 1}. ${sentenceCase(what)}.`).join("\n"),
    "## What goes with it",
    entry.goesWith.length === 0
      ? "No other event."
      : entry.goesWith.map((id) => `- [${id}](${id}.md): ${titleOf({ eventId: id })}`).join("\n"),
    "## One line",
    `\`\`\`text\nInfo: ${infoLine(entry.id, sample)}\n\`\`\``,
    "[All events](README.md)",
  ]);
}

function eventIndex(entries: readonly EventEntry[]): string {
  const rows = entries.map((entry) => [
    `[${entry.id}](${fileName(entry.page)})`,
    entry.title,
    entry.level,
    entry.side === "either" ? "host and client" : entry.side,
    entry.log,
  ]);
  return page([
    NOTICE("packages/domain/src/events"),
    "# Events",
    "Ids below 30000 are those administrators of KMS know; ours begin at 30001. Only 12290 goes to the log " +
      "*Key Management Service*, everything else to *Application*.",
    table(["Id", "Event", "Level", "Written by", "Log"], rows),
  ]);
}

function page(blocks: readonly string[]): string {
  return `${blocks.join("\n\n")}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

/** `{name}` as ‹name›; the brackets of optional parts go. */
function readable(sentence: string): string {
  return sentence.replace(/\{(\w+)\}/g, "‹$1›").replace(/[[\]]/g, "");
}

function sentenceCase(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
