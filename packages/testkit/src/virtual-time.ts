/** A clock that jumps to the next due instant: years pass in the time the work itself takes. */
export interface VirtualTime {
  /** Unix milliseconds. */
  nowMs(): number;
  /** Runs `work` once the clock has reached `dueMs`; works of one instant run in the order they were asked for. */
  at(dueMs: number, work: () => Promise<void>): void;
  /** Runs what is due until `untilMs`, then stands there. */
  runUntil(untilMs: number): Promise<void>;
}

interface Due {
  readonly dueMs: number;
  readonly order: number;
  readonly work: () => Promise<void>;
}

/** Starts at `startMs`. */
export function virtualTime(startMs: number): VirtualTime {
  const heap: Due[] = [];
  let nowMs = startMs;
  let order = 0;
  return {
    nowMs: () => nowMs,
    at: (dueMs, work) => push(heap, { dueMs: Math.max(Math.round(dueMs), nowMs), order: order++, work }),
    runUntil: async (untilMs) => {
      for (let due = heap[0]; due !== undefined && due.dueMs <= untilMs; due = heap[0]) {
        pop(heap);
        nowMs = due.dueMs;
        await due.work();
      }
      nowMs = untilMs;
    },
  };
}

const isBefore = (a: Due, b: Due) => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);

function push(heap: Due[], due: Due): void {
  let at = heap.push(due) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!swapUnlessBefore(heap, parent, at)) return;
    at = parent;
  }
}

function pop(heap: Due[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  heap[0] = last;
  for (let at = 0; ; ) {
    const [left, right] = [heap[2 * at + 1], heap[2 * at + 2]];
    if (left === undefined) return;
    const child = right !== undefined && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1;
    if (!swapUnlessBefore(heap, at, child)) return;
    at = child;
  }
}

/** True when parent and child changed places. */
function swapUnlessBefore(heap: Due[], parent: number, child: number): boolean {
  const [upper, lower] = [heap[parent], heap[child]];
  if (upper === undefined || lower === undefined || isBefore(upper, lower)) return false;
  heap[parent] = lower;
  heap[child] = upper;
  return true;
}
