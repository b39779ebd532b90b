import { COUNT_WINDOW_MS } from "@countersign/domain";
import type { Complaints } from "../invariants.ts";

const DAY_MS = 86_400_000;

/** Lets a window pass in which nobody asks: P6 and P7 of protocol.md §8.2. */
export async function keepSilence(
  parts: {
    readonly nowMs: () => number;
    readonly runUntil: (untilMs: number) => Promise<void>;
    readonly counts: () => Promise<readonly number[]>;
  },
  complaints: Complaints,
): Promise<void> {
  let before = await parts.counts();
  const endMs = parts.nowMs() + COUNT_WINDOW_MS;
  while (parts.nowMs() < endMs) {
    await parts.runUntil(Math.min(parts.nowMs() + DAY_MS, endMs));
    const counts = await parts.counts();
    for (const [i, count] of counts.entries()) {
      if (count > (before[i] ?? 0)) complaints.of("I14", `the count grew from ${before[i]} to ${count} in silence`);
    }
    before = counts;
  }
  if (before.some((count) => count !== 0)) complaints.of("I15", `the counts are ${before.join()} after the window`);
}
