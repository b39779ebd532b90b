/** What is to be done when: a binary heap by instant, and by order of arrival within one. */
export interface Agenda<T> {
  add(dueMs: number, entry: T): void;
  /** Of the first entry; undefined when there is none. */
  nextMs(): number | undefined;
  take(): T | undefined;
}

interface Due<T> {
  readonly dueMs: number;
  readonly order: number;
  readonly entry: T;
}

/** An empty one. */
export function createAgenda<T>(): Agenda<T> {
  const heap: Due<T>[] = [];
  let order = 0;
  return {
    add: (dueMs, entry) => push(heap, { dueMs, order: order++, entry }),
    nextMs: () => heap[0]?.dueMs,
    take: () => pop(heap)?.entry,
  };
}

function isBefore(a: Due<unknown>, b: Due<unknown>): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

function push<T>(heap: Due<T>[], due: Due<T>): void {
  let at = heap.push(due) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!swapUnlessBefore(heap, parent, at)) return;
    at = parent;
  }
}

function pop<T>(heap: Due<T>[]): Due<T> | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return first;
  heap[0] = last;
  for (let at = 0; ; ) {
    const left = heap[2 * at + 1];
    const right = heap[2 * at + 2];
    if (left === undefined) return first;
    const child = right !== undefined && isBefore(right, left) ? 2 * at + 2 : 2 * at + 1;
    if (!swapUnlessBefore(heap, at, child)) return first;
    at = child;
  }
}

/** True when parent and child changed places. */
function swapUnlessBefore<T>(heap: Due<T>[], parent: number, child: number): boolean {
  const upper = heap[parent];
  const lower = heap[child];
  if (upper === undefined || lower === undefined || isBefore(upper, lower)) return false;
  heap[parent] = lower;
  heap[child] = upper;
  return true;
}
