const HOUR_MS = 3_600_000;
const STEP_MS = 6 * HOUR_MS;
const AGREEMENT_MS = 24 * HOUR_MS;
const RESTART_BACK_MS = 24 * HOUR_MS;
const RESTART_AHEAD_MS = 7 * 24 * HOUR_MS;
const DRIFT_MS = 10 * 60_000;

/** A host's guarded time and what it was last compared with (protocol.md §8.5). Plain values: kept as JSON. */
export interface HostClockRecord {
  /** T: never goes back by itself. */
  readonly guardedMs: number;
  readonly monotonicMs: number;
  /** Changes with every start: monotonic readings of different processes are not comparable. */
  readonly processId: string;
  /** Since when the wall clock is under observation; undefined while it is believed. */
  readonly suspect: { readonly wallMs: number; readonly monotonicMs: number } | undefined;
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
 * The next record. T follows the wall clock while that advances as the monotonic clock does, within 6 hours a step. A
 * wall that jumps is watched: T then runs on the monotonic clock until the wall has agreed with itself for 24 hours.
 */
export function advanceHostClock(record: HostClockRecord | undefined, reading: HostClockReading): HostClockRecord {
  const { wallMs, monotonicMs, processId } = reading;
  if (record === undefined) return { guardedMs: bounded(wallMs, reading), monotonicMs, processId, suspect: undefined };
  const restarted = record.processId !== processId;
  const elapsedMs = restarted ? 0 : Math.max(0, monotonicMs - record.monotonicMs);
  const runMs = record.guardedMs + elapsedMs;
  const suspect = observe(record, reading, restarted, runMs);
  const guardedMs = suspect === undefined ? Math.max(record.guardedMs, wallMs) : runMs;
  return { guardedMs: Math.max(record.guardedMs, bounded(guardedMs, reading)), monotonicMs, processId, suspect };
}

/** `countersign host clock accept`: an administrator vouches for the wall clock, forwards or back. */
export function acceptHostClock(reading: HostClockReading): HostClockRecord {
  return advanceHostClock(undefined, reading);
}

/** Why the wall is not believed now, or undefined when it is. */
function observe(
  record: HostClockRecord,
  reading: HostClockReading,
  restarted: boolean,
  runMs: number,
): HostClockRecord["suspect"] {
  const fresh = { wallMs: reading.wallMs, monotonicMs: reading.monotonicMs };
  if (record.suspect === undefined) return isBelievable(reading, restarted, runMs) ? undefined : fresh;
  if (restarted) return isBelievable(reading, restarted, runMs) ? undefined : fresh;
  const watchedMs = reading.monotonicMs - record.suspect.monotonicMs;
  const drift = Math.abs(reading.wallMs - record.suspect.wallMs - watchedMs);
  if (drift > DRIFT_MS + watchedMs / 1000) return fresh;
  // The wall came back to where guarded time is: there was one bad answer, nothing more.
  if (Math.abs(reading.wallMs - runMs) <= DRIFT_MS) return undefined;
  return watchedMs >= AGREEMENT_MS && reading.wallMs >= runMs ? undefined : record.suspect;
}

function isBelievable(reading: HostClockReading, restarted: boolean, runMs: number): boolean {
  const { wallMs, certificateNotAfterMs } = reading;
  if (!restarted) return Math.abs(wallMs - runMs) <= STEP_MS;
  if (certificateNotAfterMs !== undefined && wallMs > certificateNotAfterMs) return false;
  return wallMs >= runMs - RESTART_BACK_MS && wallMs <= runMs + RESTART_AHEAD_MS;
}

function bounded(timeMs: number, reading: HostClockReading): number {
  return Math.min(timeMs, reading.certificateNotAfterMs ?? timeMs);
}
