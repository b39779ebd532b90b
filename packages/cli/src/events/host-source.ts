import { type EventRecord, eventRecord } from "@countersign/domain";
import type { HostCall } from "../slmgr/host-call.ts";
import type { EventSource, MachineFound, WantedEvents } from "./event-source.ts";

const PAGE = 1_000;

type Json = Readonly<Record<string, unknown>>;

/** The log of a host over its administration. */
export function hostSource(call: HostCall): EventSource {
  let lastId: number | undefined;
  return {
    side: "host",
    async find(wanted, from, limit) {
      const events: EventRecord[] = [];
      let before: unknown = typeof from === "number" ? { id: String(from) } : from;
      let completeSinceMs = 0;
      // A host answers after a bounded stretch of its log: who wants more goes on.
      do {
        const page = await call("FindEvents", {
          ...{ filter: filterMessage(wanted), limit: Math.min(PAGE, limit - events.length) },
          ...(before === undefined ? {} : { before }),
        });
        events.push(...recordsIn(page));
        before = page["next"];
        completeSinceMs = Number(page["completeSinceMs"] ?? 0);
      } while (before !== undefined && events.length < limit);
      return { events, next: before, completeSinceMs: completeSinceMs === 0 ? undefined : completeSinceMs };
    },
    async newer(wanted) {
      if (lastId === undefined) {
        const newest = await call("FindEvents", { limit: 1 });
        lastId = recordsIn(newest)[0]?.number ?? 0;
        return [];
      }
      const page = await call("ListEvents", { filter: filterMessage(wanted), afterId: String(lastId), limit: PAGE });
      lastId = Math.max(lastId, Number(page["lastId"] ?? 0));
      return recordsIn(page);
    },
    async machines(wanted) {
      const { machines } = await call("FindMachines", { wanted });
      return listOf(machines).map(machineIn);
    },
  };
}

function filterMessage({ eventIds, levels, log, cmid, machine, product, fromMs, toMs, text }: WantedEvents): Json {
  return {
    ...{ eventIds, levels, log, cmid, machine, product, text },
    fromMs: fromMs === undefined ? undefined : String(fromMs),
    toMs: toMs === undefined ? undefined : String(toMs),
  };
}

function recordsIn(page: Json): readonly EventRecord[] {
  return listOf(page["events"]).map((event) =>
    eventRecord({
      number: Number(event["id"] ?? 0),
      timeMs: Number(event["timeMs"] ?? 0),
      eventId: Number(event["eventId"] ?? 0),
      computer: String(event["computer"] ?? ""),
      requestId: String(event["requestId"] ?? ""),
      cmid: String(event["cmid"] ?? ""),
      repeats: Number(event["repeats"] ?? 0),
      fields: JSON.parse(String(event["dataJson"] ?? "{}")),
    }),
  );
}

function machineIn(machine: Json): MachineFound {
  return {
    cmid: String(machine["cmid"] ?? ""),
    name: String(machine["name"] ?? ""),
    address: String(machine["address"] ?? ""),
    lastSeenMs: Number(machine["lastSeenMs"] ?? 0),
    counts: machine["counts"] === true,
  };
}

function listOf(value: unknown): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
