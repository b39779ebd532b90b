import type { Fraction } from "../renewal-schedule.ts";

/** One SRV record (RFC 2782). */
export interface ServiceRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  /** A host name without a final dot; "" is the target `.`: the service is declined here. */
  readonly target: string;
}

/** Hosts asked in one attempt at most (protocol.md §11.3): three hundred records must not make one attempt last a day. */
export const MAX_TARGETS = 16;

/**
 * The records in the order they are asked (RFC 2782): ascending priority, and within one priority drawn by weight. A draw is
 * an integer uniformly in 1..Σ weights, so a record of weight 0 is asked only when none with a weight is left. Records
 * that can lead nowhere (target `.`, port 0) are left out.
 */
export function orderTargets(records: readonly ServiceRecord[], fraction: () => Fraction): readonly ServiceRecord[] {
  const usable = records.filter(({ target, port }) => target !== "" && port > 0);
  const priorities = [...new Set(usable.map(({ priority }) => priority))].sort((a, b) => a - b);
  return priorities.flatMap((priority) =>
    drawAll(
      usable.filter((one) => one.priority === priority),
      fraction,
    ),
  );
}

function drawAll(records: readonly ServiceRecord[], fraction: () => Fraction): readonly ServiceRecord[] {
  const left = [...records];
  const drawn: ServiceRecord[] = [];
  while (left.length > 0) drawn.push(...left.splice(drawOne(left, fraction()), 1));
  return drawn;
}

/** The place of the record that one draw falls on. */
function drawOne(records: readonly ServiceRecord[], fraction: Fraction): number {
  const total = records.reduce((sum, { weight }) => sum + weight, 0);
  if (total === 0) return Math.floor(fraction * records.length);
  let left = Math.floor(fraction * total) + 1;
  return records.findIndex(({ weight }) => {
    left -= weight;
    return weight > 0 && left <= 0;
  });
}

/** Whether the domain says that it has no such service: the one record has the target `.` (RFC 2782). */
export function declinesService(records: readonly ServiceRecord[]): boolean {
  return records.length > 0 && records.every(({ target }) => target === "");
}
