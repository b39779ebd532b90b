import { concatBytes, equalBytes, pae, type Sha256 } from "@countersign/domain";
import { PAYLOAD_TYPE } from "../documents/payload-type.ts";
import type { Leaf } from "./batch-values.ts";

/** RFC 9162 shape: leaves and nodes are hashed behind different first bytes, an odd last node is promoted (protocol.md §6.2). */
const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
const HASH_BYTES = 32;

/** Most leaves of one tree, by format. */
export const MAX_TREE_SIZE = 65_536;
/** The path of such a tree's leaf: one hash for each of its 16 levels. */
export const MAX_PATH_BYTES = HASH_BYTES * Math.log2(MAX_TREE_SIZE);

/** A tree's root and, per leaf, its sibling hashes from leaf to root. */
export interface MerkleTree {
  readonly root: Uint8Array;
  readonly paths: readonly Uint8Array[];
}

/** The hash of a leaf: its type is bound by PAE. */
export function leafHash(leaf: Leaf, sha256: Sha256): Uint8Array {
  return sha256(concatBytes(LEAF, pae(PAYLOAD_TYPE[leaf.name].type, leaf.payload)));
}

/** Root and all paths, level by level. */
export function merkleTree(leaves: readonly Leaf[], sha256: Sha256): MerkleTree {
  let level = leaves.map((leaf) => leafHash(leaf, sha256));
  const siblings: Uint8Array[][] = leaves.map(() => []);
  for (let width = 1; level.length > 1; width *= 2) {
    for (const [i, path] of siblings.entries()) {
      const sibling = level[Math.floor(i / width) ^ 1];
      if (sibling !== undefined) path.push(sibling);
    }
    level = pairs(level, sha256);
  }
  return { root: level[0] ?? new Uint8Array(HASH_BYTES), paths: siblings.map((path) => concatBytes(...path)) };
}

/** §6.3 steps a-d. The path length is forced by index and size; missing or surplus hashes fail. */
export function verifyInclusion(
  leaf: Leaf,
  proof: { readonly leafIndex: number; readonly path: Uint8Array },
  head: { readonly root: Uint8Array; readonly treeSize: number },
  sha256: Sha256,
): boolean {
  const { leafIndex, path } = proof;
  if (
    head.treeSize < 1 ||
    head.treeSize > MAX_TREE_SIZE ||
    leafIndex >= head.treeSize ||
    path.length % HASH_BYTES !== 0
  )
    return false;
  let hash = leafHash(leaf, sha256);
  let [index, last] = [leafIndex, head.treeSize - 1];
  for (let offset = 0; offset < path.length; offset += HASH_BYTES) {
    if (last === 0) return false;
    const sibling = path.subarray(offset, offset + HASH_BYTES);
    if (index % 2 === 1 || index === last) {
      hash = nodeHash(sibling, hash, sha256);
      while (index % 2 === 0 && index !== 0) [index, last] = [index >> 1, last >> 1];
    } else {
      hash = nodeHash(hash, sibling, sha256);
    }
    [index, last] = [index >> 1, last >> 1];
  }
  return last === 0 && equalBytes(hash, head.root);
}

function pairs(level: readonly Uint8Array[], sha256: Sha256): Uint8Array[] {
  const next: Uint8Array[] = [];
  for (let i = 0; i < level.length; i += 2) {
    const [left, right] = [level[i], level[i + 1]];
    if (left !== undefined) next.push(right === undefined ? left : nodeHash(left, right, sha256));
  }
  return next;
}

function nodeHash(left: Uint8Array, right: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(concatBytes(NODE, left, right));
}
