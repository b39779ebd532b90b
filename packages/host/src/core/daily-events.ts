import { type CatalogEvent, EVENT, eventOf, LICENSE_STATUS, toUuid } from "@countersign/domain";
import type { HostParts } from "./host-parts.ts";
import { keyPlace } from "./key-place.ts";
import type { Seat } from "./seat.ts";
import { standing } from "./status.ts";

const DAY_MS = 86_400_000;
/** Warnings begin so long before a certificate ends (behaviour.md §5). */
const EXPIRING_MS = 90 * DAY_MS;
/** Ticks are an hour apart: a little less than a day keeps the hour of the day. */
const ALMOST_A_DAY_MS = DAY_MS - 1_800_000;
const ZERO = new Uint8Array(16);

/** True when the status check of this day is still to be written: the log itself remembers, over restarts. */
export async function isDayDue({ store }: Pick<HostParts, "store">, nowMs: number): Promise<boolean> {
  const { events } = await store.searchEvents({
    ...{ before: undefined, limit: 1, stretch: 1000, eventIds: [EVENT.statusChecked], cmid: undefined },
    ...{ fromMs: nowMs - ALMOST_A_DAY_MS, toMs: Number.MAX_SAFE_INTEGER, containing: [], matches: () => true },
  });
  return events.length === 0;
}

/** Once a day: 1003 for every publisher, and what an administrator has to know in time (30006, 30007, 30011). */
export async function dailyEvents(
  seats: readonly Seat[],
  nowMs: number,
  wallMs: number,
  machinesSeen: (seat: Seat, applicationId: Uint8Array) => Promise<number>,
): Promise<readonly CatalogEvent[]> {
  const events: CatalogEvent[] = [];
  for (const seat of seats) {
    events.push(statusChecked(seat, nowMs, wallMs), ...certificateEvents(seat, nowMs));
    for (const { applicationId, count: agreed } of seat.certificate?.value.seats ?? []) {
      const machines = await machinesSeen(seat, applicationId);
      if (machines <= agreed) continue;
      events.push(eventOf(EVENT.seatLimit, { applicationId: toUuid(applicationId), seats: agreed, machines }));
    }
  }
  return events;
}

function statusChecked(seat: Seat, nowMs: number, wallMs: number): CatalogEvent {
  const { hostStatus, reason } = standing(seat, nowMs, wallMs);
  const endMs = seat.certificate?.value.notAfterMs ?? nowMs;
  return eventOf(EVENT.statusChecked, {
    activationId: toUuid(keyPlace(seat).product?.activationId ?? ZERO),
    licenseStatus: LICENSE_STATUS[hostStatus],
    reason,
    minutesToExpiry: Math.max(0, Math.floor((endMs - nowMs) / 60_000)),
  });
}

function certificateEvents({ row, certificate }: Seat, nowMs: number): readonly CatalogEvent[] {
  if (certificate === undefined) return [];
  const { serial, notAfterMs } = certificate.value;
  if (nowMs < notAfterMs - EXPIRING_MS) return [];
  const fields = { publisherId: toUuid(row.publisherId), serial: toUuid(serial), notAfterMs };
  const isOver = nowMs >= notAfterMs;
  return [isOver ? eventOf(EVENT.certificateExpired, fields) : eventOf(EVENT.certificateExpiring, fields)];
}
