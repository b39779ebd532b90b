const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** A clock in local time on a dual-boot machine is off by up to 26 h; more is a rollback. */
const ROLLBACK_TOLERANCE_MS = 26 * HOUR_MS;
const JUMP_MS = 7 * DAY_MS;
const JUMP_ACROSS_BOOTS_MS = 400 * DAY_MS;
const JUMP_PERSISTENCE_MS = DAY_MS;
const FRESH_SERIES_MS = HOUR_MS;

/** A client's memory of time (protocol.md §9). Plain values, kept in the trusted store. */
export interface TrustedClock {
  /** The highest time believed. */
  readonly highWaterMs: number;
  /** The newest instant a publisher signed: never lowered, never raised by a host (D13). */
  readonly floorMs: number;
  readonly lastWallMs: number;
  readonly lastMonotonicMs: number;
  readonly bootId: string;
  /** Run time observed in all, ms; never goes back, whatever the wall clock does. */
  readonly usedMs: number;
  /** CLOCK_SUSPECT: the run time when a rollback was first seen; undefined while the clock is trusted. */
  readonly suspectSinceUsedMs: number | undefined;
  /** A forward jump that has not persisted yet: the wall and the run time when it was first seen. */
  readonly jump: { readonly wallMs: number; readonly usedMs: number } | undefined;
}

/** One look at the machine's clocks. Only differences of `monotonicMs` within one `bootId` mean anything. */
export interface ClockReading {
  readonly wallMs: number;
  readonly monotonicMs: number;
  readonly bootId: string;
}

/** An instant on both scales: effective time and run time. What began then has lasted the longer of the two. */
export interface Moment {
  readonly atMs: number;
  readonly usedMs: number;
}

/** Now, as far as licences are concerned. */
export interface LicenseNow extends Moment {
  /** What the machine's clock says, for events only. */
  readonly wallMs: number;
  readonly suspectSinceUsedMs: number | undefined;
}

/** The first send of an attempt series, as recorded then. */
export interface SeriesStart extends ClockReading {
  readonly effectiveMs: number;
  readonly usedMs: number;
}

/** What a verified statement did to the clock. */
export interface ClockConfirmation {
  readonly clock: TrustedClock;
  /** From when a lease of that series counts, on the scale of `clock`. */
  readonly firstSend: Moment;
  /** False when the series is too old to prove the present: while CLOCK_SUSPECT, start a fresh one at once. */
  readonly fresh: boolean;
}

/** The record of a first run. `floorMs`: the newest publisher-signed instant, the SDK's build included. */
export function openTrustedClock(reading: ClockReading, floorMs: number): TrustedClock {
  return {
    // Not the floor: a machine without a clock chip starts below it and must not be suspected for that.
    highWaterMs: reading.wallMs,
    floorMs,
    lastWallMs: reading.wallMs,
    lastMonotonicMs: reading.monotonicMs,
    bootId: reading.bootId,
    usedMs: 0,
    suspectSinceUsedMs: undefined,
    jump: undefined,
  };
}

/** Takes one reading in; call it before anything else is asked of the clock at that reading. */
export function observeClock(clock: TrustedClock, reading: ClockReading): TrustedClock {
  const elapsedMs = monotonicElapsedMs(clock, reading);
  const usedMs = clock.usedMs + elapsedMs;
  const { wallMs, monotonicMs, bootId } = reading;
  const seen = { ...clock, usedMs, lastWallMs: wallMs, lastMonotonicMs: monotonicMs, bootId };
  if (wallMs < clock.highWaterMs - ROLLBACK_TOLERANCE_MS) {
    return { ...seen, jump: undefined, suspectSinceUsedMs: clock.suspectSinceUsedMs ?? usedMs };
  }
  const limitMs = bootId === clock.bootId ? JUMP_MS : JUMP_ACROSS_BOOTS_MS;
  if (wallMs - (clock.highWaterMs + elapsedMs) <= limitMs) {
    return { ...seen, jump: undefined, highWaterMs: Math.max(clock.highWaterMs, wallMs) };
  }
  const jump = persistingJump(clock, wallMs, usedMs);
  if (usedMs - jump.usedMs >= JUMP_PERSISTENCE_MS) return { ...seen, jump: undefined, highWaterMs: wallMs };
  return { ...seen, jump, highWaterMs: clock.highWaterMs + elapsedMs };
}

