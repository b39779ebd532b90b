import {
  ALL_EVENTS,
  type EventRecord,
  type ExplainInput,
  explainMachine,
  fromUuid,
  machineNameOf,
  toUuid,
} from "@countersign/domain";
import { countOf, textOf } from "../actions/words.ts";
import type { Action, Given } from "../command.ts";
import type { EventSource } from "../events/event-source.ts";
import { type EventSources, withSources } from "../events/open-source.ts";
import { EXIT } from "../terminal.ts";
import { type EventFile, readEventFile } from "./event-files.ts";
import { explanationAnswer } from "./explanation-lines.ts";

const EVERYTHING = { ...ALL_EVENTS, product: undefined };
const NOTHING: EventSources = { host: undefined, client: undefined };

/** The story of one machine from whatever logs are at hand. */
export const explain: Action = async (given, shell) => {
  const wanted = textOf(given, "machine") ?? "";
  const limit = countOf(given, "limit", { fallback: 200, least: 1, most: 10_000 });
  const files: EventFile[] = [];
  for (const path of listOf(given, "events")) files.push(await readEventFile(path));
  const work = async (sources: EventSources): Promise<number> => {
    const cmid = await cmidOf(wanted, sources, files);
    const input: ExplainInput = {
      ...{ machine: wanted, nowMs: shell.nowMs() },
      host: await logOf("host", { wanted, cmid, limit }, sources.host, files),
      client: await logOf("client", { wanted, cmid, limit }, sources.client, files),
    };
    shell.terminal.answer(explanationAnswer(explainMachine(input), cmid));
    return EXIT.ok;
  };
  // Files alone are enough: support reads them where neither side is.
  const isFilesOnly = files.length > 0 && !isAnyNamed(given);
  if (isFilesOnly)
    return withSources(given, shell, work).catch((error) => (isMissing(error) ? work(NOTHING) : Promise.reject(error)));
  return withSources(given, shell, work);
};

interface Asked {
  readonly wanted: string;
  readonly cmid: string | undefined;
  readonly limit: number;
}

/** A CMID as it is; a name or address by what a host or a file knows, the one heard of last. */
async function cmidOf(wanted: string, { host, client }: EventSources, files: readonly EventFile[]) {
  const uuid = fromUuid(wanted);
  if (uuid !== undefined) return toUuid(uuid);
  const known = [...((await host?.machines(wanted)) ?? []), ...((await client?.machines(wanted)) ?? [])];
  const newest = known.toSorted((a, b) => b.lastSeenMs - a.lastSeenMs)[0];
  if (newest !== undefined) return newest.cmid;
  const named = host === undefined ? [] : (await host.find({ ...EVERYTHING, machine: wanted }, undefined, 1)).events;
  const filed = files.flatMap(({ events }) => events.filter((event) => isAbout(event, wanted)));
  return [...named, ...filed].toSorted((a, b) => b.timeMs - a.timeMs).find(({ cmid }) => cmid !== "")?.cmid;
}

/** One side's events of that machine; undefined where that side is not at hand. */
async function logOf(
  side: "host" | "client",
  { wanted, cmid, limit }: Asked,
  source: EventSource | undefined,
  files: readonly EventFile[],
) {
  const filed = files.filter((file) => file.side === side).flatMap(({ events }) => events);
  if (source === undefined && filed.length === 0) return undefined;
  const isIts = (event: EventRecord) => (cmid === undefined ? isAbout(event, wanted) : event.cmid === cmid);
  const filter = cmid === undefined ? { ...EVERYTHING, machine: wanted } : { ...EVERYTHING, cmid };
  const found = await source?.find(filter, undefined, limit);
  const its = filed.filter(isIts);
  // A client's log with nothing of that machine is another machine's.
  if (side === "client" && (found?.events.length ?? 0) + its.length === 0) return undefined;
  const starts = [
    found?.completeSinceMs,
    ...filed.slice(0, 1).map(() => Math.min(...filed.map(({ timeMs }) => timeMs))),
  ];
  const known = starts.filter((ms) => ms !== undefined);
  return {
    events: [...(found?.events ?? []), ...its].toSorted((a, b) => a.timeMs - b.timeMs),
    completeSinceMs: known.length === 0 ? undefined : Math.min(...known),
  };
}

function isAbout(event: EventRecord, wanted: string): boolean {
  const name = machineNameOf(event).toLowerCase();
  const word = wanted.toLowerCase();
  return name === word || name.split(".")[0] === word || event.fields["address"] === wanted;
}

function listOf(given: Given, name: string): readonly string[] {
  const value = given[name];
  return Array.isArray(value) ? value.map(String) : [];
}

function isAnyNamed(given: Given): boolean {
  return ["data", "host", "side"].some((name) => textOf(given, name) !== undefined);
}

function isMissing(error: unknown): boolean {
  return (error as { readonly refusal?: { readonly reason?: string } }).refusal?.reason === "STORE_MISSING";
}
