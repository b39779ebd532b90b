import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { concatBytes, pae } from "@countersign/domain";
import fc from "fast-check";
import { ActivateResponseSchema } from "../src/gen/countersign/v1/activation_pb.ts";
import { CountReportSchema, LeaseSchema, SignedDocumentSchema } from "../src/gen/countersign/v1/documents_pb.ts";
import {
  armour,
  type CountReport,
  encodeActivateReply,
  encodeCountReport,
  encodeLease,
  type Leaf,
  type Lease,
  leafHash,
  merkleTree,
  PAYLOAD_TYPE,
  type PayloadName,
  readCountReport,
  readDocument,
  readLease,
  signDocument,
  trustedKey,
  unarmour,
  verifyDocument,
  verifyInclusion,
} from "../src/index.ts";
import { nodeCryptography } from "../src/node/index.ts";
import { accepted, assertRefused } from "./refused.ts";
import { NOW_MS, seededBytes, seededSigner } from "./sample-world.ts";

const { sha256 } = nodeCryptography;
const signer = seededSigner("any");
const keys = { keys: [trustedKey(1, signer.publicKey, sha256)], threshold: 1 };
const names = Object.keys(PAYLOAD_TYPE) as PayloadName[];
const id = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).filter((bytes) => bytes.some((byte) => byte > 0));
const positive = fc.integer({ min: 1, max: 0xffffffff });
const port = fc.integer({ min: 1, max: 65_535 });
const instant = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const subject = { cmid: id(16), fingerprint: id(32), nonce: id(32), productId: positive, keyGroup: positive };
const counted = {
  leaseId: id(16),
  seq: instant,
  issuedMs: instant,
  retryS: positive,
  renewalS: positive,
  hostId: id(16),
  port,
};
const numbers = { jitterPct: fc.nat(100), count: fc.nat(20_000), requiredCount: positive, flags: fc.nat(7) };
const leases: fc.Arbitrary<Lease> = fc.record(
  { ...subject, ...counted, ...numbers, validityS: positive, graceS: fc.nat() },
  { noNullPrototype: true },
);
const reports: fc.Arbitrary<CountReport> = fc.record(
  { ...subject, ...counted, ...numbers, reason: fc.nat(3) },
  { noNullPrototype: true },
);

describe("signing and verifying", () => {
  it("verify(sign(x)) gives x for every type and payload (I1)", async () => {
    const payloads = fc.uint8Array({ maxLength: 256 });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), payloads, async (name, payload) => {
        const document = await signDocument(name, payload, [signer], sha256);
        const read = accepted(readDocument(toBinary(SignedDocumentSchema, document)));
        assert.deepEqual(accepted(await verifyDocument(name, read, keys, nodeCryptography)), payload);
      }),
    );
  });

  it("one changed bit in payload, signature, key or key id is refused (I2)", async () => {
    const places = fc.constantFrom("payload", "signature", "key", "key id");
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 64 }), places, fc.nat(), async (payload, place, at) => {
        const document = await signDocument("lease", payload, [signer], sha256);
        const [signature] = document.signatures;
        assert.ok(signature !== undefined);
        const publicKey = Uint8Array.from(signer.publicKey);
        const targets = {
          payload: document.payload,
          signature: signature.sig,
          key: publicKey,
          "key id": signature.keyId,
        };
        const target = targets[place];
        target[at % target.length] = (target[at % target.length] ?? 0) ^ (1 << (at % 8));
        const trust =
          place === "key"
            ? { keys: [{ ...keys.keys[0], algorithm: 1, publicKey, keyId: signature.keyId }], threshold: 1 }
            : keys;
        const reason = place === "key id" ? "SIGNATURE_MISSING" : "SIGNATURE_INVALID";
        assertRefused(await verifyDocument("lease", document, trust, nodeCryptography), reason);
      }),
    );
  });

  it("a document of one type never verifies as another (I3)", async () => {
    const two = fc.tuple(fc.constantFrom(...names), fc.constantFrom(...names)).filter(([a, b]) => a !== b);
    await fc.assert(
      fc.asyncProperty(two, fc.uint8Array({ maxLength: 200 }), async ([name, other], payload) => {
        const document = await signDocument(name, payload, [signer], sha256);
        assertRefused(await verifyDocument(other, document, keys, nodeCryptography), "DOCUMENT_WRONG_TYPE");
        const renamed = { ...document, payloadType: PAYLOAD_TYPE[other].type };
        assertRefused(await verifyDocument(other, renamed, keys, nodeCryptography), "SIGNATURE_INVALID");
      }),
    );
  });

  it("PAE is injective: two different pairs of type and body never give the same bytes", () => {
    const pairs = fc.tuple(fc.string({ unit: fc.constantFrom("a", " ", "1") }), fc.uint8Array({ maxLength: 6 }));
    fc.assert(
      fc.property(pairs, pairs, ([typeA, bodyA], [typeB, bodyB]) => {
        const same = typeA === typeB && Buffer.from(bodyA).equals(bodyB);
        assert.equal(Buffer.from(pae(typeA, bodyA)).equals(pae(typeB, bodyB)), same);
      }),
    );
  });
});

