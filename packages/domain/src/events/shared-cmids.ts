import { EVENT } from "../event-catalog.ts";
import type { EventRecord } from "./event-record.ts";

/** One machine that asked under a CMID, as its requests name it. */
export interface CmidUser {
  /** Its name; its address where it sends none. */
  readonly name: string;
  /** Where its last request came from. */
  readonly address: string;
  readonly requests: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** A CMID that more than one machine asked with: an image that was not generalized. */
export interface SharedCmid {
  readonly cmid: string;
  /** In the order of their first request. */
  readonly machines: readonly CmidUser[];
}

/**
 * The CMIDs that several machines share, by the 12290 events of a host; the most shared first. A machine that was renamed
 * stands here under both names: the last request under the one is then before the first under the other.
 */
export function sharedCmids(events: Iterable<EventRecord>): readonly SharedCmid[] {
  const byCmid = new Map<string, Map<string, CmidUser>>();
  for (const { eventId, cmid, timeMs, fields } of events) {
    if (eventId !== EVENT.requestProcessed || cmid === "") continue;
    const users = byCmid.get(cmid) ?? new Map<string, CmidUser>();
    byCmid.set(cmid, users);
    const [clientName, address] = [textOf(fields["clientName"]), textOf(fields["address"])];
    const name = clientName === "" ? address : clientName;
    const known = users.get(name) ?? { name, address, requests: 0, firstMs: timeMs, lastMs: timeMs };
    users.set(name, {
      ...known,
      address: timeMs >= known.lastMs ? address : known.address,
      requests: known.requests + 1,
      firstMs: Math.min(known.firstMs, timeMs),
      lastMs: Math.max(known.lastMs, timeMs),
    });
  }
  return [...byCmid]
    .filter(([, users]) => users.size > 1)
    .map(([cmid, users]) => ({ cmid, machines: [...users.values()].sort((a, b) => a.firstMs - b.firstMs) }))
    .sort((a, b) => b.machines.length - a.machines.length);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
