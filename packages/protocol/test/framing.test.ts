import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { concatBytes, equalBytes } from "@countersign/domain";
import fc from "fast-check";
import { ActivateResponseSchema, GetDocumentsResponseSchema } from "../src/gen/countersign/v1/activation_pb.ts";
import { SignedDocumentSchema, TrustBundleSchema } from "../src/gen/countersign/v1/documents_pb.ts";
import { MAX_REPLY_BYTES, readDocument, readDocumentsResponse } from "../src/index.ts";
import { readMessage } from "../src/wire/read-message.ts";
import { accepted, assertRefused } from "./refused.ts";
import { sampleReply, sampleWorld, trustBytes } from "./sample-world.ts";

const world = await sampleWorld();
const envelope = toBinary(SignedDocumentSchema, world.presented.document);
const bundle = trustBytes(world);
const reply = await sampleReply(world);
const readReply = (bytes: Uint8Array) => readMessage(ActivateResponseSchema, bytes, MAX_REPLY_BYTES);

/** Bytes of one field behind the type of the sample envelope, which is field 1 and 2 + its length long. */
const TYPE = envelope.slice(0, 2 + (envelope[1] ?? 0));
const rest = envelope.slice(TYPE.length);
const of = (...bytes: number[]) => Uint8Array.from(bytes);

describe("an envelope has one spelling: it is DOCUMENT_MALFORMED", () => {
  const cases: readonly (readonly [string, Uint8Array])[] = [
    ["with its type twice", concatBytes(TYPE, TYPE, rest)],
    ["with its payload before its type", concatBytes(rest, TYPE)],
    ["with its type under the number of another wire type", concatBytes(of(0x08), envelope.slice(1))],
    ["with a tag one byte longer than it needs to be", concatBytes(of(0x8a, 0), envelope.slice(1))],
    [
      "with a length one byte longer than it needs to be",
      concatBytes(of(0x0a, (envelope[1] ?? 0) | 0x80, 0), envelope.slice(2)),
    ],
    ["with an empty type written out", concatBytes(of(0x0a, 0), rest)],
    ["with a fourth field", concatBytes(envelope, of(0x22, 0))],
    ["with a field of a large number", concatBytes(envelope, of(0xf8, 0xff, 0xff, 0xff, 0x0f, 1))],
    ["with field number 0 behind it", concatBytes(envelope, of(0, 0))],
    ["with a third field in a signature", concatBytes(envelope, of(0x1a, 2, 0x18, 1))],
    ["with a signature that is longer than what is left", concatBytes(envelope, of(0x1a, 5, 0x0a, 1, 7))],
    ["with a signature whose field is longer than it", concatBytes(envelope, of(0x1a, 3, 0x0a, 9, 7))],
    ["with a group", concatBytes(envelope, of(0x23, 0x24))],
    ["with a type that is no UTF-8", concatBytes(of(0x0a, 2, 0xc3, 0x28), rest)],
  ];
  for (const [title, bytes] of cases) it(title, () => assertRefused(readDocument(bytes), "DOCUMENT_MALFORMED"));

  it("while one without signatures is only unsigned", () => {
    assert.deepEqual(accepted(readDocument(concatBytes(TYPE, of(0x12, 1, 8)))).signatures, []);
  });
});

describe("a reply", () => {
  const later = of(0x3a, 2, 1, 2);
  it("may bring fields nobody here knows, at its end or between those known, but not out of order", () => {
    accepted(readReply(concatBytes(reply, later)));
    assertRefused(readReply(concatBytes(later, reply)), "DOCUMENT_MALFORMED");
  });

  const cases: readonly (readonly [string, Uint8Array])[] = [
    ["a known field twice", concatBytes(of(0x08, 1), reply)],
    ["a known field in another wire type", concatBytes(of(0x0a, 1, 1), reply.slice(2))],
    ["a number of 33 bits where 32 are meant", concatBytes(of(0x08, 0x81, 0x80, 0x80, 0x80, 0x10), reply.slice(2))],
    ["a default written out", concatBytes(of(0x08, 0), reply.slice(2))],
    ["an unknown field cut short", concatBytes(reply, of(0x41, 1, 2, 3))],
    ["an unknown field that is a group", concatBytes(reply, of(0x3b, 0x3c))],
  ];
  for (const [title, bytes] of cases) {
    it(`with ${title} is DOCUMENT_MALFORMED`, () => assertRefused(readReply(bytes), "DOCUMENT_MALFORMED"));
  }
});

describe("what is read strictly", () => {
  const edits = fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { minLength: 1, maxLength: 3 });
  const changed = (bytes: Uint8Array, changes: readonly (readonly [number, number])[]) => {
    const copy = Uint8Array.from(bytes);
    for (const [at, byte] of changes) copy[at % copy.length] = byte;
    return copy;
  };

  it("is written again as the very same bytes: an envelope always, the others without unknown fields", () => {
    fc.assert(
      fc.property(edits, (changes) => {
        const bent = changed(envelope, changes);
        const read = readDocument(bent);
        if (read.ok) assert.deepEqual(toBinary(SignedDocumentSchema, read.value), bent);
        for (const [schema, bytes] of [
          [ActivateResponseSchema, reply],
          [TrustBundleSchema, bundle],
        ] as const) {
          const other = changed(bytes, changes);
          const message = readMessage(schema, other, 1 << 20);
          if (!message.ok) continue;
          // Unknown fields are kept apart and come last when written; their number of bytes is all that can be held to.
          assert.equal(toBinary(schema, message.value).length, other.length);
          const known = toBinary(schema, fromBinary(schema, other, { readUnknownFields: false }));
          if (known.length === other.length) assert.deepEqual(known, other);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("is what every writer of these messages writes", () => {
    assert.ok(equalBytes(toBinary(SignedDocumentSchema, accepted(readDocument(envelope))), envelope));
    accepted(readReply(reply));
    accepted(readMessage(TrustBundleSchema, bundle, 1 << 20));
  });

  it("includes what GetDocuments answers, with a quarter of a million empty policies refused before one is made", () => {
    const policies = [world.bundle.policies[0] ?? assert.fail()];
    const bytes = toBinary(GetDocumentsResponseSchema, create(GetDocumentsResponseSchema, { policies }));
    assert.deepEqual(accepted(readDocumentsResponse(bytes)).policies, policies);
    const empty = new Uint8Array(500_000).map((_, i) => (i % 2 === 0 ? 0x1a : 0));
    assertRefused(readDocumentsResponse(empty), "DOCUMENT_TOO_LARGE", "policies");
    assertRefused(readDocumentsResponse(new Uint8Array(512 * 1024 + 1)), "DOCUMENT_TOO_LARGE");
    assertRefused(readDocumentsResponse(of(0x12, 2, 0x08, 1)), "DOCUMENT_MALFORMED");
  });

  it("takes no more elements than anybody needs: 4096 setup keys, and not one more", () => {
    const keys = (count: number) => new Uint8Array(2 * count).map((_, i) => (i % 2 === 0 ? 0x32 : 0));
    accepted(readMessage(TrustBundleSchema, concatBytes(of(8, 1), keys(4096)), 1 << 20));
    assertRefused(
      readMessage(TrustBundleSchema, concatBytes(of(8, 1), keys(4097)), 1 << 20),
      "DOCUMENT_TOO_LARGE",
      "setup_keys",
    );
  });
});
