import { appendFileSync, existsSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import type { ClientEvent, EventSink } from "../client-event.ts";

const NAME = "events.jsonl";
const OLDER_NAME = "events.1.jsonl";
const DEFAULT_LIMIT_BYTES = 1024 * 1024;

/** Appends events to `events.jsonl` in the directory; past the limit it becomes `events.1.jsonl`, so two files bound it. */
export function eventFile(directory: string, limitBytes = DEFAULT_LIMIT_BYTES): EventSink {
  const path = join(directory, NAME);
  return (event) => {
    try {
      const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
      if (size > limitBytes) renameSync(path, join(directory, OLDER_NAME));
      appendFileSync(path, `${JSON.stringify(event)}\n`, { mode: 0o600 });
    } catch {
      // A full or read-only disk must not stop the host application; STORE_DEGRADED says that something is wrong.
    }
  };
}

/** The events of a directory, oldest first. A line cut by a crash is left out. */
export function readEvents(directory: string): readonly ClientEvent[] {
  return [OLDER_NAME, NAME]
    .map((name) => join(directory, name))
    .filter((path) => existsSync(path))
    .flatMap((path) => readFileSync(path, "utf8").split("\n"))
    .flatMap(parseEvent);
}

function parseEvent(line: string): readonly ClientEvent[] {
  try {
    return line === "" ? [] : [JSON.parse(line) as ClientEvent];
  } catch {
    return [];
  }
}
