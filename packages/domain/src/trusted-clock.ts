const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const ROLLBACK_MS = 26 * HOUR_MS;
const FORWARD_MS = 7 * DAY_MS;
const FORWARD_ACROSS_BOOTS_MS = 400 * DAY_MS;
const PERSISTENCE_MS = DAY_MS;
const FRESH_SERIES_MS = HOUR_MS;

/** A client's memory of time (protocol.md §9). Plain values. */
export interface TrustedClock {
  /** The highest time believed. */
  readonly highWaterMs: number;
  /** The newest instant a publisher signed: never lowered, never raised by a host. */
  readonly floorMs: number;
  readonly lastWallMs: number;
  readonly lastMonotonicMs: number;
  readonly bootId: string;
  /** Run time observed in all, ms. */
  readonly usedMs: number;
  /** A rollback was seen and no fresh statement has cleared it. `sinceUsedMs`: run time when it began. */
  readonly suspectSinceUsedMs: number | undefined;
  /** A forward jump under observation. */
  readonly jump: { readonly wallMs: number; readonly usedMs: number } | undefined;
}

/** One look at the machine's clocks. */
export interface ClockReading {
  readonly wallMs: number;
  readonly monotonicMs: number;
  readonly bootId: string;
}

/** The record of a first run. `floorMs`: the newest publisher-signed instant, the SDK's build included. */
export function openTrustedClock(reading: ClockReading, floorMs: number): TrustedClock {
  return {
    highWaterMs: Math.max(reading.wallMs, floorMs),
    floorMs,
    lastWallMs: reading.wallMs,
    lastMonotonicMs: reading.monotonicMs,
    bootId: reading.bootId,
    usedMs: 0,
    suspectSinceUsedMs: undefined,
    jump: undefined,
  };
}

/** Takes one reading in. Rollback beyond 26 h freezes time at the high water; a forward jump enters after 24 h of persistence. */
export function observeClock(clock: TrustedClock, reading: ClockReading): TrustedClock {
  const sameBoot = clock.bootId === reading.bootId;
  const elapsedMs = sameBoot ? Math.max(0, reading.monotonicMs - clock.lastMonotonicMs) : 0;
  const usedMs = clock.usedMs + elapsedMs;
  const seen = {
    ...clock,
    usedMs,
    lastWallMs: reading.wallMs,
    lastMonotonicMs: reading.monotonicMs,
    bootId: reading.bootId,
  };
  if (reading.wallMs < clock.highWaterMs - ROLLBACK_MS) {
    return { ...seen, jump: undefined, suspectSinceUsedMs: clock.suspectSinceUsedMs ?? usedMs };
  }
  const ahead = reading.wallMs - (clock.highWaterMs + elapsedMs);
  if (ahead <= (sameBoot ? FORWARD_MS : FORWARD_ACROSS_BOOTS_MS)) {
    return { ...seen, jump: undefined, highWaterMs: Math.max(clock.highWaterMs, reading.wallMs) };
  }
  const jump = clock.jump ?? { wallMs: reading.wallMs, usedMs };
  const persisted = usedMs - jump.usedMs >= PERSISTENCE_MS;
  return persisted ? { ...seen, jump: undefined, highWaterMs: reading.wallMs } : { ...seen, jump };
}

/** effective_now: never before what was believed or signed, never far beyond what the run time explains. */
export function effectiveNowMs(clock: TrustedClock, reading: ClockReading): number {
  const elapsedMs = clock.bootId === reading.bootId ? Math.max(0, reading.monotonicMs - clock.lastMonotonicMs) : 0;
  const reach = Math.min(reading.wallMs, clock.highWaterMs + elapsedMs + FORWARD_MS);
  return Math.max(clock.floorMs, clock.highWaterMs, reach);
}

/**
 * A verified statement arrived whose series began at `firstSend`. Only one that began in this boot less than an hour ago
 * clears the suspicion and sets the high water to the wall, up or down: its nonce proves it recent.
 */
export function confirmClock(clock: TrustedClock, reading: ClockReading, firstSend: ClockReading): TrustedClock {
  const recent = firstSend.bootId === reading.bootId && reading.monotonicMs - firstSend.monotonicMs < FRESH_SERIES_MS;
  if (!recent) return clock;
  return {
    ...clock,
    suspectSinceUsedMs: undefined,
    jump: undefined,
    highWaterMs: Math.max(clock.floorMs, reading.wallMs),
  };
}

/** A publisher signed `timeMs`: the only thing that raises the floor (D13). */
export function raiseFloor(clock: TrustedClock, timeMs: number): TrustedClock {
  return { ...clock, floorMs: Math.max(clock.floorMs, timeMs), highWaterMs: Math.max(clock.highWaterMs, timeMs) };
}

/** True once a rollback has lasted 7 days of run time: notification follows. */
export function isRollbackOverdue(clock: TrustedClock): boolean {
  return clock.suspectSinceUsedMs !== undefined && clock.usedMs - clock.suspectSinceUsedMs >= FORWARD_MS;
}
