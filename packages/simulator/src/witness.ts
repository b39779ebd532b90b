import { fromBinary } from "@bufbuild/protobuf";
import { COUNT_WINDOW_MS, toHex } from "@countersign/domain";
import type { Host } from "@countersign/host";
import { narrowActivateRequest, type RpcReply, readCountReport, readLease } from "@countersign/protocol";
import { ActivateResponseSchema } from "@countersign/protocol/gen/activation";
import type { HostStore } from "@countersign/storage";

/** Stands beside the host, sees every request and reply, and keeps a naive model of what must hold (protocol.md §12.2). */
export interface Witness {
  /** The first send of the newest lease a CMID was given; undefined when it never was. */
  leaseOf(cmid: string): { readonly givenMs: number; readonly validityS: number } | undefined;
  readonly exchanges: number;
  readonly reidentified: number;
  readonly violations: readonly string[];
  saw(request: Uint8Array, reply: RpcReply, nowMs: number): void;
  complain(violation: string): void;
  /** The books at the end: every request in the log, total = failed + the status lines. */
  close(host: Host, store: HostStore): Promise<void>;
}

/** Empty at the start of a run. */
export function createWitness(requiredCount: number): Witness {
  const asked = new Map<string, number>();
  const leases = new Map<string, { givenMs: number; validityS: number }>();
  const ids = new Map<string, string>();
  const highest = new Map<string, number>();
  const processed = new Set<string>();
  const violations: string[] = [];
  let [exchanges, reidentified] = [0, 0];
  const complain = (violation: string) => violations.push(violation);
  const look = (cmid: string, answer: { seq: number; leaseId: Uint8Array; count: number }, nowMs: number) => {
    const name = `${cmid}/${answer.seq}`;
    const id = toHex(answer.leaseId);
    if ((ids.get(name) ?? id) !== id) complain(`I23: ${name} has two lease ids`);
    ids.set(name, id);
    if (answer.seq > (highest.get(cmid) ?? 0) + 1) complain(`lineage of ${cmid} skips to ${answer.seq}`);
    highest.set(cmid, Math.max(answer.seq, highest.get(cmid) ?? 0));
    const active = [...asked.values()].filter((timeMs) => timeMs > nowMs - COUNT_WINDOW_MS).length;
    if (answer.count > Math.min(active, 2 * requiredCount))
      complain(`I9: count ${answer.count} above what asked (${active})`);
  };
  return {
    leaseOf: (cmid) => leases.get(cmid),
    get exchanges() {
      return exchanges;
    },
    get reidentified() {
      return reidentified;
    },
    violations,
    complain,
    saw: (bytes, reply, nowMs) => {
      exchanges++;
      const request = narrowActivateRequest(bytes);
      if (!request.ok || !reply.ok) return;
      const cmid = toHex(request.value.cmid);
      asked.set(cmid, nowMs);
      processed.add(toHex(request.value.nonce));
      const { statementType, statement } = fromBinary(ActivateResponseSchema, reply.body);
      if (statementType === 3) reidentified++;
      const read =
        statementType === 1 ? readLease(statement) : statementType === 2 ? readCountReport(statement) : undefined;
      if (read === undefined || !read.ok) return;
      look(cmid, read.value, nowMs);
      if (statementType === 1 && read.value.count < requiredCount)
        complain(`I20: granted at a count of ${read.value.count}`);
      if ("validityS" in read.value) leases.set(cmid, { givenMs: nowMs, validityS: read.value.validityS });
    },
    close: async (host, store) => {
      const { total, failed, byStatus } = await store.counters(1);
      const sum = byStatus.reduce((all, one) => all + one, failed);
      if (total !== sum) complain(`total ${total} is not failed + the status lines (${sum})`);
      const events = await store.events({ afterId: 0, limit: Number.MAX_SAFE_INTEGER, eventIds: [12290] });
      // A request that arrives late is served again as a re-sync: its id may stand twice, none may be missing.
      const logged = new Set(events.map((event) => toHex(event.requestId ?? new Uint8Array()))).size;
      if (logged !== processed.size) complain(`${processed.size} requests were processed, ${logged} are in the log`);
      const [seat] = (await host.status()).seats;
      const [count] = seat?.counts ?? [];
      if (count !== undefined && count.currentCount > Math.min(count.machinesSeen, 2 * requiredCount))
        complain("the reported count is above its cap");
    },
  };
}
