import type { ClientEvent, LicenseReport } from "@countersign/client";
import { licenceWarnings, titleOf, xprLines } from "@countersign/domain";
import type { Machine } from "../machine.ts";
import { DAY_MS, HOUR_MS, type Stage } from "./stage.ts";

/** What an administrator would have seen on one machine, line by line. */
export interface Timeline {
  readonly lines: readonly string[];
  /** Takes an event of the machine. */
  hear(event: ClientEvent): void;
  /** Something was done to the machine or its host. */
  say(text: string): void;
  /** Writes down what changed since the last look. */
  look(machine: Machine): void;
}

const MINUTE_MS = 60_000;
const WARNING = "warning";
const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

/** An empty timeline. Ids are drawn anew in each run, so they stand as #1, #2 in the order they are met. */
export function createTimeline(stage: Stage): Timeline {
  const lines: string[] = [];
  const names = new Map<string, string>();
  const named = (text: string) => text.replace(UUID, (id) => nameOf(id, names));
  const write = (kind: string, text: string) =>
    lines.push(`${dayText(stage.sinceMs())}  ${kind.padEnd(7)}  ${named(text)}`.trimEnd());
  const repeats = createRepeats((text) => lines.push(text));
  let heard: ClientEvent[] = [];
  let shown: readonly string[] = [];
  const flush = () => {
    const attempt = heard;
    heard = [];
    if (attempt.length === 0 || repeats.isRepeat(attempt.map(shapeOf).join(" "), stage.sinceMs())) return;
    for (const { id, info } of attempt) write(String(id), `${titleOf({ eventId: id })}: ${info}`);
  };
  return {
    lines,
    hear: (event) => heard.push(event),
    say: (text) => {
      flush();
      repeats.end();
      write("----", text);
    },
    look: (machine) => {
      const now = shownOf(machine);
      if (now.join() === shown.join()) {
        flush();
        return;
      }
      repeats.end();
      flush();
      for (const line of now) if (!shown.includes(line)) write(...splitLine(line));
      if (shown.some(isWarning) && !now.some(isWarning)) write(WARNING, "none any more");
      shown = now;
    },
  };
}

const isWarning = (line: string) => line.startsWith(WARNING);

/** State, /xpr and warnings as they stand; what is not there any more is told by what came in its place. */
function shownOf({ client }: Machine): readonly string[] {
  const status = client.status();
  const facts = client.facts();
  const [, expiry = ""] = xprLines([facts]);
  return [
    `state\t${stateText(status)}`,
    `/xpr\t${expiry.trim()}`,
    ...licenceWarnings(facts).map(({ text }) => `${WARNING}\t${text}`),
  ];
}

function splitLine(line: string): [kind: string, text: string] {
  const [kind = "", text = ""] = line.split("\t");
  return [kind, text];
}

function stateText({ status, statusText, grace, reason, cmid, flags }: LicenseReport): string {
  const more = [
    ...(grace === undefined ? [] : [`grace ${grace}`]),
    ...(reason === undefined ? [] : [reason]),
    ...(flags.clockSuspect ? ["clock suspect"] : []),
  ];
  return `${status} ${statusText}${more.length === 0 ? "" : `, ${more.join(", ")}`}, CMID ${cmid}`;
}

/** What happens alike many times in a row is written once and counted. */
function createRepeats(write: (line: string) => void) {
  let shape = "";
  let count = 0;
  let last = "";
  const end = () => {
    if (count > 0) write(`${" ".repeat(14)}...      ${count} more like it, the last on ${last}`);
    shape = "";
    count = 0;
  };
  return {
    end,
    isRepeat: (found: string, nowMs: number) => {
      if (found !== shape) {
        end();
        shape = found;
        return false;
      }
      count++;
      last = dayText(nowMs).trim();
      return true;
    },
  };
}

function shapeOf({ id, fields }: ClientEvent): string {
  const { resultCode, innerCodes, licenseStatus, reason, kind } = fields;
  return [id, resultCode, innerCodes, licenseStatus, reason, kind].join("/");
}

function nameOf(id: string, names: Map<string, string>): string {
  const name = names.get(id) ?? `#${names.size + 1}`;
  names.set(id, name);
  return name;
}

function dayText(sinceMs: number): string {
  const day = Math.floor(sinceMs / DAY_MS);
  const two = (value: number) => String(value).padStart(2, "0");
  const time = `${two(Math.floor((sinceMs % DAY_MS) / HOUR_MS))}:${two(Math.floor((sinceMs % HOUR_MS) / MINUTE_MS))}`;
  return `day ${String(day).padStart(3)} ${time}`;
}
