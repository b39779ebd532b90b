import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, toBinary } from "@bufbuild/protobuf";
import { type Cryptography, concatBytes, equalBytes, pae } from "@countersign/domain";
import { ActivateResponseSchema } from "../src/gen/countersign/v1/activation_pb.ts";
import { BatchHeadSchema } from "../src/gen/countersign/v1/documents_pb.ts";
import {
  type BatchHead,
  encodeBatchHead,
  type Leaf,
  type LeafName,
  openTrust,
  PAYLOAD_TYPE,
  type ProtocolReason,
  readBatchHead,
} from "../src/index.ts";
import { nodeCryptography } from "../src/node/index.ts";
import { accepted, assertRefused } from "./refused.ts";
import { type Answer, answerBytes, answerWith, judge, judgeKnowing, LEAVES, withoutHints } from "./sample-answers.ts";
import { flipped } from "./sample-documents.ts";
import { ASKED, leaseLeaf, SAMPLE_LEASE, sampleWorld, seededBytes, seededSigner, trustBytes } from "./sample-world.ts";

const world = await sampleWorld();
const trust = accepted(await openTrust(trustBytes(world), nodeCryptography));
const { sha256 } = nodeCryptography;
const names = Object.keys(LEAVES) as LeafName[];

const proofOf = (answer: Answer) => answer.proof ?? assert.fail();

/** The sample lease's answer with one change, judged by the sample machine. */
async function judgedAfter(change: (answer: Answer) => unknown, name: LeafName = "lease") {
  const answer = await answerWith(world, LEAVES[name]);
  await change(answer);
  return judge(name, answerBytes(name, answer), trust);
}

/** Puts another head into the answer and signs it with the host key. */
async function resealed(answer: Answer, head: Uint8Array) {
  const sig = await world.hostSigner.sign(pae(PAYLOAD_TYPE.batchHead.type, head));
  Object.assign(proofOf(answer), { head, sig });
}
const headOf = (answer: Answer) => accepted(readBatchHead(proofOf(answer).head));
const rehead = (change: Partial<BatchHead>) => (answer: Answer) =>
  resealed(answer, encodeBatchHead({ ...headOf(answer), ...change }));

for (const name of names) {
  describe(`an answer with a ${PAYLOAD_TYPE[name].type}`, async () => {
    const bytes = answerBytes(name, await answerWith(world, LEAVES[name]));
    const saidByHost = withoutHints(name, bytes);

    it("is accepted as it is", async () => {
      accepted(await judge(name, bytes, trust));
    });

    it("cut anywhere is refused, or only hints behind the signed parts are cut off", async () => {
      let kept = 0;
      for (let length = 0; length < bytes.length; length++) {
        const cut = bytes.subarray(0, length);
        const outcome = await judge(name, cut, trust);
        if (!outcome.ok) continue;
        kept++;
        assert.ok(equalBytes(withoutHints(name, cut), saidByHost), `at ${length}`);
      }
      assert.ok(kept <= 2, `${kept} ends`);
    });

    it("with any single bit changed is refused, or differs in nothing but hints (I2)", async () => {
      let hints = 0;
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const changed = flipped(bytes, bit);
        const outcome = await judge(name, changed, trust);
        if (!outcome.ok) continue;
        hints++;
        assert.ok(equalBytes(withoutHints(name, changed), saidByHost), `bit ${bit} changes what the host said`);
      }
      assert.ok(hints > 0 && hints < 256, `${hints} bits are hints`);
    });

    it("would pass with many others by a verifier without signatures or hashes: the test above can fail", async () => {
      const blind: Cryptography = { ...nodeCryptography, verify: async () => true };
      let missed = 0;
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const changed = flipped(bytes, bit);
        const outcome = await judge(name, changed, trust, blind);
        if (outcome.ok && !equalBytes(withoutHints(name, changed), saidByHost)) missed++;
      }
      assert.ok(missed >= 512, `${missed} bits missed`);
    });

    it("is refused as an answer of every other kind (I3)", async () => {
      for (const other of names) {
        if (other === name) continue;
        const answer = await answerWith(world, LEAVES[name]);
        const type = { lease: 1, countReport: 2, reidentify: 3, hostInfo: 0 }[other];
        Object.assign(answer, { statementType: type });
        assertRefused(await judge(other, answerBytes(other, answer), trust), "PROOF_INVALID", "path");
      }
    });

    it("over 16 KiB, or with a statement, head or path over its limit, is refused before anything is hashed", async () => {
      const untouched: Cryptography = { ...nodeCryptography, sha256: () => assert.fail(), verify: () => assert.fail() };
      assertRefused(await judge(name, new Uint8Array(16 * 1024 + 1), trust, untouched), "DOCUMENT_TOO_LARGE");
      const changes: readonly (readonly [string, (answer: Answer) => unknown])[] = [
        ["statement", (answer) => Object.assign(answer, { statement: new Uint8Array(1025) })],
        ["head", (answer) => Object.assign(proofOf(answer), { head: new Uint8Array(257) })],
        ["path", (answer) => Object.assign(proofOf(answer), { path: new Uint8Array(17 * 32) })],
      ];
      for (const [field, change] of changes) {
        const answer = await answerWith(world, LEAVES[name]);
        change(answer);
        assertRefused(await judge(name, answerBytes(name, answer), trust, untouched), "DOCUMENT_TOO_LARGE", field);
      }
    });
  });
}

