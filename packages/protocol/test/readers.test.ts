import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromBinary, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { ActivationRequestSchema, TrustBundleSchema } from "../src/gen/countersign/v1/documents_pb.ts";
import {
  type LeafName,
  openTrust,
  PAYLOAD_TYPE,
  readActivationRequest,
  readBatchHead,
  readCountReport,
  readDocument,
  readHostCertificate,
  readHostInfo,
  readKeyManifest,
  readLease,
  readProductPolicy,
  readReidentify,
  readRevocationList,
  readRootSet,
  readSiteGrant,
  readTimeToken,
  signDocument,
  unarmour,
} from "../src/index.ts";
import { nodeCryptography } from "../src/node/index.ts";
import { accepted } from "./refused.ts";
import { answerBytes, answerWith, judge, LEAVES } from "./sample-answers.ts";
import { sampleDocuments } from "./sample-documents.ts";
import { sampleWorld, trustBytes } from "./sample-world.ts";

const world = await sampleWorld();
const trust = accepted(await openTrust(trustBytes(world), nodeCryptography));
const samples = await sampleDocuments(world);
const { sha256 } = nodeCryptography;
const READERS = [
  readBatchHead,
  readCountReport,
  readDocument,
  readHostCertificate,
  readHostInfo,
  readLease,
  readProductPolicy,
  readReidentify,
  readRevocationList,
  readSiteGrant,
  readTimeToken,
  (bytes: Uint8Array) => readRootSet(bytes, sha256),
  (bytes: Uint8Array) => readKeyManifest(bytes, sha256),
  (bytes: Uint8Array) => unarmour(Buffer.from(bytes).toString("latin1")),
];
const edits = fc.array(fc.tuple(fc.nat(4000), fc.nat(255)), { minLength: 1, maxLength: 4 });

function edited(bytes: Uint8Array, changes: readonly (readonly [number, number])[]): Uint8Array {
  const copy = Uint8Array.from(bytes);
  for (const [at, byte] of changes) copy[at % copy.length] = byte;
  return copy;
}

describe("no reader throws (I7)", () => {
  it("on random bytes, which none of them takes for a document", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), async (bytes) => {
        for (const read of READERS) assert.equal(typeof read(bytes).ok, "boolean");
        assert.ok(!(await openTrust(bytes, nodeCryptography)).ok);
        for (const name of Object.keys(LEAVES) as LeafName[]) assert.ok(!(await judge(name, bytes, trust)).ok);
      }),
      { numRuns: 300 },
    );
  });

  it("on payloads that are almost right, whatever reader is given them", () => {
    const payloads = [
      ...samples.map(({ document }) => document.payload),
      ...Object.values(LEAVES).map((leaf) => leaf.payload),
    ];
    fc.assert(
      fc.property(fc.constantFrom(...payloads), edits, (payload, changes) => {
        for (const read of READERS) assert.equal(typeof read(edited(payload, changes)).ok, "boolean");
      }),
      { numRuns: 500 },
    );
  });

  it("on a trust file that is almost right, and none of its signed parts may differ", async () => {
    const bytes = trustBytes(world);
    await fc.assert(
      fc.asyncProperty(edits, async (changes) => {
        const opened = await openTrust(edited(bytes, changes), nodeCryptography);
        if (!opened.ok) return;
        // What nobody signs is where to ask, and setup keys, which grant nothing.
        assert.deepEqual(
          { ...opened.value, serviceUrl: "", setupKeys: [] },
          { ...trust, serviceUrl: "", setupKeys: [] },
        );
      }),
      { numRuns: 300 },
    );
    assert.equal(fromBinary(TrustBundleSchema, bytes).serviceUrl, trust.serviceUrl);
  });

  it("on what a stranger signed with a key of its own: an activation request of any content", async () => {
    const { payload } = world.request.document;
    await fc.assert(
      fc.asyncProperty(edits, fc.boolean(), async (changes, inContext) => {
        const request = fromBinary(ActivationRequestSchema, payload);
        const bent = inContext
          ? toBinary(ActivationRequestSchema, { ...request, context: edited(request.context, changes) })
          : edited(payload, changes);
        const document = await signDocument("activationRequest", bent, [world.hostSigner], sha256);
        assert.equal(typeof (await readActivationRequest(document, nodeCryptography)).ok, "boolean");
      }),
      { numRuns: 300 },
    );
  });

  it("on what a certified host signed: a statement of any content", async () => {
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...Object.values(LEAVES)), edits, async ({ name, payload }, changes) => {
        const answer = await answerWith(world, { name, payload: edited(payload, changes) });
        assert.equal(typeof (await judge(name, answerBytes(name, answer), trust)).ok, "boolean");
      }),
      { numRuns: 300 },
    );
  });

  it("on the largest payload of any type, full of the smallest elements", () => {
    // Field 5 with a value of one byte, as often as it fits: the most elements that bytes can ask for.
    const most = Math.max(...Object.values(PAYLOAD_TYPE).map((row) => row.maxBytes));
    for (const pair of [
      [0x2a, 0],
      [0x3a, 0],
      [0x28, 1],
      [0x0a, 0],
    ]) {
      const bytes = new Uint8Array(most).map((_, i) => pair[i % 2] ?? 0);
      for (const read of READERS) assert.equal(read(bytes).ok, false);
    }
  });
});
