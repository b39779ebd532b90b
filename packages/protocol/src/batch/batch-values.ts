import type { HostId } from "@countersign/domain";
import type { LeafName } from "../documents/payload-type.ts";

/** A payload waiting for its proof. */
export interface Leaf {
  readonly name: LeafName;
  readonly payload: Uint8Array;
}

/** How one leaf is proved under a signed batch head (§6.2). */
export interface BatchProof {
  readonly head: Uint8Array;
  readonly sig: Uint8Array; // 64
  readonly keyId: Uint8Array; // 8
  readonly leafIndex: number;
  /** Sibling hashes leaf -> root, 32 bytes each. */
  readonly path: Uint8Array;
}

/** What a head says beside its root. */
export interface BatchIdentity {
  readonly hostId: HostId;
  readonly nodeId: Uint8Array; // 8
  readonly certHash: Uint8Array; // 32
  readonly signedMs: number;
  /** From 1, ascending per node. */
  readonly batchSeq: number;
}

/** batch-head payload, read. */
export interface BatchHead extends BatchIdentity {
  readonly root: Uint8Array; // 32
  readonly treeSize: number; // 1..65536
}
