import type { HostFacts, KnownMachineFacts } from "@countersign/doctor";
import { ALL_EVENTS, COUNT_WINDOW_MS, EVENT, type EventRecord, fromUuid, toUuid } from "@countersign/domain";
import { type EventLog, openEventLog } from "../event-log.ts";
import type { HostParts } from "../host-parts.ts";
import type { InventorySurvey } from "./survey-inventory.ts";

/** Machines that an event speaks of: clones, other hardware, a store that is older than what they hold. */
const MOST_SUSPECTS = 120;
/** So many events of one machine are looked at for the names it came with. */
const MOST_EVENTS_OF_SUSPECT = 40;
const MOST_EVENTS_OF_OTHER = 8;
const MOST_NAMES = 20;

/** What the machines of the facts are chosen and read from. */
export interface MachineSources {
  readonly parts: HostParts;
  readonly survey: InventorySurvey;
  readonly events: HostFacts["events"];
  readonly nowMs: number;
}

/** Those that a check may speak of: suspected ones, the silent, the newest. Suspects are read furthest back. */
export async function knownMachines({ parts, survey, events, nowMs }: MachineSources): Promise<KnownMachineFacts[]> {
  const log = openEventLog(parts);
  const suspects = new Set(events.map(({ cmid }) => cmid).filter((cmid) => cmid !== ""));
  const rows = new Map([...survey.silent, ...survey.newest].map((row) => [toUuid(row.cmid), row]));
  const named = [...[...suspects].slice(0, MOST_SUSPECTS), ...rows.keys()];
  const machines: KnownMachineFacts[] = [];
  for (const cmid of new Set(named)) {
    const limit = suspects.has(cmid) ? MOST_EVENTS_OF_SUSPECT : MOST_EVENTS_OF_OTHER;
    const own = await eventsOf(cmid, limit, log);
    const row = rows.get(cmid);
    const lastSeenMs = Math.trunc(row?.lastSeenMs ?? own[0]?.timeMs ?? 0);
    const names = [row?.clientName ?? "", ...own.map(nameIn)].filter((name) => name !== "");
    machines.push({
      ...{ cmid, names: [...new Set(names)].slice(0, MOST_NAMES), productId: row?.productId ?? 0, lastSeenMs },
      hardwareChanges: own.filter((event) => isOtherHardware(event, nowMs - COUNT_WINDOW_MS)).length,
    });
    if (machines.length % 20 === 0) await parts.defer();
  }
  return machines.toSorted((a, b) => b.lastSeenMs - a.lastSeenMs);
}

async function eventsOf(cmid: string, limit: number, log: EventLog): Promise<readonly EventRecord[]> {
  if (fromUuid(cmid) === undefined) return [];
  return (await log.find({ ...ALL_EVENTS, cmid }, undefined, limit)).events;
}

/** A machine that gives no name is known by its address. */
function nameIn({ fields }: EventRecord): string {
  return String(fields["clientName"] || fields["address"] || "");
}

function isOtherHardware({ eventId, timeMs, fields }: EventRecord, sinceMs: number): boolean {
  if (timeMs < sinceMs) return false;
  return (
    eventId === EVENT.fingerprintDrift || (eventId === EVENT.cloneSuspected && fields["detail"] === "other-hardware")
  );
}
