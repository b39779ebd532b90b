import {
  type CatalogEvent,
  EVENT_SOURCE,
  EVENTS,
  infoLine,
  isEventId,
  RefusalError,
  refuse,
  toHex,
} from "@countersign/domain";
import type { RpcMethod, RpcReply } from "@countersign/protocol";
import type { HostUnit, NewEvent } from "@countersign/storage";
import type { AcceptedRequest } from "./accepted-request.ts";
import { activateClients, type ServingState } from "./activate-clients.ts";
import { isRenewalDue } from "./activate-seat.ts";
import { createBatcher } from "./batcher.ts";
import { createDropLog } from "./drop-log.ts";
import { openHostClock } from "./host-clock.ts";
import { documentsReply, hostInfoReply } from "./host-info.ts";
import type { HostParts } from "./host-parts.ts";
import { createDoor } from "./narrow-and-limit.ts";
import { adminAction } from "./request-events.ts";
import { openSeat, type Seat } from "./seat.ts";
import { createSeatChanges } from "./seat-changes.ts";
import { statusOf, whyUnready } from "./status.ts";

/** A host without sockets: methods of bytes, and what its administrator may do. */
export type Host = Awaited<ReturnType<typeof createHost>>;
type Core = Awaited<ReturnType<typeof openCore>>;

/** Opens what the store holds; rejects when a stored seat or its keys are damaged. */
export async function createHost(parts: HostParts) {
  const core = await openCore(parts);
  return { ...serving(core), ...administration(core) };
}

function serving(core: Core) {
  const { state, drops, nowMs, activate, batcher, startedMs, seats } = core;
  return {
    activate,
    getHostInfo: ((bytes, peer) => hostInfoReply(bytes, peer.address, state, seats())) satisfies RpcMethod,
    getDocuments: (async (bytes): Promise<RpcReply> => documentsReply(bytes, seats())) satisfies RpcMethod,
    drops,
    nowMs,
    status: () => statusOf({ state, seats: seats(), batcher, startedMs }),
    unready: () => whyUnready({ state, seats: seats() }),
  };
}

function administration(core: Core) {
  const { parts, clock, state, batcher, nowMs, latestNotAfterMs } = core;
  const { write, systemEvent, flushSummaries } = writing(core);
  const { addTrust, installKey, activateSeat, lastRefusal } = createSeatChanges({ ...core, systemEvent });
  return {
    addTrust,
    installKey,
    async activateOnline(publisherId: Uint8Array): Promise<void> {
      const wanted = core
        .seats()
        .filter(({ row }) => publisherId.length === 0 || toHex(row.publisherId) === toHex(publisherId));
      const keyed = wanted.filter(({ row }) => row.key !== undefined);
      if (keyed.length === 0) throw new RefusalError(refuse("HOST_NOT_ENABLED"));
      for (const seat of keyed) await activateSeat(seat.row.seat);
    },
    /** Renews what is due; a publisher that cannot be reached is asked again at the next tick. */
    async tick(): Promise<void> {
      await flushSummaries(false);
      for (const seat of core.seats().filter((each) => isRenewalDue(each, nowMs(), lastRefusal(each.row.seat)))) {
        await activateSeat(seat.row.seat).catch((fault) =>
          parts.log.warn({ err: fault }, "the host certificate was not renewed"),
        );
      }
    },
    async acceptClock(): Promise<number> {
      const record = clock.accepted(latestNotAfterMs());
      await write(async (unit) => {
        await unit.saveClock(JSON.stringify(record));
        await unit.appendEvents([systemEvent(adminAction("clock accepted", ""))]);
      });
      clock.committed(record);
      state.windows.clear();
      return record.guardedMs;
    },
    async listEvents(afterId: number, limit: number, eventIds: readonly number[]) {
      const events = await parts.store.events({ afterId, limit: Math.min(limit || 100, 1000), eventIds });
      return events.map((event) => ({
        id: BigInt(event.id),
        timeMs: BigInt(event.timeMs),
        eventId: event.eventId,
        level: isEventId(event.eventId) ? EVENTS[event.eventId].level : "information",
        log: isEventId(event.eventId) ? EVENTS[event.eventId].log : "Application",
        source: EVENT_SOURCE,
        computer: parts.computerName,
        requestId: event.requestId === undefined ? "" : toHex(event.requestId),
        info: infoLine(event.eventId, event.data),
        dataJson: JSON.stringify(event.data),
        repeats: event.repeats,
      }));
    },
    /** Writes one event of the host as a whole. */
    async note(event: CatalogEvent): Promise<void> {
      await write((unit) => unit.appendEvents([systemEvent(event)]));
    },
    /** Finishes what was accepted, then writes the open summaries: a stop never fails for a store that has no room. */
    async drain(): Promise<void> {
      await batcher.drain();
      await flushSummaries(true).catch((fault) =>
        parts.log.warn(
          { err: fault },
          "expected to write the summaries of dropped requests, found that the store fails",
        ),
      );
    },
  };
}

async function openCore(parts: HostParts) {
  const drops = createDropLog(parts.limits.refusedEventsPerHour);
  const clock = await openHostClock(parts);
  const startedMs = parts.clock.wallMs();
  let seats: readonly Seat[] = await Promise.all((await parts.store.seats()).map((row) => openSeat(row, parts)));
  const notAfters = () => seats.flatMap((seat) => (seat.certificate ? [seat.certificate.value.notAfterMs] : []));
  const latestNotAfterMs = () => (notAfters().length === 0 ? undefined : Math.max(...notAfters()));
  const seal = { parts, nodeId: parts.random(8), nextBatchSeq: 1 };
  const state: ServingState = {
    ...{ parts, clock, drops, windows: new Map(), seal, latestNotAfterMs },
    storeFault: "",
  };
  const nowMs = () => clock.next(latestNotAfterMs()).guardedMs;
  const door = createDoor({ parts, drops, seats: () => seats, nowMs });
  const batcher = createBatcher<AcceptedRequest>({
    limits: parts.limits,
    monotonicMs: () => parts.clock.monotonicMs(),
    fraction: () => (parts.random(1)[0] ?? 0) / 256,
    defer: parts.defer,
    serve: (batch) => activateClients(batch, state),
    dropped: (request, reason) => drops.dropped(request.address, reason, nowMs()),
  });
  const activate: RpcMethod = async (bytes, peer) => {
    const atTheDoor = await door(bytes, peer);
    return atTheDoor.ok ? batcher.submit(atTheDoor.accepted) : atTheDoor;
  };
  return {
    ...{ parts, drops, clock, state, batcher, activate, nowMs, latestNotAfterMs, startedMs },
    seats: () => seats,
    replace: (opened: Seat) => {
      const others = seats.filter((seat) => seat.row.seat !== opened.row.seat);
      seats = [...others, opened].sort((a, b) => a.row.seat - b.row.seat);
    },
  };
}

/** What writes events outside a batch. */
function writing({ parts, nowMs, drops }: Core) {
  const write = (work: (unit: HostUnit) => Promise<unknown>) => parts.store.transact(work);
  const systemEvent = (event: CatalogEvent): NewEvent => ({
    ...{ timeMs: nowMs(), eventId: event.eventId, seat: 0, requestId: undefined, cmid: undefined },
    data: event.fields,
  });
  const flushSummaries = async (all: boolean): Promise<void> => {
    const summaries = drops.summaries(nowMs(), all);
    if (summaries.length === 0) return;
    await write((unit) => unit.appendEvents(summaries.map(({ event }) => event)));
    drops.forget(summaries);
  };
  return { write, systemEvent, flushSummaries };
}
