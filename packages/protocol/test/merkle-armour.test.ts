import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { armour, type Leaf, merkleTree, unarmour, verifyInclusion } from "../src/index.ts";
import { nodeCryptography } from "../src/node/index.ts";

const { sha256 } = nodeCryptography;
const LARGEST = 130;

function treeOf(size: number) {
  const leaves: Leaf[] = Array.from({ length: size }, (_, i) => ({ name: "lease", payload: Uint8Array.of(size, i) }));
  const tree = merkleTree(leaves, sha256);
  const proofs = leaves.map((leaf, leafIndex) => ({
    leaf,
    leafIndex,
    path: tree.paths[leafIndex] ?? new Uint8Array(),
  }));
  return { head: { root: tree.root, treeSize: size }, proofs };
}

function everyProof(
  check: (proof: ReturnType<typeof treeOf>["proofs"][number], head: ReturnType<typeof treeOf>["head"]) => void,
) {
  for (let size = 1; size <= LARGEST; size++) {
    const { head, proofs } = treeOf(size);
    for (const proof of proofs) check(proof, head);
  }
}

test("every leaf of every tree up to 130 leaves is proved (§6.3)", () => {
  everyProof((proof, head) => assert.ok(verifyInclusion(proof.leaf, proof, head, sha256)));
});

test("a path one hash too long or too short proves nothing", () => {
  everyProof(({ leaf, leafIndex, path }, head) => {
    const longer = new Uint8Array([...path, ...head.root]);
    assert.equal(verifyInclusion(leaf, { leafIndex, path: longer }, head, sha256), false);
    if (path.length === 0) return;
    assert.equal(verifyInclusion(leaf, { leafIndex, path: path.subarray(32) }, head, sha256), false);
    assert.equal(verifyInclusion(leaf, { leafIndex, path: path.subarray(0, -1) }, head, sha256), false);
  });
});

test("an index at or beyond the tree's size proves nothing", () => {
  everyProof(({ leaf, leafIndex, path }, head) => {
    for (const wrong of [head.treeSize, head.treeSize + leafIndex, 0xffffffff])
      assert.equal(verifyInclusion(leaf, { leafIndex: wrong, path }, head, sha256), false);
  });
});

test("a leaf of another type, or at another index, is not proved", () => {
  everyProof(({ leaf, leafIndex, path }, head) => {
    assert.equal(verifyInclusion({ ...leaf, name: "countReport" }, { leafIndex, path }, head, sha256), false);
    const wrong = (leafIndex + 1) % head.treeSize;
    if (wrong !== leafIndex) assert.equal(verifyInclusion(leaf, { leafIndex: wrong, path }, head, sha256), false);
  });
});

test("bytes come back from their armour", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 400 }), (bytes) => {
      const read = unarmour(armour("TRUST", bytes));
      assert.ok(read.ok);
      assert.deepEqual(Array.from(read.value.bytes), Array.from(bytes));
    }),
  );
});

const BLOCK = armour("TRUST", Uint8Array.of(1, 2, 3, 4));
const BENT: Readonly<Record<string, string>> = {
  "with trailing text": `${BLOCK}more`,
  twice: BLOCK + BLOCK,
  "in lower case": BLOCK.toLowerCase(),
  "with bits behind the last byte": BLOCK.replace("BA==", "BB=="),
  "without its padding": BLOCK.replace("==", ""),
};

for (const [how, text] of Object.entries(BENT)) {
  test(`an armoured block ${how} is ARMOUR_INVALID`, () => {
    assert.notEqual(text, BLOCK);
    const read = unarmour(text);
    assert.equal(read.ok ? "accepted" : read.refusal.reason, "ARMOUR_INVALID");
  });
}
