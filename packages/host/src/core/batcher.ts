import { type RefusalReason, refuse } from "@countersign/domain";
import type { RpcReply } from "@countersign/protocol";
import type { HostLimits } from "./limits.ts";

/** A request that waits for its batch. `lane`: requests of one lane never share a batch. */
export interface Queued {
  readonly lane: string;
}

/** What the batcher needs of its surroundings. */
export interface BatcherParts<T extends Queued> {
  readonly limits: HostLimits;
  readonly monotonicMs: () => number;
  /** In [0, 1): spreads the clients that are told to come back. */
  readonly fraction: () => number;
  /** Resolves when requests that are already readable have been queued. */
  readonly defer: () => Promise<void>;
  /** Replies in the order of the requests. When it rejects its batch is answered with INTERNAL_FAULT, and the next is served. */
  readonly serve: (batch: readonly T[]) => Promise<readonly RpcReply[]>;
  readonly dropped: (request: T, reason: RefusalReason, load: Load) => void;
}

/** How much waits, and when the oldest of those who are told to may come back. */
export interface Load {
  readonly queued: number;
  readonly retryAfterS: number;
}

/** Natural batching (protocol.md §6.5): idle, one is served at once; busy, arrivals queue for the next batch. */
export interface Batcher<T extends Queued> {
  submit(request: T): Promise<RpcReply>;
  /** Refuses what comes from now on; resolves when everything accepted was answered. */
  drain(): Promise<void>;
  readonly batches: number;
  /** Requests of the batch being written now. */
  readonly inFlight: number;
}

interface Waiting<T> {
  readonly request: T;
  readonly sinceMs: number;
  readonly answer: (reply: RpcReply) => void;
}

/** One batcher for one store. */
export function createBatcher<T extends Queued>(parts: BatcherParts<T>): Batcher<T> {
  let queue: Waiting<T>[] = [];
  let running: Promise<void> | undefined;
  let stopping = false;
  let batches = 0;
  let inFlight = 0;
  let perRequestMs = 1;

  const overloaded = (request: T): RpcReply => {
    const drainS = Math.min(600, Math.max(5, (queue.length * perRequestMs) / 1000));
    parts.dropped(request, "OVERLOADED", { queued: queue.length, retryAfterS: Math.ceil(drainS) });
    return { ok: false, refusal: refuse("OVERLOADED", {}, drainS * (1 + parts.fraction())) };
  };
  const answerLate = (nowMs: number) => {
    const isLate = (waiting: Waiting<T>) => nowMs - waiting.sinceMs > parts.limits.queueDeadlineMs;
    const late = queue.filter(isLate);
    if (late.length === 0) return;
    queue = queue.filter((waiting) => !isLate(waiting));
    for (const waiting of late) waiting.answer(overloaded(waiting.request));
  };
  const served = async (requests: readonly T[]): Promise<readonly RpcReply[]> => {
    try {
      return await parts.serve(requests);
    } catch {
      return []; // Each is answered with INTERNAL_FAULT: nobody waits for a reply that cannot come.
    }
  };
  const serveNext = async (): Promise<void> => {
    const startedMs = parts.monotonicMs();
    answerLate(startedMs);
    const { batch, rest } = takeBatch(queue, parts.limits.maxBatch);
    queue = rest;
    if (batch.length === 0) return;
    inFlight = batch.length;
    const replies = await served(batch.map((waiting) => waiting.request));
    inFlight = 0;
    batches++;
    perRequestMs = (parts.monotonicMs() - startedMs) / batch.length;
    for (const [i, waiting] of batch.entries()) {
      waiting.answer(replies[i] ?? { ok: false, refusal: refuse("INTERNAL_FAULT") });
    }
  };
  const run = async (): Promise<void> => {
    while (queue.length > 0) {
      await parts.defer();
      await serveNext();
    }
    running = undefined;
  };
  return {
    submit(request) {
      if (stopping) return Promise.resolve({ ok: false, refusal: refuse("HOST_STOPPING") });
      if (queue.length >= parts.limits.maxQueued) return Promise.resolve(overloaded(request));
      return new Promise((answer) => {
        queue.push({ request, sinceMs: parts.monotonicMs(), answer });
        running ??= run();
      });
    },
    async drain() {
      stopping = true;
      await running;
    },
    get batches() {
      return batches;
    },
    get inFlight() {
      return inFlight;
    },
  };
}

/** In order of arrival; the second request of a lane stays for a later batch, so one per CMID is in flight. */
function takeBatch<T extends Queued>(queue: readonly Waiting<T>[], maxBatch: number) {
  const lanes = new Set<string>();
  const batch: Waiting<T>[] = [];
  const rest: Waiting<T>[] = [];
  for (const waiting of queue) {
    if (batch.length < maxBatch && !lanes.has(waiting.request.lane)) {
      lanes.add(waiting.request.lane);
      batch.push(waiting);
    } else rest.push(waiting);
  }
  return { batch, rest };
}