/** effective_now of protocol.md §9: never before what was believed or signed, never far beyond what run time explains. */
export function effectiveNowMs(clock: TrustedClock, reading: ClockReading): number {
  const reachMs = clock.highWaterMs + monotonicElapsedMs(clock, reading) + JUMP_MS;
  return Math.max(clock.floorMs, clock.highWaterMs, Math.min(reading.wallMs, reachMs));
}

/** The present for `reduceLicense` and `licenseStateOf`, from a clock that has observed the reading. */
export function licenseNow(clock: TrustedClock, reading: ClockReading): LicenseNow {
  return {
    atMs: effectiveNowMs(clock, reading),
    usedMs: clock.usedMs + monotonicElapsedMs(clock, reading),
    wallMs: reading.wallMs,
    suspectSinceUsedMs: clock.suspectSinceUsedMs,
  };
}

/** The first send of a series that starts now. */
export function startSeries(clock: TrustedClock, reading: ClockReading): SeriesStart {
  const { atMs, usedMs } = licenseNow(clock, reading);
  return { ...reading, effectiveMs: atMs, usedMs };
}

/**
 * A verified statement arrived. Only one whose series began in this boot less than an hour ago clears CLOCK_SUSPECT and
 * sets the high water to the wall, up or down: its nonce proves it recent. The host's own time plays no part.
 */
export function confirmClock(clock: TrustedClock, reading: ClockReading, series: SeriesStart): ClockConfirmation {
  const sameBoot = series.bootId === reading.bootId;
  const monotonicMs = sameBoot ? Math.max(0, reading.monotonicMs - series.monotonicMs) : 0;
  const now = licenseNow(clock, reading);
  const runMs = Math.max(monotonicMs, now.usedMs - series.usedMs);
  // On the scale the clock had until now: a reset must neither age the lease nor make it younger.
  const ageMs = Math.max(runMs, now.atMs - series.effectiveMs);
  const fresh = sameBoot && monotonicMs < FRESH_SERIES_MS;
  const confirmed = fresh
    ? { ...clock, suspectSinceUsedMs: undefined, jump: undefined, highWaterMs: reading.wallMs }
    : clock;
  const firstSend = { atMs: effectiveNowMs(confirmed, reading) - ageMs, usedMs: now.usedMs - runMs };
  return { clock: confirmed, firstSend, fresh };
}

/** A publisher signed `timeMs` (a time token, a document's issue): the only thing that raises the floor. */
export function raiseFloor(clock: TrustedClock, timeMs: number): TrustedClock {
  return { ...clock, floorMs: Math.max(clock.floorMs, timeMs) };
}

/** How long what began at `since` has lasted, ms: by effective time or by run time, whichever is longer. */
export function elapsedMs(since: Moment, now: Moment): number {
  return Math.max(now.atMs - since.atMs, now.usedMs - since.usedMs);
}

/** A moment recorded under a clock reading that was withdrawn since lies in no future: run time places it. */
export function withoutFuture(moment: Moment, now: Moment): Moment {
  if (moment.atMs <= now.atMs) return moment;
  return { atMs: now.atMs - (now.usedMs - moment.usedMs), usedMs: moment.usedMs };
}

/** A jump persists while the wall goes on from where it landed; a wall that lands elsewhere begins another. */
function persistingJump(clock: TrustedClock, wallMs: number, usedMs: number): { wallMs: number; usedMs: number } {
  if (clock.jump === undefined) return { wallMs, usedMs };
  const drift = wallMs - clock.jump.wallMs - (usedMs - clock.jump.usedMs);
  return drift < -ROLLBACK_TOLERANCE_MS || drift > JUMP_MS ? { wallMs, usedMs } : clock.jump;
}

function monotonicElapsedMs(clock: TrustedClock, reading: ClockReading): number {
  return clock.bootId === reading.bootId ? Math.max(0, reading.monotonicMs - clock.lastMonotonicMs) : 0;
}
