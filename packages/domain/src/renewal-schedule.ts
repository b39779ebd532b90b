import type { ClientAction } from "./refusals/refusal-row.ts";

const MIN_INTERVAL_S = 15 * 60;
const MAX_INTERVAL_S = 30 * 86_400;
const MAX_JITTER_PCT = 10;
const BOOT_DELAY_MS = 120_000;
const BACKOFF_BASE_MS = 30_000;
const BACKOFF_CAP_MS = 2 * 3_600_000;
const SAME_BYTES_AFTER_MS = 30_000;
const SAME_BYTES_TIMES = 2;
const DAY_MS = 86_400_000;

/** Number in [0, 1): randomness as an argument. */
export type Fraction = number;

/** What the next attempt waits for. Intervals are the host's, in seconds; they are clamped here. */
export type Wait =
  /** A person asked, a key was installed, a clock is suspect. */
  | { readonly kind: "at-once" }
  /** The process came up; `dueMs`: when the next attempt was due, undefined when none was. */
  | { readonly kind: "boot"; readonly interactive: boolean; readonly dueMs: number | undefined }
  /** Not activated, below the count, or a renewal failed: the activation interval (2 h). */
  | { readonly kind: "activation-interval"; readonly intervalS: number; readonly jitterPct: number }
  /** Activated: the renewal interval (7 d). */
  | { readonly kind: "renewal-interval"; readonly intervalS: number; readonly jitterPct: number };

/** When the machine asks next (protocol.md §5.7, §5.8), and why: the data of event 16384. */
export interface NextAttempt {
  readonly attemptMs: number;
  readonly reason: Wait["kind"];
}

/** The next attempt of this machine. `nowMs`: effective time; one fraction spreads machines that act together. */
export function nextAttempt(wait: Wait, nowMs: number, random: Fraction): NextAttempt {
  return { attemptMs: Math.round(nowMs + delayMs(wait, nowMs, random)), reason: wait.kind };
}

/** An interval a host dictates, held within 15 minutes .. 30 days (protocol.md §5.8). Seconds. */
export function clampIntervalS(intervalS: number): number {
  if (!(intervalS > MIN_INTERVAL_S)) return MIN_INTERVAL_S;
  return Math.min(MAX_INTERVAL_S, intervalS);
}

/** One host's answer, as far as it says when that host may be asked again. */
export interface TargetAnswer {
  readonly action: ClientAction;
  /** Answers of this kind in a row from this host, this one included: 1, 2, 3 … */
  readonly inARow: number;
  /** Unsigned, so it delays this target only; 0 = none. */
  readonly retryAfterS: number;
}

/** How long one host is left alone, ms; never more than a day (protocol.md §11.4). The machine's own schedule goes on. */
export function targetDelayMs({ action, inARow, retryAfterS }: TargetAnswer, random: Fraction): number {
  switch (action) {
    case "honour-retry-after":
    case "back-off-target":
      return Math.min(DAY_MS, Math.round(Math.max(0, retryAfterS) * 1000 + fullJitterMs(inARow - 1, random)));
    case "bug-long-backoff":
      return DAY_MS;
    case "use-version-range":
    case "next-host":
    case "next-host-and-notify":
    case "keep-bytes-next-host":
    case "wait-activation-interval":
    case "replace-identity":
    case "show-remedy":
    case "none":
      return 0;
  }
}

/** A lost reply is asked again with the same bytes after 30 s, twice; undefined: that host has failed. */
export function sameBytesDelayMs(retriesDone: number): number | undefined {
  return retriesDone < SAME_BYTES_TIMES ? SAME_BYTES_AFTER_MS : undefined;
}

/** U(0, min(2 h, 30 s x 2^exponent)). */
function fullJitterMs(exponent: number, random: Fraction): number {
  return Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** Math.max(0, exponent)) * random;
}

function delayMs(wait: Wait, nowMs: number, random: Fraction): number {
  switch (wait.kind) {
    case "at-once":
      return 0;
    case "boot": {
      const spreadMs = wait.interactive ? 0 : BOOT_DELAY_MS * random;
      const dueInMs = wait.interactive ? 0 : (wait.dueMs ?? nowMs) - nowMs;
      // A due time beyond the longest interval was written under a clock that has gone back since.
      return dueInMs > MAX_INTERVAL_S * 1100 ? spreadMs : Math.max(spreadMs, dueInMs);
    }
    case "activation-interval":
    case "renewal-interval": {
      // Zero is no valid value on the wire (R5), and a fleet without jitter would come back as one.
      const jitter = Math.min(MAX_JITTER_PCT, Math.max(1, wait.jitterPct)) / 100;
      return clampIntervalS(wait.intervalS) * 1000 * (1 - jitter + 2 * jitter * random);
    }
  }
}
