import { toHex } from "@countersign/domain";

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const PER_KID_AND_DAY = 20;
const PER_SOURCE_AND_MINUTE = 5;
const MAX_ENTRIES = 100_000;

/** Failed key proofs of first activations: 20 a day and key, 5 a minute and source (protocol.md §10). Renewals never ask. */
export interface FailedProofs {
  /** Seconds to wait before another trial; 0 = now. */
  waitS(kid: Uint8Array, source: string, nowMs: number): number;
  note(kid: Uint8Array, source: string, nowMs: number): void;
}

/** Kept in memory, bounded: the oldest entries go first. */
export function createFailedProofs(): FailedProofs {
  const times = new Map<string, number[]>();
  const recent = (name: string, sinceMs: number) => (times.get(name) ?? []).filter((timeMs) => timeMs > sinceMs);
  const rules = (kid: Uint8Array, source: string) =>
    [
      { name: `kid ${toHex(kid)}`, most: PER_KID_AND_DAY, windowMs: DAY_MS },
      { name: `source ${source}`, most: PER_SOURCE_AND_MINUTE, windowMs: MINUTE_MS },
    ] as const;
  return {
    waitS: (kid, source, nowMs) => {
      const waits = rules(kid, source).map(({ name, most, windowMs }) => {
        const failed = recent(name, nowMs - windowMs);
        return failed.length < most ? 0 : (failed[0] ?? nowMs) + windowMs - nowMs;
      });
      return Math.ceil(Math.max(...waits) / 1000);
    },
    note: (kid, source, nowMs) => {
      for (const { name, windowMs } of rules(kid, source)) {
        const failed = [...recent(name, nowMs - windowMs), nowMs];
        times.delete(name);
        times.set(name, failed);
      }
      for (const name of times.keys()) {
        if (times.size <= MAX_ENTRIES) break;
        times.delete(name);
      }
    },
  };
}
