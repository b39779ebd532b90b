import { type Sha256, toHex } from "@countersign/domain";
import type { ActivateRequest, RpcReply } from "@countersign/protocol";
import type { HostStore, MachineRow } from "@countersign/storage";
import type { Complaints } from "../invariants.ts";
import { overheard } from "../overheard.ts";
import { judgeAnswer } from "./answer-watch.ts";
import { auditBooks } from "./books.ts";
import { type RowChange, watchedStore } from "./committed-rows.ts";
import { createCountWatch } from "./count-watch.ts";
import { holdsNewest, judgeChange } from "./lineage-watch.ts";

/** A lease the host gave. */
export interface GivenLease {
  /** When its request first reached the host: never before its first send. */
  readonly askedMs: number;
  readonly validityS: number;
}

/** Stands at the host's door and behind its store, and keeps a naive model of what must hold (protocol.md §12.2). */
export interface HostWatch {
  /** The store as the host is given it. */
  readonly store: HostStore;
  readonly exchanges: number;
  /** Before the host is given a request. */
  heard(request: Uint8Array): void;
  answered(request: Uint8Array, reply: RpcReply): void;
  /** By nonce. */
  leaseOf(nonce: Uint8Array): GivenLease | undefined;
  /** False while the host has no row of this CMID, or when the request names its newest statement. */
  isStale(request: ActivateRequest): boolean;
  recount(applicationId: Uint8Array, reported: number): void;
  audit(): Promise<void>;
}

/** Under way between `heard` and `answered`. */
interface Asked {
  readonly request: ActivateRequest;
  readonly askedMs: number;
  copies: number;
}

/** Watches the host on this store. */
export function createHostWatch(
  store: HostStore,
  parts: { readonly sha256: Sha256; readonly nowMs: () => number; readonly complaints: Complaints },
): HostWatch {
  const { sha256, nowMs, complaints } = parts;
  const { hostId } = store.identity;
  const counts = createCountWatch(complaints);
  const asked = new Map<string, Asked>();
  const rows = new Map<string, MachineRow>();
  const committed = new Map<string, Uint8Array>();
  const leases = new Map<string, GivenLease>();
  const processed = new Set<string>();
  let exchanges = 0;
  const note = (change: RowChange) => {
    const { after } = change;
    const question = asked.get(toHex(after.lastRequestHash));
    const judged = judgeChange(change, question?.request, { hostId, nowMs: nowMs(), complaints });
    rows.set(rowName(after), after);
    if (judged === undefined) return;
    const { exchange, statement, refreshes } = judged;
    committed.set(toHex(judged.nonce), exchange.statement);
    const { applicationId, requiredCount } = after;
    const { statementType } = exchange;
    const served = { cmid: toHex(after.cmid), applicationId, requiredCount, statementType, statement };
    counts.made({ ...served, refreshes }, nowMs());
  };
  return {
    store: watchedStore(store, (changes) => {
      for (const change of changes) note(change);
    }),
    get exchanges() {
      return exchanges;
    },
    heard: (bytes) => {
      exchanges++;
      const request = overheard(bytes);
      if (request === undefined) return;
      const name = toHex(sha256(bytes));
      const known = asked.get(name) ?? { request, askedMs: nowMs(), copies: 0 };
      known.copies++;
      asked.set(name, known);
    },
    answered: (bytes, reply) => {
      const requestHash = sha256(bytes);
      const name = toHex(requestHash);
      const question = asked.get(name);
      if (question === undefined) return;
      if (--question.copies === 0) asked.delete(name);
      const { request } = question;
      const nonce = toHex(request.nonce);
      const row = rows.get(rowName(request));
      const answer = { request, requestHash, reply, row, committed: committed.get(nonce), hostId };
      const judged = judgeAnswer(answer, complaints);
      if (judged === undefined) return;
      processed.add(nonce);
      const { lease } = judged;
      if (lease !== undefined && !leases.has(nonce))
        leases.set(nonce, { askedMs: question.askedMs, validityS: lease.validityS });
    },
    leaseOf: (nonce) => leases.get(toHex(nonce)),
    isStale: (request) => {
      const row = rows.get(rowName(request));
      return row !== undefined && !holdsNewest(request, row, hostId);
    },
    recount: (applicationId, reported) => counts.recount(applicationId, reported, nowMs()),
    audit: () => auditBooks(store, processed, complaints),
  };
}

const rowName = ({ cmid, productId }: { readonly cmid: Uint8Array; readonly productId: number }) =>
  `${productId}/${toHex(cmid)}`;