describe("batches", () => {
  const leavesOf = (size: number): readonly Leaf[] =>
    Array.from({ length: size }, (_, i) => ({ name: "lease", payload: Uint8Array.of(i >> 8, i & 255) }));

  /** RFC 9162 §2.1.1, word for word: split at the largest power of two below n. */
  function recursiveRoot(hashes: readonly Uint8Array[]): Uint8Array {
    const [only] = hashes;
    if (hashes.length === 1 && only !== undefined) return only;
    let split = 1;
    while (split * 2 < hashes.length) split *= 2;
    return sha256(
      concatBytes(Uint8Array.of(1), recursiveRoot(hashes.slice(0, split)), recursiveRoot(hashes.slice(split))),
    );
  }

  it("have the shape of RFC 9162 for every size up to 130", () => {
    for (let size = 1; size <= 130; size++) {
      const leaves = leavesOf(size);
      assert.deepEqual(merkleTree(leaves, sha256).root, recursiveRoot(leaves.map((leaf) => leafHash(leaf, sha256))));
    }
  });

  it("prove every leaf at its own place for every size up to 300, and at no other for every size up to 40 (I4)", () => {
    for (let size = 1; size <= 300; size++) {
      const leaves = leavesOf(size);
      const { root, paths } = merkleTree(leaves, sha256);
      for (const [at, leaf] of leaves.entries()) {
        const path = paths[at] ?? assert.fail();
        const holds = (leafIndex: number) =>
          verifyInclusion(leaf, { leafIndex, path }, { root, treeSize: size }, sha256);
        assert.ok(holds(at), `${at} of ${size}`);
        if (size > 40 && at > 0 && at < size - 1) continue;
        const others = size <= 40 ? leaves.keys() : [1, size >> 1, size - 2];
        for (const other of others) assert.equal(holds(other), other === at, `${at} of ${size} at ${other}`);
      }
    }
  });

  it("prove a leaf at no other index, in no other size and for no other leaf, for all n up to 300 (I4)", () => {
    const cases = fc.tuple(fc.integer({ min: 1, max: 300 }), fc.nat(), fc.nat(320), fc.nat(320));
    fc.assert(
      fc.property(cases, ([size, seed, otherIndex, otherSize]) => {
        const leaves = leavesOf(size);
        const at = seed % size;
        const { root, paths } = merkleTree(leaves, sha256);
        const [leaf, path] = [leaves[at], paths[at]];
        assert.ok(leaf !== undefined && path !== undefined);
        const holds = (leafIndex: number, treeSize: number, what = leaf) =>
          verifyInclusion(what, { leafIndex, path }, { root, treeSize }, sha256);
        assert.equal(holds(otherIndex, size), otherIndex === at);
        // In a tree of another size the same path may lead to the same root only if it takes the same route.
        if (otherSize !== size && holds(at, otherSize)) assert.equal(routeOf(at, otherSize), routeOf(at, size));
        assert.ok(!holds(at, size, { ...leaf, name: "countReport" }));
        assert.ok(
          !verifyInclusion(
            leaf,
            { leafIndex: at, path: concatBytes(path, new Uint8Array(32)) },
            { root, treeSize: size },
            sha256,
          ),
        );
      }),
      { numRuns: 300 },
    );
  });

  /** On which side each sibling stands, leaf to root: all that a size means for a proof. */
  function routeOf(index: number, size: number): string {
    let [at, last, route] = [index, size - 1, ""];
    while (last > 0) {
      if (at % 2 === 1) route += "L";
      else if (at < last) route += "R";
      [at, last] = [at >> 1, last >> 1];
    }
    return route;
  }

  it("do not change what a leaf is, however arrivals are cut into batches (I5)", () => {
    fc.assert(
      fc.property(
        fc.array(leases, { minLength: 1, maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 4 })),
        (arrivals, cuts) => {
          const whole = arrivals.map(encodeLease);
          const pieces: Uint8Array[] = [];
          for (let at = 0, i = 0; at < arrivals.length; i++) {
            const size = cuts[i] ?? 1;
            pieces.push(...arrivals.slice(at, at + size).map(encodeLease));
            at += size;
          }
          assert.deepEqual(pieces, whole);
        },
      ),
      { numRuns: 30 },
    );
  });
});

