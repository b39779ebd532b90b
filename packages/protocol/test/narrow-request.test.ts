import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { ActivateRequestSchema } from "../src/gen/countersign/v1/activation_pb.ts";
import { type ActivateRequest, encodeActivateRequest, narrowActivateRequest } from "../src/index.ts";
import { accepted, assertRefused } from "./refused.ts";
import { ASKED, NOW_MS, seededBytes } from "./sample-world.ts";

type Init = MessageInitShape<typeof ActivateRequestSchema>;
const claim = { hostId: seededBytes("host id", 16), seq: 3n, leaseId: seededBytes("lease id", 16) };
const VALID: Init = {
  protocolMinor: 1,
  ...ASKED,
  licenseStatus: 2,
  minutesToStateExpiry: 43_200,
  requiredCount: 25,
  clientTimeMs: BigInt(NOW_MS),
  setupKeyId: seededBytes("setup key id", 9),
};
const bytesOf = (change: Init = {}) =>
  toBinary(ActivateRequestSchema, create(ActivateRequestSchema, { ...VALID, ...change }));
const ones = (length: number) => new Uint8Array(length).fill(1);

describe("the door of the host", () => {
  it("lets the least request through, with what it left out as it is left out", () => {
    const request = accepted(narrowActivateRequest(bytesOf()));
    assert.deepEqual(request.cmid, ASKED.cmid);
    assert.deepEqual(
      [request.publisherId, request.previousCmid, request.knownCertHash],
      [undefined, undefined, undefined],
    );
    assert.deepEqual([request.components, request.lineage, request.sdk, request.clientName], [[], [], "", ""]);
  });

  it("refuses 2049 bytes before it reads one of them, and reads 2048", () => {
    assertRefused(narrowActivateRequest(new Uint8Array(2049)), "REQUEST_TOO_LARGE");
    assertRefused(narrowActivateRequest(new Uint8Array(2048)), "REQUEST_INVALID");
  });

  const rules: readonly (readonly [field: string, change: Init])[] = [
    ["protocol_minor", { protocolMinor: 0 }],
    ["cmid", { cmid: ones(15) }],
    ["cmid", { cmid: new Uint8Array(16) }],
    ["nonce", { nonce: ones(33) }],
    ["nonce", { nonce: new Uint8Array(32) }],
    ["fingerprint", { fingerprint: new Uint8Array() }],
    ["components", { components: [ones(9), ones(8)] }],
    ["components", { components: Array.from({ length: 9 }, () => ones(9)) }],
    ["product_id", { productId: 0 }],
    ["key_group", { keyGroup: 0 }],
    ["key_group", { keyGroup: 2 ** 20 }],
    ["license_status", { licenseStatus: 7 }],
    ["required_count", { requiredCount: 0 }],
    ["required_count", { requiredCount: 10_001 }],
    ["client_time_ms", { clientTimeMs: 0n }],
    ["client_time_ms", { clientTimeMs: -1n }],
    ["client_time_ms", { clientTimeMs: 2n ** 53n }],
    ["previous_cmid", { previousCmid: ones(4) }],
    ["lineage", { lineage: Array.from({ length: 17 }, () => claim) }],
    ["lineage", { lineage: [{ ...claim, hostId: ones(15) }] }],
    ["lineage", { lineage: [{ ...claim, leaseId: new Uint8Array(16) }] }],
    ["lineage", { lineage: [{ ...claim, seq: 2n ** 53n }] }],
    ["manifest_version", { manifestVersion: 2n ** 53n }],
    ["policy_version", { policyVersion: 2n ** 64n - 1n }],
    ["rl_number", { rlNumber: 2n ** 53n }],
    ["known_cert_hash", { knownCertHash: ones(31) }],
    ["setup_key_id", { setupKeyId: ones(8) }],
    ["setup_key_id", { setupKeyId: new Uint8Array(9) }],
    ["sdk", { sdk: "x".repeat(33) }],
    ["sdk", { sdk: "ts/1\n" }],
    ["client_name", { clientName: "a b" }],
    ["client_name", { clientName: "ä" }],
    ["client_name", { clientName: "x".repeat(64) }],
    ["client_name", { clientName: "pc-1\n" }],
    ["publisher_id", { publisherId: new Uint8Array(16) }],
  ];
  for (const [field, change] of rules) {
    const [value] = Object.values(change);
    const shown =
      typeof value === "bigint" ? `${value}` : JSON.stringify(value, (_, v) => (typeof v === "bigint" ? `${v}` : v));
    it(`refuses ${field} ${shown.slice(0, 60)} and names the field`, () => {
      assertRefused(narrowActivateRequest(bytesOf(change)), "REQUEST_INVALID", field);
    });
  }

  const framings: readonly (readonly [string, readonly number[]])[] = [
    ["a length beyond the end", [0x12, 0x7f, 1, 2]],
    ["a tag cut short", [0x80]],
    ["a number of eleven bytes", [0x08, ...new Array<number>(10).fill(0x80), 1]],
    ["a 32-bit number with 33 bits", [0x30, 0x80, 0x80, 0x80, 0x80, 0x10]],
    ["a known field in another wire type", [0x10, 1]],
    ["a group", [0xfb, 0x01]],
    ["a zero byte at its end", [0]],
    ["a number in a longer form than it needs", [0x98, 0x01, 0x81, 0x00]],
    ["a tag in a longer form than it needs", [0x98, 0x81, 0x00, 1]],
    ["a number of 65 bits", [0x70, ...new Array<number>(9).fill(0x80), 2]],
    ["field number 0", [0x02, 0]],
    ["a fixed64 cut short", [0xc1, 0x02, 1, 2, 3]],
  ];
  for (const [title, tail] of framings) {
    it(`refuses ${title}`, () => {
      assertRefused(narrowActivateRequest(Uint8Array.of(...bytesOf(), ...tail)), "REQUEST_INVALID", "");
    });
  }

  it("passes over fields of a later minor version, whatever their wire type", () => {
    const later = [0xb8, 0x02, 5, 0xc2, 0x02, 2, 9, 9, 0xc1, 0x02, 1, 2, 3, 4, 5, 6, 7, 8, 0xcd, 0x02, 1, 2, 3, 4];
    assert.deepEqual(narrowActivateRequest(Uint8Array.of(...bytesOf(), ...later)), narrowActivateRequest(bytesOf()));
  });
});

