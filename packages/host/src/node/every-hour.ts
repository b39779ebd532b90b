import type { HostLog } from "../core/host-parts.ts";

const HOUR_MS = 3_600_000;
/** Whoever starts a host wants it to serve first. */
export const HOUSEKEEPING_AFTER_MS = 60_000;

/** After `firstMs` and every hour from then on; returns what ends it. */
export function everyHour(work: () => Promise<void>, log: HostLog, firstMs = 0): () => Promise<void> {
  const tick = () => {
    work().catch((fault) => log.error({ err: fault }, "the hourly work of the host failed"));
  };
  let timer: NodeJS.Timeout;
  const begin = () => {
    timer = setInterval(tick, HOUR_MS);
    tick();
  };
  timer = setTimeout(begin, firstMs);
  if (firstMs === 0) {
    clearTimeout(timer);
    begin();
  }
  return async () => clearTimeout(timer);
}