describe("statements", () => {
  it("are written as protobuf-es writes them, byte for byte", () => {
    fc.assert(
      fc.property(leases, (lease) => {
        const message = { ...lease, format: 1, seq: BigInt(lease.seq), issuedMs: BigInt(lease.issuedMs) };
        assert.deepEqual(encodeLease(lease), toBinary(LeaseSchema, create(LeaseSchema, message)));
      }),
    );
    fc.assert(
      fc.property(reports, (report) => {
        const message = { ...report, format: 1, seq: BigInt(report.seq), issuedMs: BigInt(report.issuedMs) };
        assert.deepEqual(encodeCountReport(report), toBinary(CountReportSchema, create(CountReportSchema, message)));
      }),
    );
  });

  it("are answered as protobuf-es would answer them, byte for byte", () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    const proofs = fc.record({ head: bytes, sig: bytes, keyId: bytes, leafIndex: fc.nat(0xffffffff), path: bytes });
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 3),
        bytes,
        proofs,
        fc.option(bytes, { nil: undefined }),
        (type, statement, proof, bundle) => {
          const certificate = bundle === undefined ? undefined : accepted(bundleOf(bundle));
          const reply = { statementType: type as 1 | 2 | 3, statement, proof, certificate, serverTimeMs: NOW_MS };
          const theirs = fromBinary(ActivateResponseSchema, encodeActivateReply(reply));
          assert.deepEqual(encodeActivateReply(reply), toBinary(ActivateResponseSchema, theirs));
          assert.deepEqual([theirs.statementType, theirs.statement, theirs.proof?.path], [type, statement, proof.path]);
          assert.deepEqual(theirs.certificate?.publicKey, bundle);
        },
      ),
    );
  });

  /** A bundle that holds a public key and nothing else. */
  function bundleOf(publicKey: Uint8Array) {
    const message = create(ActivateResponseSchema, { certificate: { publicKey } });
    const whole = toBinary(ActivateResponseSchema, message);
    return { ok: true, value: whole.slice(publicKey.length + 2 >= 128 ? 3 : 2) } as const;
  }

  it("read back as they were written (I1)", () => {
    fc.assert(fc.property(leases, (lease) => assert.deepEqual(accepted(readLease(encodeLease(lease))), lease)));
    fc.assert(
      fc.property(reports, (report) => assert.deepEqual(accepted(readCountReport(encodeCountReport(report))), report)),
    );
  });

  it("mean the same with unknown fields that are not critical, and nothing with one that is (I6)", () => {
    fc.assert(
      fc.property(
        leases,
        fc.integer({ min: 21, max: 2 ** 29 - 1 }),
        fc.uint8Array({ maxLength: 40 }),
        (lease, field, value) => {
          const payload = encodeLease(lease);
          const unknown = new BinaryWriter().tag(field, WireType.LengthDelimited).bytes(value).finish();
          assert.deepEqual(accepted(readLease(concatBytes(payload, unknown))), lease);
          const critical = toBinary(LeaseSchema, create(LeaseSchema, { critical: [field] }));
          assertRefused(readLease(concatBytes(payload, critical)), "DOCUMENT_UNSUPPORTED", "critical");
        },
      ),
    );
  });
});

describe("armour", () => {
  it("gives back every sequence of bytes, with LF or CRLF and white space around it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.boolean(), (bytes, windows) => {
        const text = armour("ACTIVATION REQUEST", bytes);
        const carried = windows ? `\r\n${text.replaceAll("\n", "\r\n")}\t\r\n ` : text;
        assert.deepEqual(accepted(unarmour(carried)), { label: "ACTIVATION REQUEST", bytes });
        assert.deepEqual(bytes, Uint8Array.from(Buffer.from(text.split("\n").slice(1, -2).join(""), "base64")));
      }),
    );
  });

  const good = armour("TRUST", seededBytes("armoured", 32));
  const long = armour("TRUST", concatBytes(...["a", "b", "c"].map((label) => seededBytes(label, 32))));
  const bad: readonly (readonly [string, string])[] = [
    ["data after its end", `${good}x`],
    ["data before its beginning", `x\n${good}`],
    ["two blocks", `${good}${good}`],
    ["another label at its end", good.replace("END COUNTERSIGN TRUST", "END COUNTERSIGN LICENCE")],
    ["a missing end", good.slice(0, -5)],
    ["no line at all", good.replace(/\n[A-Za-z0-9+/=]+\n/, "\n")],
    ["an empty line inside", long.replace(/\n([A-Za-z0-9+/]{64})\n/, "\n$1\n\n")],
    ["a short line that is not the last", long.replace(/\n([A-Za-z0-9+/]{60})/, "\n$1\n")],
    ["lines of 65 columns", good.replace(/\n([A-Za-z0-9+/=]{4})/, `\n${"A".repeat(65)}\n$1`)],
    ["a space inside a line", good.replace(/\n(.{8})/, "\n$1 ")],
    ["padding left out", good.replace("=\n", "\n")],
    ["padding too much", good.replace("=\n", "==\n")],
    [
      "bits set beyond the last byte",
      good.replace(/.=\n/, (end) => `${String.fromCharCode(end.charCodeAt(0) + 1)}=\n`),
    ],
    ["the URL alphabet", good.replace(/\n.{4}/, "\n-_-_")],
    ["more than 1 MiB", `${good}${" ".repeat(1024 * 1024)}`],
    ["nothing", ""],
  ];
  for (const [title, text] of bad) {
    it(`with ${title} is refused`, () => {
      assert.notEqual(text, good);
      assertRefused(unarmour(text), "ARMOUR_INVALID");
    });
  }
});