const id = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).filter((bytes) => bytes.some((byte) => byte > 0));
const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const uint53 = fc.maxSafeNat();
const requests: fc.Arbitrary<ActivateRequest> = fc.record(
  {
    protocolMinor: fc.integer({ min: 1, max: 0xffffffff }),
    publisherId: fc.option(id(16), { nil: undefined }),
    cmid: id(16),
    nonce: id(32),
    fingerprint: id(32),
    components: fc.array(fc.uint8Array({ minLength: 9, maxLength: 9 }), { maxLength: 8 }),
    productId: fc.integer({ min: 1, max: 0xffffffff }),
    keyGroup: fc.integer({ min: 1, max: 2 ** 20 - 1 }),
    licenseStatus: fc.constantFrom(0, 1, 2, 3, 4, 5, 6),
    minutesToStateExpiry: uint32,
    requiredCount: fc.integer({ min: 1, max: 10_000 }),
    clientTimeMs: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
    previousCmid: fc.option(id(16), { nil: undefined }),
    lineage: fc.array(fc.record({ hostId: id(16), seq: uint53, leaseId: id(16) }, { noNullPrototype: true }), {
      maxLength: 16,
    }),
    manifestVersion: uint53,
    policyVersion: uint53,
    rlNumber: uint53,
    knownCertHash: fc.option(id(32), { nil: undefined }),
    setupKeyId: id(9),
    flags: uint32,
    sdk: fc.string({
      unit: fc.integer({ min: 0x20, max: 0x7e }).map((code) => String.fromCharCode(code)),
      maxLength: 32,
    }),
    clientName: fc.stringMatching(/^[A-Za-z0-9._-]{0,63}$/),
  },
  { noNullPrototype: true },
) as fc.Arbitrary<ActivateRequest>;

describe("the door's own reader", () => {
  it("reads back every request that keeps the rules (I1)", () => {
    fc.assert(
      fc.property(requests, (request) => {
        assert.deepEqual(accepted(narrowActivateRequest(encodeActivateRequest(request))), request);
      }),
    );
  });

  it("understands changed bytes as protobuf-es does, or refuses them; it never throws (I7)", () => {
    const edits = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(requests, edits, (request, changes) => {
        const bytes = encodeActivateRequest(request);
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
        const narrowed = narrowActivateRequest(bytes);
        if (!narrowed.ok) return;
        const again = fromBinary(ActivateRequestSchema, encodeActivateRequest(narrowed.value));
        const theirs = fromBinary(ActivateRequestSchema, bytes, { readUnknownFields: false });
        assert.deepEqual(toBinary(ActivateRequestSchema, again), toBinary(ActivateRequestSchema, theirs));
      }),
      { numRuns: 2000 },
    );
  });

  it("survives anything (I7)", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2100 }), (bytes) => void narrowActivateRequest(bytes)),
      { numRuns: 2000 },
    );
  });
});
