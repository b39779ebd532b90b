import { createAgenda } from "./agenda.ts";

/** A clock that jumps to the next due instant: years pass in the time the work itself takes. */
export interface VirtualTime {
  /** Unix milliseconds, whole. */
  nowMs(): number;
  /** Starts `work` once the clock has reached `dueMs`; works of one instant start in the order they were asked for. */
  at(dueMs: number, work: () => Promise<void>): void;
  /** Resolves so much later: how a work lets time pass. Others go on meanwhile. */
  pass(delayMs: number): Promise<void>;
  /** Runs what is due until `untilMs`, then stands there. Rejects with the first fault of a work. */
  runUntil(untilMs: number): Promise<void>;
}

/**
 * Starts at `startMs`. `settle` resolves when nothing can go on without the clock: `setImmediate` where the works wait for
 * promises and this clock only. A work that waits for the world outside would be overtaken and the run not repeat.
 */
export function virtualTime(startMs: number, settle: () => Promise<void>): VirtualTime {
  const agenda = createAgenda<() => void>();
  const faults: unknown[] = [];
  let nowMs = startMs;
  const soonest = (dueMs: number) => Math.max(Math.round(dueMs), nowMs);
  return {
    nowMs: () => nowMs,
    at: (dueMs, work) =>
      agenda.add(soonest(dueMs), () => {
        work().catch((fault) => faults.push(fault));
      }),
    pass: (delayMs) => new Promise((resolve) => agenda.add(soonest(nowMs + delayMs), resolve)),
    runUntil: async (untilMs) => {
      // What was begun outside and needs no clock is done first: how many promises it waits for must not show.
      await settle();
      for (let dueMs = agenda.nextMs(); dueMs !== undefined && dueMs <= untilMs; dueMs = agenda.nextMs()) {
        nowMs = dueMs;
        // What is due in one instant starts together, so that requests can meet in one batch.
        while (agenda.nextMs() === dueMs) agenda.take()?.();
        await settle();
        if (faults.length > 0) throw faults[0];
      }
      nowMs = untilMs;
    },
  };
}
