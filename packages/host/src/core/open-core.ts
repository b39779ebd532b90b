import { type CatalogEvent, EVENT, eventOf } from "@countersign/domain";
import type { RpcMethod } from "@countersign/protocol";
import type { HostUnit, NewEvent } from "@countersign/storage";
import type { AcceptedRequest } from "./accepted-request.ts";
import { activateClients, type ServingState } from "./activate-clients.ts";
import { openAdministrators } from "./administrators.ts";
import { createBatcher, type Load } from "./batcher.ts";
import { createDropLog } from "./drop-log.ts";
import { openHostClock } from "./host-clock.ts";
import type { HostParts } from "./host-parts.ts";
import { openSettings } from "./host-settings.ts";
import { createDoor } from "./narrow-and-limit.ts";
import { openSeat, type Seat } from "./seat.ts";

/** What serving and administration share: the seats in service, the batch pipeline and the clock. */
export type HostCore = Awaited<ReturnType<typeof openCore>>;

/** Opens what the store holds; rejects when a stored seat, setting or its keys are damaged. */
export async function openCore(parts: HostParts) {
  const drops = createDropLog(parts.limits.refusedEventsPerHour);
  const clock = await openHostClock(parts);
  const settings = await openSettings(parts);
  const administrators = await openAdministrators(parts);
  const startedMs = parts.clock.wallMs();
  let seats: readonly Seat[] = await Promise.all((await parts.store.seats()).map((row) => openSeat(row, parts)));
  const notAfters = () => seats.flatMap((seat) => (seat.certificate ? [seat.certificate.value.notAfterMs] : []));
  const latestNotAfterMs = () => (notAfters().length === 0 ? undefined : Math.max(...notAfters()));
  const seal = { parts, nodeId: parts.random(8), nextBatchSeq: 1 };
  const state: ServingState = {
    ...{ parts, clock, settings, drops, windows: new Map(), seal, latestNotAfterMs },
    storeFault: "",
    areWindowsStale: false,
  };
  const nowMs = () => clock.next(latestNotAfterMs()).guardedMs;
  const door = createDoor({
    parts,
    drops,
    seats: () => seats,
    nowMs,
    clientNames: () => settings.effective.values.clientNames,
  });
  const batcher = createBatcher<AcceptedRequest>({
    limits: parts.limits,
    monotonicMs: () => parts.clock.monotonicMs(),
    fraction: () => (parts.random(1)[0] ?? 0) / 256,
    defer: parts.defer,
    serve: (batch) => activateClients(batch, state),
    dropped: (request, reason, load) => {
      drops.dropped(request.address, reason, nowMs());
      if (drops.firstOverload(nowMs())) noteOverload(load, { parts, nowMs: nowMs() });
    },
  });
  const activate: RpcMethod = async (bytes, peer) => {
    const atTheDoor = await door(bytes, peer);
    return atTheDoor.ok ? batcher.submit(atTheDoor.accepted) : atTheDoor;
  };
  return {
    ...{ parts, drops, clock, settings, administrators, state, batcher, activate, nowMs, latestNotAfterMs, startedMs },
    seats: () => seats,
    replace: (opened: Seat) => {
      const others = seats.filter((seat) => seat.row.seat !== opened.row.seat);
      seats = [...others, opened].sort((a, b) => a.row.seat - b.row.seat);
      state.areWindowsStale = true;
    },
  };
}

/** 30013, once an hour: how many were refused is in the summaries. Not waited for, because others wait already. */
function noteOverload(
  { queued, retryAfterS }: Load,
  { parts, nowMs }: { readonly parts: HostParts; readonly nowMs: number },
): void {
  const { eventId, fields } = eventOf(EVENT.overload, { queued, refused: 1, retryAfterS });
  const place = { seat: 0, requestId: undefined, cmid: undefined, previous: 0 } as const;
  parts.store
    .transact((unit) => unit.appendEvents([{ ...place, timeMs: nowMs, eventId, data: fields }]))
    .catch((fault) => parts.log.warn({ err: fault }, "expected to write event 30013, found that the store fails"));
}

/** What writes events outside a batch. */
export function writing({ parts, nowMs, drops }: HostCore) {
  const write = (work: (unit: HostUnit) => Promise<unknown>) => parts.store.transact(work);
  const systemEvent = (event: CatalogEvent): NewEvent => ({
    ...{ timeMs: nowMs(), eventId: event.eventId, seat: 0, requestId: undefined, cmid: undefined, previous: 0 },
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
