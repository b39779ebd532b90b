import { create, toBinary } from "@bufbuild/protobuf";
import { pae, type Sha256, type Signer } from "@countersign/domain";
import { keyIdOf } from "../documents/envelope.ts";
import { FieldRules, readPayload } from "../documents/payload-rules.ts";
import { PAYLOAD_TYPE } from "../documents/payload-type.ts";
import { BatchHeadSchema } from "../gen/countersign/v1/documents_pb.ts";
import type { Outcome } from "../outcome.ts";
import type { BatchHead, BatchIdentity, BatchProof, Leaf } from "./batch-values.ts";
import { MAX_TREE_SIZE, merkleTree } from "./merkle.ts";

/** One signature for all leaves, a proof for each. Call it only for what is committed (protocol.md §8.5). */
export async function sealBatch(
  leaves: readonly Leaf[],
  identity: BatchIdentity,
  signer: Signer,
  sha256: Sha256,
): Promise<readonly BatchProof[]> {
  const { root, paths } = merkleTree(leaves, sha256);
  const head = encodeBatchHead({ ...identity, root, treeSize: leaves.length });
  const sig = await signer.sign(pae(PAYLOAD_TYPE.batchHead.type, head));
  const keyId = keyIdOf(signer.algorithm, signer.publicKey, sha256);
  return paths.map((path, leafIndex) => ({ head, sig, keyId, leafIndex, path }));
}

/** Payload bytes of a batch head. */
export function encodeBatchHead(head: BatchHead): Uint8Array {
  const { signedMs, batchSeq, ...same } = head;
  const message = { ...same, format: 1, hashAlgorithm: 1, signedMs: BigInt(signedMs), batchSeq: BigInt(batchSeq) };
  return toBinary(BatchHeadSchema, create(BatchHeadSchema, message));
}

/** Reads verified batch-head bytes. */
export function readBatchHead(payload: Uint8Array): Outcome<BatchHead> {
  const read = readPayload(BatchHeadSchema, payload);
  if (!read.ok) return read;
  const message = read.value;
  return new FieldRules()
    .that("hash_algorithm", message.hashAlgorithm === 1, "expected SHA-256 (1)")
    .that("root", message.root.length === 32, "expected 32 bytes")
    .that("tree_size", message.treeSize >= 1 && message.treeSize <= MAX_TREE_SIZE, `expected 1 to ${MAX_TREE_SIZE}`)
    .positive("signed_ms", message.signedMs)
    .id("host_id", message.hostId, 16)
    .that("node_id", message.nodeId.length === 8, "expected 8 bytes")
    .that("cert_hash", message.certHash.length === 32, "expected 32 bytes")
    .positive("batch_seq", message.batchSeq)
    .gives(() => ({
      root: message.root,
      treeSize: message.treeSize,
      signedMs: Number(message.signedMs),
      hostId: message.hostId,
      nodeId: message.nodeId,
      certHash: message.certHash,
      batchSeq: Number(message.batchSeq),
    }));
}
