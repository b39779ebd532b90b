import { readFile } from "node:fs/promises";
import { type EventRecord, readEventJson, readEventsXml, withCmids } from "@countersign/domain";
import { refused } from "../refusal-report.ts";

const REQUEST_PROCESSED = 12290;

/** The events of an export, and whose log it is: only a host writes 12290. */
export interface EventFile {
  readonly side: "host" | "client";
  readonly events: readonly EventRecord[];
}

/** JSON, JSON lines or Windows event XML of ours. A file without a single event is refused by name. */
export async function readEventFile(path: string): Promise<EventFile> {
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw refused("FILE_UNREADABLE", { path, detail: error.code ?? error.message });
  });
  const events = withCmids(recordsIn(text));
  if (events.length === 0)
    throw refused("USAGE_INVALID", {
      expected: `${path} to be what countersign events printed as JSON, JSON lines or XML`,
      found: "no event in it",
    });
  const isHost = events.some(({ eventId }) => eventId === REQUEST_PROCESSED);
  return { side: isHost ? "host" : "client", events };
}

function recordsIn(text: string): readonly EventRecord[] {
  if (/^\s*</.test(text)) return readEventsXml(text);
  const whole = parsed(text);
  const values = whole === undefined ? text.split("\n").map(parsed) : listIn(whole);
  return values.flatMap((value) => readEventJson(value) ?? []);
}

function listIn(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  const { events } = value as { readonly events?: unknown };
  return Array.isArray(events) ? events : [value];
}

/** A line that a crash cut is no event; undefined for everything that is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) ?? undefined;
  } catch {
    return undefined;
  }
}
