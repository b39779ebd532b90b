import { COUNT_WINDOW_MS, type HostSettings } from "@countersign/domain";
import type { HostUnit, LogSize } from "@countersign/storage";
import type { HostParts } from "./host-parts.ts";

const DAY_MS = 86_400_000;
/** Rows that are not seen count for 30 days; five more let a host that was off come back to them (protocol.md §5.10). */
const COUNTED_MS = COUNT_WINDOW_MS + 5 * DAY_MS;
const ADDRESS_MS = 7 * DAY_MS;
/** A unit of so many rows lasts a few milliseconds, and requests are served between two of them. */
const UNIT_ROWS = 500;
const RATE_MS = 30 * DAY_MS;

type Bounds = Pick<HostSettings, "eventDays" | "eventRows" | "addresses">;

/** What one round of keeping the bounds removed. */
export interface Purged {
  events: number;
  addressesLookedAt: number;
  uncounted: number;
  forgotten: number;
}

/**
 * Removes what has to go, in small units with room for requests between them; `isEnding` stops it after the unit it is
 * in. What is left goes the next time.
 */
export async function keepBounds(
  { store, defer }: Pick<HostParts, "store" | "defer">,
  bounds: Bounds,
  nowMs: number,
  isEnding: () => boolean,
): Promise<Purged> {
  const purged: Purged = { events: 0, addressesLookedAt: 0, uncounted: 0, forgotten: 0 };
  const repeat = async (work: (unit: HostUnit) => Promise<boolean>): Promise<void> => {
    while (!isEnding() && (await store.transact(work))) await defer();
  };
  await repeat(async (unit) => {
    const removed = await unit.purgeEvents({
      ...{ beforeMs: nowMs - bounds.eventDays * DAY_MS, rows: bounds.eventRows, limit: UNIT_ROWS },
    });
    purged.events += removed;
    return removed === UNIT_ROWS;
  });
  const addressSinceMs = bounds.addresses === "keep" ? Number.MIN_SAFE_INTEGER : nowMs - ADDRESS_MS;
  await repeat(async (unit) => {
    const looked = bounds.addresses === "keep" ? 0 : await unit.forgetEventAddresses(addressSinceMs, UNIT_ROWS);
    purged.addressesLookedAt += looked;
    return looked === UNIT_ROWS;
  });
  let after: Uint8Array | undefined;
  await repeat(async (unit) => {
    const done = await unit.purgeMachines({
      ...{ countedSinceMs: nowMs - COUNTED_MS, knownSinceMs: nowMs - bounds.eventDays * DAY_MS, addressSinceMs },
      ...{ after, limit: UNIT_ROWS },
    });
    purged.uncounted += done.uncounted;
    purged.forgotten += done.forgotten;
    after = done.after;
    return after !== undefined;
  });
  return purged;
}

/** How fast a log grows and when the bound of its rows is reached: undefined when age removes events before that. */
export function forecastOf(
  size: LogSize,
  bounds: Bounds,
  recentRows: { readonly rows: number; readonly sinceMs: number },
) {
  const { oldest, newest } = size;
  if (oldest === undefined || newest === undefined) return { rowsPerDay: 0, fullMs: undefined };
  const coveredMs = Math.max(DAY_MS, newest.timeMs - Math.max(oldest.timeMs, recentRows.sinceMs));
  const rowsPerDay = (recentRows.rows * DAY_MS) / coveredMs;
  const isAgeFirst = rowsPerDay * bounds.eventDays <= bounds.eventRows;
  const leftRows = Math.max(0, bounds.eventRows - size.rows);
  return {
    rowsPerDay: Math.round(rowsPerDay * 10) / 10,
    fullMs: isAgeFirst ? undefined : Math.round(newest.timeMs + (leftRows / rowsPerDay) * DAY_MS),
  };
}

/** The status message's part about the log. */
export async function eventLogStatus({ store }: Pick<HostParts, "store">, bounds: Bounds) {
  const size = await store.logSize();
  const sinceMs = (size.newest?.timeMs ?? 0) - RATE_MS;
  const { events } = await store.searchEvents({
    ...{ before: undefined, limit: 1, stretch: 1, eventIds: undefined, cmid: undefined, containing: [] },
    ...{ fromMs: Number.MIN_SAFE_INTEGER, toMs: sinceMs, matches: () => true },
  });
  // Ids ascend without gaps: the newest event before the last 30 days says how many came since.
  const rows = (size.newest?.id ?? 0) - (events[0]?.id ?? (size.oldest?.id ?? 1) - 1);
  const { rowsPerDay, fullMs } = forecastOf(size, bounds, { rows, sinceMs });
  return {
    rows: BigInt(size.rows),
    oldestMs: BigInt(Math.trunc(size.oldest?.timeMs ?? 0)),
    newestMs: BigInt(Math.trunc(size.newest?.timeMs ?? 0)),
    bytesPerRow: size.bytesPerRow,
    rowsPerDay,
    mostRows: BigInt(bounds.eventRows),
    mostDays: bounds.eventDays,
    fullMs: BigInt(Math.trunc(fullMs ?? 0)),
  };
}
