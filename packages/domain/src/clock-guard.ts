const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const STEP_MS = 6 * HOUR_MS;
const AGREEMENT_MS = DAY_MS;
/** A machine renews at the latest after 7 days + 10 %, so a reading this far ahead of the truth costs none its 30 days. */
const RESTART_AHEAD_MS = 22 * DAY_MS;
const DRIFT_MS = 10 * 60_000;

/** How far the wall may be behind guarded time and still be believed: time then waits for it. */
export const HOST_CLOCK_BACK_MS = DAY_MS;

/** A host's guarded time and what it was last compared with (protocol.md §8.5). Plain values: kept as JSON. */
export interface HostClockRecord {
  /** T: never goes back by itself. */
  readonly guardedMs: number;
  /** When T was `guardedMs`, or would have been had the end of the certificate not held it. */
  readonly monotonicMs: number;
  /** Changes with every start: monotonic readings of different processes are not comparable. */
  readonly processId: string;
  /** The wall clock under observation; undefined while it is believed. */
  readonly suspect: HostClockWatch | undefined;
}

/** A wall clock that is not believed: how it read last and for how much run time it has agreed with itself. */
export interface HostClockWatch {
  readonly wallMs: number;
  readonly monotonicMs: number;
  /** Run time, over restarts too: a host that is switched off every night must come to an end with it. */
  readonly watchedMs: number;
  /** How far wall and run time have come apart meanwhile. */
  readonly driftMs: number;
  /** T when the watch began: who asked since then did so at an instant that may turn out to be later. */
  readonly sinceGuardedMs: number;
}

/** Contacts from `fromMs` on happened `byMs` later than was written, and none after `latestMs`. */
export interface ContactCorrection {
  readonly fromMs: number;
  readonly byMs: number;
  readonly latestMs: number;
}

/** One look at the clocks. */
export interface HostClockReading {
  readonly wallMs: number;
  readonly monotonicMs: number;
  readonly processId: string;
  /** T never passes the end of the certificate; undefined without one. */
  readonly certificateNotAfterMs: number | undefined;
}

/**
 * The next record. T follows a wall clock it can believe: at most 6 hours ahead of run time, 22 days after a restart. Any
 * other is watched: T then runs on the monotonic clock until the wall has agreed with itself for 24 hours and is not
 * behind T, or has come back to where T is.
 */
export function advanceHostClock(record: HostClockRecord | undefined, reading: HostClockReading): HostClockRecord {
  if (record === undefined) return held(reading.wallMs, Number.NEGATIVE_INFINITY, undefined, reading);
  const restarted = record.processId !== reading.processId;
  const elapsedMs = restarted ? 0 : Math.max(0, reading.monotonicMs - record.monotonicMs);
  const runMs = record.guardedMs + elapsedMs;
  const suspect = suspicion(record, reading, restarted, runMs);
  // A watch that begins with a process begins one instant later than what was before: their contacts are told apart by it.
  const watchedMs = restarted ? Math.max(runMs, suspect?.sinceGuardedMs ?? runMs) : runMs;
  const nextMs = suspect === undefined ? Math.max(record.guardedMs, reading.wallMs) : watchedMs;
  return held(nextMs, record.guardedMs, suspect, reading);
}

/** `countersign host clock accept`: an administrator vouches for the wall clock, forwards or back. */
export function acceptHostClock(reading: HostClockReading): HostClockRecord {
  return advanceHostClock(undefined, reading);
}

/**
 * What a step of T from one record to the next means for the contacts a store has. Without it a watch that ends would age
 * everybody who asked during it by all of its lag, and a clock accepted backwards would leave contacts in the future, which
 * would count for that much longer. Steps that need no watch are small enough to be left alone.
 */
export function contactCorrection(
  before: HostClockRecord | undefined,
  after: HostClockRecord,
): ContactCorrection | undefined {
  if (before === undefined) return undefined;
  const latestMs = after.guardedMs;
  if (latestMs < before.guardedMs) return { fromMs: latestMs, byMs: 0, latestMs };
  if (before.suspect === undefined || after.suspect !== undefined) return undefined;
  const restarted = before.processId !== after.processId;
  const elapsedMs = restarted ? 0 : Math.max(0, after.monotonicMs - before.monotonicMs);
  const byMs = latestMs - before.guardedMs - elapsedMs;
  return byMs > STEP_MS ? { fromMs: before.suspect.sinceGuardedMs, byMs, latestMs } : undefined;
}

/** Why the wall is not believed now, or undefined when it is. */
function suspicion(
  record: HostClockRecord,
  reading: HostClockReading,
  restarted: boolean,
  runMs: number,
): HostClockWatch | undefined {
  if (isBelievable(record, reading, restarted, runMs)) return undefined;
  const watch = watched(record, reading, restarted);
  return watch.watchedMs >= AGREEMENT_MS && reading.wallMs >= runMs ? undefined : watch;
}

function isBelievable(
  record: HostClockRecord,
  { wallMs, certificateNotAfterMs: endMs = Number.POSITIVE_INFINITY }: HostClockReading,
  restarted: boolean,
  runMs: number,
): boolean {
  if (wallMs < runMs - HOST_CLOCK_BACK_MS) return false;
  if (!restarted) return wallMs <= runMs + STEP_MS;
  // Past the end of a certificate that T had not reached; one that had ended before is no news.
  if (wallMs > endMs && record.guardedMs < endMs) return false;
  return wallMs <= runMs + RESTART_AHEAD_MS;
}

/** The watch goes on while the wall goes on from where it was; a wall that lands elsewhere begins another. */
function watched(record: HostClockRecord, reading: HostClockReading, restarted: boolean): HostClockWatch {
  const { suspect: watch, guardedMs } = record;
  const { wallMs, monotonicMs } = reading;
  const sinceGuardedMs = watch?.sinceGuardedMs ?? guardedMs + 1;
  const anew = { wallMs, monotonicMs, watchedMs: 0, driftMs: 0, sinceGuardedMs };
  if (watch === undefined) return anew;
  const movedMs = wallMs - watch.wallMs;
  if (restarted) {
    const wentOn = movedMs >= -DRIFT_MS && movedMs <= RESTART_AHEAD_MS;
    return wentOn ? { ...watch, wallMs, monotonicMs } : anew;
  }
  const elapsedMs = Math.max(0, monotonicMs - watch.monotonicMs);
  const watchedMs = watch.watchedMs + elapsedMs;
  const driftMs = watch.driftMs + movedMs - elapsedMs;
  return Math.abs(driftMs) > DRIFT_MS + watchedMs / 1000 ? anew : { ...anew, watchedMs, driftMs };
}

/** T at `nextMs`, held at the end of the certificate and never before `leastMs`, which was committed already. */
function held(
  nextMs: number,
  leastMs: number,
  suspect: HostClockWatch | undefined,
  { monotonicMs, processId, certificateNotAfterMs }: HostClockReading,
): HostClockRecord {
  const guardedMs = Math.max(leastMs, Math.min(nextMs, certificateNotAfterMs ?? nextMs));
  return { guardedMs, monotonicMs: monotonicMs - (nextMs - guardedMs), processId, suspect };
}
