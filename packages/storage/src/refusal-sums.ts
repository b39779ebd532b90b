import type { RefusalSum } from "./host-event.ts";

const MOST_NAMES = 20;

/** Refused requests of one machine. */
export interface RefusedMachine {
  readonly seat: number;
  readonly reason: string;
  /** "" = it gave none, and its address is forgotten. */
  readonly name: string;
  readonly requests: number;
  readonly lastEventId: number;
}

/** By reason, from machines in the order of their last refusal, the newest first. */
export function refusalSums(refused: Iterable<RefusedMachine>): readonly RefusalSum[] {
  const sums = new Map<string, RefusalSum>();
  for (const { seat, reason, name, requests, lastEventId } of refused) {
    const known = sums.get(`${seat} ${reason}`) ?? { seat, reason, requests: 0, machines: [], lastEventId };
    const isTold = name !== "" && known.machines.length < MOST_NAMES;
    const machines = isTold ? [...known.machines, name] : known.machines;
    sums.set(`${seat} ${reason}`, { ...known, requests: known.requests + requests, machines });
  }
  return [...sums.values()].sort((a, b) => b.requests - a.requests || b.lastEventId - a.lastEventId);
}
