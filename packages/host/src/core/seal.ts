import { equalBytes, type RefusalReason, refuse } from "@countersign/domain";
import {
  encodeActivateReply,
  type LeafName,
  productOf,
  type RpcReply,
  STATEMENT_TYPE,
  sealBatch,
} from "@countersign/protocol";
import type { AcceptedRequest, Statement } from "./accepted-request.ts";
import type { Outcome } from "./batch-record.ts";
import type { HostParts } from "./host-parts.ts";
import type { Seat } from "./seat.ts";

/** What signing needs: `nodeId` is drawn at every start, so that batch numbers may begin at 1 again. */
export interface SealWork {
  readonly parts: HostParts;
  readonly nodeId: Uint8Array; // 8
  nextBatchSeq: number;
}

type LeafOf = Readonly<Record<Statement["statementType"], LeafName>>;
const LEAF: LeafOf = {
  [STATEMENT_TYPE.lease]: "lease",
  [STATEMENT_TYPE.countReport]: "countReport",
  [STATEMENT_TYPE.reidentify]: "reidentify",
};

/** Replies to a committed batch: one signature a seat, one proof a statement (protocol.md §6.2). */
export async function sealReplies(
  batch: readonly AcceptedRequest[],
  outcomes: readonly Outcome[],
  work: SealWork,
): Promise<readonly RpcReply[]> {
  const bodies = new Map<number, Uint8Array>();
  const bySeat = new Map<Seat, { asked: AcceptedRequest; statement: Statement; index: number }[]>();
  for (const [index, outcome] of outcomes.entries()) {
    const asked = batch[index];
    if (outcome.kind !== "statement" || asked?.seat === undefined) continue;
    const group = bySeat.get(asked.seat) ?? [];
    bySeat.set(asked.seat, group);
    group.push({ asked, statement: outcome.statement, index });
  }
  for (const [seat, group] of bySeat) {
    const leaves = group.map(({ statement }) => ({ name: LEAF[statement.statementType], payload: statement.payload }));
    const proofs = await sealLeaves(leaves, seat, work);
    for (const [i, { asked, statement, index }] of group.entries()) {
      const proof = proofs?.[i];
      if (proof !== undefined) bodies.set(index, replyBytes(asked, statement, proof, work.parts));
    }
  }
  return outcomes.map((outcome, index) => {
    const body = bodies.get(index);
    if (body !== undefined) return { ok: true, body };
    return refusal(outcome.kind === "statement" ? "SIGNER_UNAVAILABLE" : outcome.reason);
  });
}

/** Proofs of the leaves under one head, or undefined when the key cannot be reached: state stays committed. */
export async function sealLeaves(
  leaves: readonly { readonly name: LeafName; readonly payload: Uint8Array }[],
  seat: Seat,
  work: SealWork,
) {
  const { parts } = work;
  if (seat.certificate === undefined) return undefined;
  const { signer, certHash } = seat.certificate;
  const identity = {
    hostId: parts.store.identity.hostId,
    nodeId: work.nodeId,
    certHash,
    signedMs: parts.clock.wallMs(),
    batchSeq: work.nextBatchSeq++,
  };
  try {
    return await sealBatch(leaves, identity, signer, parts.cryptography.sha256);
  } catch (fault) {
    parts.log.error({ err: fault }, "expected the host's private key to sign a batch, found that it does not answer");
    return undefined;
  }
}

function replyBytes(
  asked: AcceptedRequest,
  { statementType, payload }: Statement,
  proof: Awaited<ReturnType<typeof sealBatch>>[number],
  parts: HostParts,
): Uint8Array {
  const bundle = asked.seat?.products.get(asked.request.productId)?.bundle;
  return encodeActivateReply({
    statementType,
    statement: payload,
    proof,
    certificate: hasAll(asked) ? undefined : bundle,
    serverTimeMs: parts.clock.wallMs(),
  });
}

/** True when the asker has the certificate and nothing older than the host's documents, which the bundle would name (§5.2). */
function hasAll({ seat, request }: AcceptedRequest): boolean {
  const { knownCertHash, manifestVersion, policyVersion, rlNumber, productId } = request;
  if (knownCertHash === undefined || seat?.certificate === undefined) return false;
  if (!equalBytes(knownCertHash, seat.certificate.certHash)) return false;
  const { manifest, revocationList } = seat.trust;
  return (
    manifestVersion >= manifest.value.version &&
    rlNumber >= (revocationList?.value.number ?? 0) &&
    policyVersion >= (productOf(seat.trust, productId)?.policyVersion ?? 0)
  );
}

function refusal(reason: RefusalReason): RpcReply {
  return { ok: false, refusal: refuse(reason) };
}
