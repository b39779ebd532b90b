import { COUNT_WINDOW_MS } from "./activation-policy.ts";

/**
 * What counting one application needs in memory: exact while it answers (protocol.md §8.1), so a saturated host asks its
 * store nothing. Owned by one writer and changed in place, because it stands on the path of every activation; when a
 * commit fails the owner throws it away and opens it again from the store.
 */
export interface CountWindow {
  /**
   * Per required count, the newest contact (guarded ms) of a counted row. A requirement that a publisher lowers keeps the
   * cap up for the rest of its 30 days: it never denies a grant, and asking the store instead would cost every batch.
   */
  readonly required: Map<number, number>;
  /** Distinct counted machines by hex CMID, oldest contact first: guarded time never goes back, so order is insertion. */
  readonly machines: Map<string, number>;
  /** False once machines were left out because the bound was reached. */
  complete: boolean;
}

/** One counted contact. */
export interface Contact {
  /** Hex. */
  readonly cmid: string;
  readonly requiredCount: number;
  /** False for EPHEMERAL machines: served, not counted. */
  readonly counted: boolean;
}

/** Rows as a store gives them: machines newest first. `limit`: how many were asked for. */
export function openCountWindow(
  rows: {
    readonly required: readonly { readonly requiredCount: number; readonly lastSeenMs: number }[];
    readonly machines: readonly { readonly cmid: string; readonly lastSeenMs: number }[];
  },
  limit: number,
): CountWindow {
  return {
    required: new Map(rows.required.map((row) => [row.requiredCount, row.lastSeenMs])),
    machines: new Map(rows.machines.toReversed().map((row) => [row.cmid, row.lastSeenMs])),
    complete: rows.machines.length < limit,
  };
}

/**
 * Writes one contact down. Repeating it changes nothing but its time (P4). One that does not count takes nothing away
 * either (P10): a machine that became EPHEMERAL counts until 30 days after its last contact that did.
 */
export function noteContact(window: CountWindow, contact: Contact, nowMs: number): void {
  if (!contact.counted) return;
  window.required.set(contact.requiredCount, nowMs);
  window.machines.delete(contact.cmid);
  window.machines.set(contact.cmid, nowMs);
}

/** Count_g(T) = min(active machines, 2 x the largest required count in the window). */
export function currentCount(window: CountWindow, nowMs: number): number {
  forgetSilent(window, nowMs);
  return Math.min(window.machines.size, 2 * largestRequired(window, nowMs));
}

/**
 * The count as it will stand once `contact` is noted: the asker is always included, unless it does not count. What the
 * asker itself requires raises the cap either way, so that the cap never blocks a grant (P3).
 */
export function countIncluding(window: CountWindow, contact: Contact, nowMs: number): number {
  forgetSilent(window, nowMs);
  const joins = contact.counted && !window.machines.has(contact.cmid);
  const active = window.machines.size + (joins ? 1 : 0);
  return Math.min(active, 2 * Math.max(largestRequired(window, nowMs), contact.requiredCount));
}

/** N_g(T): the largest required count of a machine seen in the window, 0 without any. */
export function largestRequired(window: CountWindow, nowMs: number): number {
  let largest = 0;
  for (const [requiredCount, lastSeenMs] of window.required) {
    if (lastSeenMs > nowMs - COUNT_WINDOW_MS && requiredCount > largest) largest = requiredCount;
  }
  return largest;
}

/** True when machines beyond the bound would be needed to answer exactly for `requiredCount`: open it again, with a larger limit. */
export function needsReload(window: CountWindow, requiredCount: number, nowMs: number): boolean {
  if (window.complete) return false;
  forgetSilent(window, nowMs);
  return window.machines.size < 2 * Math.max(requiredCount, largestRequired(window, nowMs));
}

function forgetSilent(window: CountWindow, nowMs: number): void {
  for (const [cmid, lastSeenMs] of window.machines) {
    if (lastSeenMs > nowMs - COUNT_WINDOW_MS) return;
    window.machines.delete(cmid);
  }
}

/**
 * Bounds the window: twice the cap is kept, so that a raised required count seldom asks the store. Between two batches
 * only, because a later request of the same batch may require more than all before it.
 */
export function forgetSurplus(window: CountWindow, nowMs: number): void {
  const bound = 4 * Math.max(1, largestRequired(window, nowMs));
  for (const oldest of window.machines.keys()) {
    if (window.machines.size <= bound) return;
    window.machines.delete(oldest);
    window.complete = false;
  }
}