describe("an ActivateResponse", () => {
  type Case = readonly [title: string, reason: ProtocolReason, field: string, change: (answer: Answer) => unknown];
  const cases: readonly Case[] = [
    ["without a statement type", "DOCUMENT_MALFORMED", "statement_type", (a) => Object.assign(a, { statementType: 0 })],
    ["of an unknown type", "DOCUMENT_UNSUPPORTED", "statement_type", (a) => Object.assign(a, { statementType: 4 })],
    ["without a proof", "DOCUMENT_MALFORMED", "proof", (a) => delete a.proof],
    ["without the certificate", "CERTIFICATE_MISSING", "certificate", (a) => delete a.certificate],
    ["signed by nobody", "SIGNATURE_INVALID", "sig", (a) => Object.assign(proofOf(a), { sig: new Uint8Array() })],
    [
      "signed by another key under the host's id",
      "SIGNATURE_INVALID",
      "sig",
      async (a) =>
        Object.assign(proofOf(a), {
          sig: await seededSigner("thief").sign(pae(PAYLOAD_TYPE.batchHead.type, proofOf(a).head)),
        }),
    ],
    [
      "whose head is signed as another type",
      "SIGNATURE_INVALID",
      "sig",
      async (a) =>
        Object.assign(proofOf(a), { sig: await world.hostSigner.sign(pae(PAYLOAD_TYPE.lease.type, proofOf(a).head)) }),
    ],
    [
      "that names another key",
      "SIGNATURE_MISSING",
      "key_id",
      (a) => Object.assign(proofOf(a), { keyId: ASKED.nonce.slice(0, 8) }),
    ],
    ["under another certificate's head", "HEAD_MISMATCH", "cert_hash", rehead({ certHash: seededBytes("x", 32) })],
    ["under another host's head", "HEAD_MISMATCH", "host_id", rehead({ hostId: seededBytes("x", 16) })],
    ["with a tree of no leaf", "DOCUMENT_INVALID", "tree_size", rehead({ treeSize: 0 })],
    ["with a tree of 65537 leaves", "DOCUMENT_INVALID", "tree_size", rehead({ treeSize: 65_537 })],
    ["with a root of 31 bytes", "DOCUMENT_INVALID", "root", rehead({ root: new Uint8Array(31) })],
    ["of batch 0", "DOCUMENT_INVALID", "batch_seq", rehead({ batchSeq: 0 })],
    ["with a tree of two leaves", "PROOF_INVALID", "path", rehead({ treeSize: 2 })],
    ["with a tree of five leaves", "PROOF_INVALID", "path", rehead({ treeSize: 5 })],
    ["at its neighbour's index", "PROOF_INVALID", "path", (a) => Object.assign(proofOf(a), { leafIndex: 0 })],
    ["at an index that is the size", "PROOF_INVALID", "path", (a) => Object.assign(proofOf(a), { leafIndex: 3 })],
    ["at the largest index", "PROOF_INVALID", "path", (a) => Object.assign(proofOf(a), { leafIndex: 0xffffffff })],
    ["with a path one hash too long", "PROOF_INVALID", "path", (a) => lengthen(a, 32)],
    ["with a path one byte too long", "PROOF_INVALID", "path", (a) => lengthen(a, 1)],
    ["with a path one hash too short", "PROOF_INVALID", "path", (a) => lengthen(a, -32)],
    ["without a path", "PROOF_INVALID", "path", (a) => Object.assign(proofOf(a), { path: new Uint8Array() })],
    ["with its path's hashes exchanged", "PROOF_INVALID", "path", exchange],
  ];
  for (const [title, reason, field, change] of cases) {
    it(`${title} is ${reason}`, async () => assertRefused(await judgedAfter(change), reason, field));
  }

  function lengthen(answer: Answer, by: number) {
    const { path } = proofOf(answer);
    Object.assign(proofOf(answer), { path: by < 0 ? path.slice(0, by) : concatBytes(path, new Uint8Array(by)) });
  }

  function exchange(answer: Answer) {
    const { path } = proofOf(answer);
    Object.assign(proofOf(answer), { path: concatBytes(path.slice(32), path.slice(0, 32)) });
  }

  it("is PROOF_INVALID when leaves and nodes of its tree were hashed behind each other's first byte", async () => {
    const others = ["left", "right"].map((label) => leaseLeaf({ nonce: seededBytes(label, 32) }));
    const prefixes = { leaf: Uint8Array.of(1), node: Uint8Array.of(0) };
    const leafHash = ({ name, payload }: Leaf, prefix: Uint8Array) =>
      sha256(concatBytes(prefix, pae(PAYLOAD_TYPE[name].type, payload)));
    const treeOf = ({ leaf: leafPrefix, node }: typeof prefixes) => {
      const [left, right] = others.map((leaf) => leafHash(leaf, leafPrefix));
      const pair = sha256(concatBytes(node, left ?? ASKED.nonce, leafHash(LEAVES.lease, leafPrefix)));
      const path = concatBytes(left ?? ASKED.nonce, right ?? ASKED.nonce);
      return { root: sha256(concatBytes(node, pair, right ?? ASKED.nonce)), path };
    };
    const put = (tree: ReturnType<typeof treeOf>) => async (answer: Answer) => {
      Object.assign(proofOf(answer), { path: tree.path });
      await rehead({ root: tree.root })(answer);
    };
    accepted(await judgedAfter(put(treeOf({ leaf: Uint8Array.of(0), node: Uint8Array.of(1) }))));
    assertRefused(await judgedAfter(put(treeOf(prefixes))), "PROOF_INVALID", "path");
  });

  it("is refused when a node of the tree is shown as a leaf", async () => {
    const answer = await answerWith(world, LEAVES.lease);
    const { path, leafIndex } = proofOf(answer);
    // The root's left child as the first leaf of a tree of two: its bytes are no payload behind PAE.
    const inner = concatBytes(
      path.slice(0, 32),
      sha256(concatBytes(Uint8Array.of(0), pae(PAYLOAD_TYPE.lease.type, answer.statement))),
    );
    Object.assign(answer, { statement: inner });
    Object.assign(proofOf(answer), { path: path.slice(32), leafIndex: leafIndex >> 1 });
    await rehead({ treeSize: 2 })(answer);
    assertRefused(await judge("lease", answerBytes("lease", answer), trust), "PROOF_INVALID", "path");
  });

  const headMessage = (answer: Answer) => ({
    ...headOf(answer),
    format: 1,
    hashAlgorithm: 1,
    signedMs: BigInt(headOf(answer).signedMs),
    batchSeq: BigInt(headOf(answer).batchSeq),
  });
  const heads: readonly (readonly [string, object, ProtocolReason, string])[] = [
    ["of another format", { format: 2 }, "DOCUMENT_UNSUPPORTED", "format"],
    ["with a critical field nobody knows", { critical: [11] }, "DOCUMENT_UNSUPPORTED", "critical"],
    ["of another hash", { hashAlgorithm: 2 }, "DOCUMENT_INVALID", "hash_algorithm"],
  ];
  for (const [title, change, reason, field] of heads) {
    it(`under a head ${title} is ${reason}`, async () => {
      const outcome = await judgedAfter((answer) => {
        const head = toBinary(BatchHeadSchema, create(BatchHeadSchema, { ...headMessage(answer), ...change }));
        return resealed(answer, head);
      });
      assertRefused(outcome, reason, field);
    });
  }

  const leaves: readonly (readonly [string, Leaf, ProtocolReason, string])[] = [
    ["another nonce", leaseLeaf({ nonce: seededBytes("x", 32) }), "STATEMENT_MISMATCH", "nonce"],
    ["another machine", leaseLeaf({ cmid: seededBytes("x", 16) }), "STATEMENT_MISMATCH", "cmid"],
    ["another fingerprint", leaseLeaf({ fingerprint: seededBytes("x", 32) }), "STATEMENT_MISMATCH", "fingerprint"],
    ["another product", leaseLeaf({ productId: 102 }), "STATEMENT_MISMATCH", "product_id"],
    ["another key group", leaseLeaf({ keyGroup: 8 }), "STATEMENT_MISMATCH", "key_group"],
    ["another host", leaseLeaf({ hostId: seededBytes("x", 16) }), "STATEMENT_MISMATCH", "host_id"],
    ["181 days", leaseLeaf({ validityS: 180 * 86_400 + 1 }), "VALIDITY_TOO_LONG", "validity_s"],
    ["a count of 24", leaseLeaf({ count: 24 }), "LEASE_BELOW_REQUIRED", "count"],
    ["sequence 0", leaseLeaf({ seq: 0 }), "DOCUMENT_INVALID", "seq"],
    ["port 0", leaseLeaf({ port: 0 }), "DOCUMENT_INVALID", "port"],
    ["port 65536", leaseLeaf({ port: 65_536 }), "DOCUMENT_INVALID", "port"],
    [
      "a critical field nobody knows",
      { name: "lease", payload: concatBytes(LEAVES.lease.payload, Uint8Array.of(0x10, 21)) },
      "DOCUMENT_UNSUPPORTED",
      "critical",
    ],
  ];
  for (const [title, leaf, reason, field] of leaves) {
    it(`with a lease for ${title}, signed well, is ${reason}`, async () => {
      assertRefused(await judge("lease", answerBytes("lease", await answerWith(world, leaf)), trust), reason, field);
    });
  }

  it("with a lease that holds an unknown field says what it would say without (I6)", async () => {
    const payload = concatBytes(LEAVES.lease.payload, Uint8Array.of(0xaa, 0x01, 2, 5, 5));
    const answer = await answerWith(world, { name: "lease", payload });
    const verified = accepted(await judge("lease", answerBytes("lease", answer), trust));
    assert.ok(verified !== null && typeof verified === "object" && "statement" in verified);
    assert.deepEqual(verified.statement, { kind: "lease", ...SAMPLE_LEASE });
  });

  it("may bring fields of a later version beside those known here; they change nothing (R4)", async () => {
    const bytes = answerBytes("lease", await answerWith(world, LEAVES.lease));
    const later = Uint8Array.of(0x32, 1, 9, 0x38, 7, 0x41, 1, 2, 3, 4, 5, 6, 7, 8, 0x4d, 1, 2, 3, 4);
    assert.deepEqual(await judge("lease", concatBytes(bytes, later), trust), await judge("lease", bytes, trust));
  });

  it("without a certificate is judged under the one known from before, and cut or bent is refused as well", async () => {
    const judgeKnown = await judgeKnowing(world, trust);
    const answer = await answerWith(world, LEAVES.lease);
    delete answer.certificate;
    const bytes = toBinary(ActivateResponseSchema, answer);
    accepted(await judgeKnown(bytes));
    for (let bit = 0; bit < bytes.length * 8; bit += 7) {
      const changed = flipped(bytes, bit);
      const outcome = await judgeKnown(changed);
      if (outcome.ok) assert.ok(equalBytes(withoutHints("lease", changed), withoutHints("lease", bytes)), `bit ${bit}`);
    }
  });
});
