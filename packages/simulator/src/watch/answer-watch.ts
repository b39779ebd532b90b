import { fromBinary } from "@bufbuild/protobuf";
import { equalBytes, toHex } from "@countersign/domain";
import { type ActivateRequest, type Lease, type RpcReply, STATEMENT_TYPE } from "@countersign/protocol";
import { ActivateResponseSchema } from "@countersign/protocol/gen/activation";
import type { MachineRow } from "@countersign/storage";
import type { Complaints } from "../invariants.ts";
import { holdsNewest, statementOf } from "./lineage-watch.ts";

/** One answered request beside what the store holds. */
export interface Answered {
  readonly request: ActivateRequest;
  readonly requestHash: Uint8Array;
  readonly reply: RpcReply;
  /** The row of the asker's CMID now. */
  readonly row: MachineRow | undefined;
  /** The statement that was committed last under the request's nonce. */
  readonly committed: Uint8Array | undefined;
  readonly hostId: Uint8Array;
}

/** What a host may say when it does not serve. Anything else is a fault of its own or of the simulation. */
const MAY_REFUSE: readonly string[] = ["NONCE_REUSED", "RATE_LIMITED", "OVERLOADED", "UNKNOWN_PUBLISHER"];

/** What a processed request was given. */
export interface JudgedAnswer {
  readonly lease: Lease | undefined;
}

/** Judges one answer; undefined when the request was not processed, so that the books know nothing of it. */
export function judgeAnswer(answered: Answered, complaints: Complaints): JudgedAnswer | undefined {
  const { request, reply, row, committed, hostId } = answered;
  const who = toHex(request.cmid);
  if (!reply.ok) {
    const { reason } = reply.refusal;
    if (!MAY_REFUSE.includes(reason)) complaints.of("faults", `${who} was answered ${reason}`);
    return undefined;
  }
  if (isOtherBytes(answered)) complaints.of("I24", `${who} was served for other bytes under a known nonce`);
  const message = fromBinary(ActivateResponseSchema, reply.body);
  if (message.statementType === STATEMENT_TYPE.reidentify) {
    if (row !== undefined && holdsNewest(request, row, hostId))
      complaints.of("I27", `${who} holds the newest statement and was told to re-identify`);
    return { lease: undefined };
  }
  const isCommitted = committed !== undefined && equalBytes(committed, message.statement);
  if (!isCommitted) complaints.of("I21", `${who} was given a statement that is not in the store`);
  // The same bytes were read when they were committed.
  const statement = statementOf(isCommitted ? { ...message, statement: committed } : message);
  return { lease: statement !== undefined && "validityS" in statement ? statement : undefined };
}

/** The host remembers the nonce, of the newest statement or of the newest re-sync, with other bytes. */
function isOtherBytes({ request: { nonce }, requestHash, row }: Answered): boolean {
  if (row === undefined) return false;
  if (equalBytes(row.lastNonce, nonce)) return !equalBytes(row.lastRequestHash, requestHash);
  const { resync } = row;
  return resync !== undefined && equalBytes(resync.nonce, nonce) && !equalBytes(resync.requestHash, requestHash);
}
