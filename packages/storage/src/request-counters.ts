import type { RequestCounters } from "./host-store.ts";

/** Counters before the first request. */
export function noRequests(): RequestCounters {
  return { total: 0, failed: 0, byStatus: [0, 0, 0, 0, 0, 0, 0] };
}

/** Both together. */
export function sumOfRequests(a: RequestCounters, b: RequestCounters): RequestCounters {
  const sum = (status: 0 | 1 | 2 | 3 | 4 | 5 | 6) => a.byStatus[status] + b.byStatus[status];
  return {
    total: a.total + b.total,
    failed: a.failed + b.failed,
    byStatus: [sum(0), sum(1), sum(2), sum(3), sum(4), sum(5), sum(6)],
  };
}
