const MIN_INTERVAL_S = 15 * 60;
const MAX_INTERVAL_S = 30 * 86_400;
const BOOT_DELAY_MS = 120_000;
const BACKOFF_BASE_MS = 30_000;
const BACKOFF_CAP_MS = 7_200_000;

/** Number in [0, 1): randomness as an argument. */
export type Fraction = number;

/** An interval a host dictates, held within 15 minutes .. 30 days (protocol.md §5.8). Seconds. */
export function clampIntervalS(intervalS: number): number {
  return Math.min(MAX_INTERVAL_S, Math.max(MIN_INTERVAL_S, intervalS));
}

/** When to ask next: `interval` x U(1-j, 1+j) from now. */
export function nextAttemptMs(nowMs: number, intervalS: number, jitterPct: number, random: Fraction): number {
  const jitter = Math.min(50, Math.max(0, jitterPct)) / 100;
  return Math.round(nowMs + clampIntervalS(intervalS) * 1000 * (1 - jitter + 2 * jitter * random));
}

/** The first attempt after boot: at once when a person asks, else spread over two minutes. */
export function firstAttemptMs(nowMs: number, interactive: boolean, random: Fraction): number {
  return interactive ? nowMs : Math.round(nowMs + BOOT_DELAY_MS * random);
}

/** Full jitter after OVERLOADED and its kin, for that target only: U(0, min(2 h, 30 s · 2^failures)) (protocol.md §5.7). */
export function backoffMs(failures: number, random: Fraction): number {
  return Math.round(Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** failures) * random);
}
