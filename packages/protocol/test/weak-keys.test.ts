import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { asciiBytes, concatBytes, fromHex, REFUSALS } from "@countersign/domain";
import { isWeakPublicKey, type ProtocolReason } from "../src/index.ts";
import { nodeCryptography } from "../src/node/index.ts";
import { seededSigner } from "./sample-world.ts";

// With a key of small order the signature (R = identity, S = 0) verifies for every message or for one in eight, so such
// a key proves nothing; a second spelling of a point would give one key two ids (protocol.md §2.5).
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;
const P = 2n ** 255n - 19n;
const IDENTITY = encoded(1n);
const message = asciiBytes("any message");

function encoded(value: bigint, signBit = 0): Uint8Array {
  const bytes = Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
  bytes[31] = (bytes[31] ?? 0) | (signBit << 7);
  return bytes;
}

function decoded(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

const hex = (text: string) => fromHex(text) ?? assert.fail();
const SMALL_ORDER: readonly (readonly [string, Uint8Array])[] = [
  ["order 1", encoded(1n)],
  ["order 1 with the sign bit", encoded(1n, 1)],
  ["order 2", encoded(P - 1n)],
  ["order 2 with the sign bit", encoded(P - 1n, 1)],
  ["order 4", encoded(0n)],
  ["order 4, the other", encoded(0n, 1)],
  ["order 8, first", hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05")],
  ["order 8, second", hex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85")],
  ["order 8, third", hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")],
  ["order 8, fourth", hex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa")],
];
const NOT_CANONICAL: readonly (readonly [string, Uint8Array])[] = [
  ["y = p, order 4 again", encoded(P)],
  ["y = p with the sign bit", encoded(P, 1)],
  ["y = p + 1, order 1 again", encoded(P + 1n)],
  ["y = p + 1 with the sign bit", encoded(P + 1n, 1)],
  ["y = p + 3", encoded(P + 3n)],
  ["y = 2^255 - 1", encoded(2n ** 255n - 1n)],
];

describe("a public key", () => {
  for (const [title, key] of [...SMALL_ORDER, ...NOT_CANONICAL]) {
    it(`of ${title} is weak, and verifies nothing`, async () => {
      assert.ok(isWeakPublicKey(key));
      for (const r of [IDENTITY, ...SMALL_ORDER.map(([, point]) => point)]) {
        assert.equal(await nodeCryptography.verify(1, key, message, concatBytes(r, new Uint8Array(32))), false);
      }
    });
  }

  it("that software made is not weak", () => {
    for (let i = 0; i < 50; i++) assert.ok(!isWeakPublicKey(seededSigner(`honest ${i}`).publicKey));
  });

  it("that is no point, or of another length or algorithm, verifies nothing and throws nothing", async () => {
    const signer = seededSigner("honest");
    const signature = await signer.sign(message);
    assert.ok(await nodeCryptography.verify(1, signer.publicKey, message, signature));
    assert.equal(await nodeCryptography.verify(2, signer.publicKey, message, signature), false);
    for (const key of [encoded(2n), new Uint8Array(), signer.publicKey.slice(1), new Uint8Array(33).fill(2)]) {
      assert.equal(await nodeCryptography.verify(1, key, message, signature), false);
    }
  });
});

describe("a signature", async () => {
  const signer = seededSigner("honest");
  const signature = await signer.sign(message);
  const [r, s] = [signature.slice(0, 32), decoded(signature.slice(32))];
  const cases: readonly (readonly [string, Uint8Array])[] = [
    ["with S + L, the same point in a second spelling", concatBytes(r, encoded(s + ORDER))],
    ["with S = L", concatBytes(r, encoded(ORDER))],
    ["with S beyond 2^253", concatBytes(r, encoded((1n << 255n) - 1n))],
    ["with R the identity", concatBytes(IDENTITY, encoded(s))],
    ["with R of small order", concatBytes(encoded(0n), encoded(s))],
    ["with R in a second spelling of the identity", concatBytes(encoded(P + 1n), encoded(s))],
    ["with the sign of R turned", concatBytes(encoded(decoded(r) ^ (1n << 255n)), encoded(s))],
    ["with R and S exchanged", concatBytes(encoded(s), r)],
    ["of 63 bytes", signature.slice(1)],
    ["of 65 bytes", concatBytes(signature, Uint8Array.of(0))],
    ["of no bytes", new Uint8Array()],
  ];
  for (const [title, bad] of cases) {
    it(`${title} does not verify`, async () => {
      assert.equal(await nodeCryptography.verify(1, signer.publicKey, message, bad), false);
    });
  }
});

it("every reason of this package is a row of the table of refusals", () => {
  // The type says it when compiling; a name removed from the table then breaks this line.
  const inTable: readonly (keyof typeof REFUSALS)[] = [] satisfies readonly ProtocolReason[];
  const reasons: Record<ProtocolReason, true> = {
    REQUEST_TOO_LARGE: true,
    REQUEST_INVALID: true,
    UNSUPPORTED_VERSION: true,
    ARMOUR_INVALID: true,
    DOCUMENT_TOO_LARGE: true,
    DOCUMENT_MALFORMED: true,
    DOCUMENT_WRONG_TYPE: true,
    DOCUMENT_UNSUPPORTED: true,
    DOCUMENT_INVALID: true,
    DOCUMENT_FOREIGN: true,
    SIGNATURE_MISSING: true,
    SIGNATURE_INVALID: true,
    KEY_WEAK: true,
    ROOT_CHAIN_BROKEN: true,
    ISSUER_NOT_TRUSTED: true,
    CERTIFICATE_MISSING: true,
    CERTIFICATE_NOT_YET_VALID: true,
    CERTIFICATE_EXPIRED: true,
    CLOCK_SKEW: true,
    CERTIFICATE_REVOKED: true,
    CERTIFICATE_OTHER_KEY: true,
    GROUP_NOT_AUTHORIZED: true,
    KEY_PROOF_INVALID: true,
    HEAD_MISMATCH: true,
    PROOF_INVALID: true,
    STATEMENT_MISMATCH: true,
    VALIDITY_TOO_LONG: true,
    LEASE_BELOW_REQUIRED: true,
  };
  assert.deepEqual(inTable, []);
  for (const reason of Object.keys(reasons)) assert.ok(Object.hasOwn(REFUSALS, reason), reason);
});
