import type { RequestCounters } from "./host-store.ts";

/** Counters before the first request. */
export function noRequests(): RequestCounters {
  return { total: 0, failed: 0, failedByReason: {}, byStatus: [0, 0, 0, 0, 0, 0, 0] };
}

/** Both together. */
export function sumOfRequests(a: RequestCounters, b: RequestCounters): RequestCounters {
  const sum = (status: 0 | 1 | 2 | 3 | 4 | 5 | 6) => a.byStatus[status] + b.byStatus[status];
  return {
    total: a.total + b.total,
    failed: a.failed + b.failed,
    failedByReason: summed(a.failedByReason, b.failedByReason),
    byStatus: [sum(0), sum(1), sum(2), sum(3), sum(4), sum(5), sum(6)],
  };
}

function summed(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): Record<string, number> {
  const sums = { ...a };
  for (const [reason, count] of Object.entries(b)) sums[reason] = (sums[reason] ?? 0) + count;
  return sums;
}
