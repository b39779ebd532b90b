import type { LicensingClient } from "../licensing-client.ts";

const SHORTEST_MS = 1_000;

/**
 * Ticks the client whenever it has something to do. The timer never keeps a process alive. Returns what stops it.
 * `onFault`: a fault of ours in one tick; it must not end the application, nor the schedule.
 */
export function runSchedule(client: LicensingClient, onFault: (fault: unknown) => void): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const plan = () => {
    if (stopped) return;
    timer = setTimeout(run, Math.max(SHORTEST_MS, client.nextTickInMs()));
    timer.unref();
  };
  const run = () => {
    client.tick().then(plan, (fault) => {
      onFault(fault);
      plan();
    });
  };
  plan();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
