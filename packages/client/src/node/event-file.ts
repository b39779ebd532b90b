import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
} from "node:fs";
import { join } from "node:path";
import { EVENT, eventOf } from "@countersign/domain";
import { type ClientEvent, clientEvent, type EventSink } from "../client-event.ts";

const NAME = "events.jsonl";
const OLDER_NAME = "events.1.jsonl";
const DEFAULT_LIMIT_BYTES = 1024 * 1024;
const MOST_DAYS = 400;
const DAY_MS = 86_400_000;
const LEVELS: readonly unknown[] = ["information", "warning", "error"];

/**
 * Appends events to `events.jsonl` in the directory; past the limit it becomes `events.1.jsonl`, so two files bound it, and
 * the older one goes when it is older than 400 days. A line that a crash cut is ended before the next one is written. A
 * disk that takes nothing never stops an activation: what was lost meanwhile is said by the first event that fits again.
 */
export function eventFile(directory: string, limitBytes = DEFAULT_LIMIT_BYTES): EventSink {
  const path = join(directory, NAME);
  let lost = { count: 0, code: "" };
  let isWhole = false;
  return (event) => {
    try {
      turnOver(directory, limitBytes, event.timeMs);
      if (!isWhole) mkdirSync(directory, { recursive: true, mode: 0o700 });
      const start = isWhole || endsWithLine(path) ? "" : "\n";
      const lines = [...(lost.count > 0 ? [lossOf(lost, event)] : []), event].map(
        (each) => `${JSON.stringify(each)}\n`,
      );
      isWhole = false;
      appendFileSync(path, `${start}${lines.join("")}`, { mode: 0o600 });
      isWhole = true;
      lost = { count: 0, code: "" };
    } catch (error) {
      lost = { count: lost.count + 1, code: (error as NodeJS.ErrnoException).code ?? "" };
    }
  };
}

/** The events of a directory, oldest first. A line cut by a crash, or that is no event, is left out. */
export function readEvents(directory: string): readonly ClientEvent[] {
  return [OLDER_NAME, NAME]
    .map((name) => join(directory, name))
    .filter((path) => existsSync(path))
    .flatMap((path) => readFileSync(path, "utf8").split("\n"))
    .flatMap(parseEvent);
}

/** Says what lies in a directory without reading it: another text means other events. */
export function eventsStamp(directory: string): string {
  const stats = [OLDER_NAME, NAME].map((name) => statSync(join(directory, name), { throwIfNoEntry: false }));
  return stats.map((found) => (found === undefined ? "" : `${found.ino} ${found.size} ${found.mtimeMs}`)).join();
}

/** Reads on from where the last call ended, over the turn of the files; the first call gives what is written from now on. */
export function followEvents(directory: string): () => readonly ClientEvent[] {
  const path = join(directory, NAME);
  let place = placeAtEnd(path);
  return () => {
    const now = statSync(path, { throwIfNoEntry: false });
    if (now === undefined) return [];
    const isTurned = place.inode !== 0 && place.inode !== now.ino;
    const rest = isTurned ? linesFrom(join(directory, OLDER_NAME), place.offset).lines : [];
    const { lines, offset } = linesFrom(path, isTurned ? 0 : place.offset);
    place = { inode: now.ino, offset };
    return [...rest, ...lines].flatMap(parseEvent);
  };
}

function turnOver(directory: string, limitBytes: number, nowMs: number): void {
  const [path, older] = [join(directory, NAME), join(directory, OLDER_NAME)];
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size > limitBytes) renameSync(path, older);
  const olderMs = statSync(older, { throwIfNoEntry: false })?.mtimeMs ?? nowMs;
  if (nowMs - olderMs > MOST_DAYS * DAY_MS) rmSync(older, { force: true });
}

/** 30021 for what could not be kept. */
function lossOf({ count, code }: { readonly count: number; readonly code: string }, next: ClientEvent): ClientEvent {
  const detail = `${count} events could not be written: ${code}`;
  const { timeMs, computer, product } = next;
  const event = eventOf(EVENT.storeNotWritable, { reason: "STORE_UNAVAILABLE", detail });
  return clientEvent(event, { timeMs, computer, requestId: "", product });
}

function endsWithLine(path: string): boolean {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  return size === 0 || bytesOf(path, size - 1, 1)[0] === 0x0a;
}

function placeAtEnd(path: string): { readonly inode: number; readonly offset: number } {
  const found = statSync(path, { throwIfNoEntry: false });
  return { inode: found?.ino ?? 0, offset: found?.size ?? 0 };
}

/** The whole lines from an offset on; one that is being written waits for its end. */
function linesFrom(path: string, from: number): { readonly lines: readonly string[]; readonly offset: number } {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (size <= from) return { lines: [], offset: Math.min(from, size) };
  const bytes = bytesOf(path, from, size - from);
  const end = bytes.lastIndexOf(0x0a) + 1;
  return { lines: bytes.subarray(0, end).toString("utf8").split("\n"), offset: from + end };
}

function bytesOf(path: string, from: number, length: number): Buffer {
  const file = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(length);
    return bytes.subarray(0, readSync(file, bytes, 0, length, from));
  } finally {
    closeSync(file);
  }
}

function parseEvent(line: string): readonly ClientEvent[] {
  if (line === "") return [];
  try {
    const found: unknown = JSON.parse(line);
    return isClientEvent(found) ? [found] : [];
  } catch {
    return []; // Cut by a crash.
  }
}

/** An event of a newer version is one too: its id and its fields need not be known. */
function isClientEvent(found: unknown): found is ClientEvent {
  if (typeof found !== "object" || found === null) return false;
  const { timeMs, id, level, fields, ...texts } = found as Partial<Record<keyof ClientEvent, unknown>>;
  const words = [texts.source, texts.log, texts.computer, texts.requestId, texts.product, texts.info];
  return (
    Number.isFinite(timeMs) &&
    Number.isInteger(id) &&
    LEVELS.includes(level) &&
    words.every((word) => typeof word === "string") &&
    typeof fields === "object" &&
    fields !== null
  );
}
