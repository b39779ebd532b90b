import { ALL_EVENTS, type EventLevel, fromUuid, toUuid } from "@countersign/domain";
import { textOf } from "../actions/words.ts";
import type { Given } from "../command.ts";
import { refused } from "../refusal-report.ts";
import type { WantedEvents } from "./event-source.ts";

const LEVELS: readonly EventLevel[] = ["information", "warning", "error"];
const LOGS = { application: "Application", kms: "Key Management Service" } as const;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** The filters of the command line; a word that means nothing is refused by name. */
export function wantedEvents(given: Given, nowMs: number): WantedEvents {
  return {
    ...ALL_EVENTS,
    eventIds: listOf(given, "id").map(eventId),
    levels: listOf(given, "level").map(level),
    log: logOf(textOf(given, "log")),
    cmid: cmidOf(textOf(given, "cmid")),
    machine: textOf(given, "machine"),
    product: textOf(given, "product"),
    fromMs: instantOf(given, "since", nowMs),
    toMs: instantOf(given, "until", nowMs),
    text: textOf(given, "text"),
  };
}

function listOf(given: Given, name: string): readonly string[] {
  return (textOf(given, name) ?? "").split(",").flatMap((word) => (word.trim() === "" ? [] : [word.trim()]));
}

function eventId(word: string): number {
  if (/^\d{1,5}$/.test(word)) return Number(word);
  throw refused("USAGE_INVALID", { expected: "--id to be event ids with commas between them", found: word });
}

function level(word: string): EventLevel {
  const found = LEVELS.find((one) => one === word || one.slice(0, 4) === word);
  if (found !== undefined) return found;
  throw refused("USAGE_INVALID", { expected: `--level to be of ${LEVELS.join(", ")}`, found: word });
}

function logOf(word: string | undefined) {
  if (word === undefined) return undefined;
  const name = word.toLowerCase();
  const found = Object.entries(LOGS).find(([short, long]) => short === name || long.toLowerCase() === name);
  if (found !== undefined) return found[1];
  throw refused("USAGE_INVALID", { expected: "--log to be application or kms", found: word });
}

function cmidOf(word: string | undefined): string | undefined {
  if (word === undefined) return undefined;
  const bytes = fromUuid(word);
  if (bytes !== undefined) return toUuid(bytes);
  throw refused("USAGE_INVALID", { expected: "--cmid to be a CMID, a UUID", found: word });
}

/** `2h` is so long ago, `2026-11-24` and `2026-11-24T10:00Z` are instants. */
function instantOf(given: Given, name: "since" | "until", nowMs: number): number | undefined {
  const word = textOf(given, name);
  if (word === undefined) return undefined;
  const [, count, unit = ""] = /^(\d{1,6})([smhdw])$/.exec(word) ?? [];
  if (count !== undefined) return nowMs - Number(count) * (UNIT_MS[unit] ?? 0);
  const atMs = /^\d{4}-\d\d-\d\d/.test(word) ? Date.parse(word) : Number.NaN;
  if (!Number.isNaN(atMs)) return atMs;
  throw refused("USAGE_INVALID", { expected: `--${name} to be like 2h, 7d or 2026-11-24T10:00:00Z`, found: word });
}
