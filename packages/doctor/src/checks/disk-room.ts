import type { DiskFacts, ProblemFacts } from "../facts/machine-facts.ts";

/** A million bytes, as disks are sold. */
export const MEGABYTE = 1e6;
/** A store needs room for its log and for what it moves: with less it does not open. */
const FULL_BYTES = 8 * MEGABYTE;

/** Whether a store finds no room there: by what is free, or by what the system told the store. */
export function isFull(disk: DiskFacts | undefined, store: ProblemFacts | undefined): boolean {
  return (disk !== undefined && disk.freeBytes < FULL_BYTES) || saysFull(store);
}

/** Whether the system refused the store room. */
export function saysFull(store: ProblemFacts | undefined): boolean {
  return /^(full|ENOSPC)\b/.test(store?.detail ?? "");
}
