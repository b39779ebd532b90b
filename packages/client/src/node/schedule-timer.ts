import { EVENT } from "@countersign/domain";
import type { LicensingClient } from "../licensing-client.ts";

const SHORTEST_MS = 1_000;
/** After a fault of ours, doubled with each one more: whatever it is, it must not come about once a second. */
const FAULT_REST_MS = 60_000;
const LONGEST_REST_MS = 3_600_000;

/** What a schedule runs: one product's client, or all of a publisher. */
export type Scheduled = Pick<LicensingClient, "tick" | "nextTickInMs" | "onEvent">;

/**
 * Ticks the client whenever it has something to do, and plans anew when an attempt was scheduled meanwhile. The timer never
 * keeps a process alive. Returns what stops it. `onFault`: a fault of ours in one tick; it must not end the application,
 * nor the schedule.
 */
export function runSchedule(client: Scheduled, onFault: (fault: unknown) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let ticking = false;
  let faults = 0;
  const plan = () => {
    clearTimeout(timer);
    if (stopped || ticking) return;
    timer = setTimeout(run, Math.max(restMs(faults), client.nextTickInMs()));
    timer.unref();
  };
  const run = () => {
    ticking = true;
    client
      .tick()
      .then(
        () => {
          faults = 0;
        },
        (fault) => {
          faults++;
          onFault(fault);
        },
      )
      .finally(() => {
        ticking = false;
        plan();
      });
  };
  const forget = client.onEvent(({ id }) => {
    // The effects of a step are told before it ends: its due time is in force in the next turn.
    if (id === EVENT.attemptScheduled) queueMicrotask(plan);
  });
  plan();
  return () => {
    stopped = true;
    forget();
    clearTimeout(timer);
  };
}

function restMs(faults: number): number {
  return faults === 0 ? SHORTEST_MS : Math.min(LONGEST_REST_MS, FAULT_REST_MS * 2 ** (faults - 1));
}
