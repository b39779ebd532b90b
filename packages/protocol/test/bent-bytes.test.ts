import assert from "node:assert/strict";
import { createPrivateKey } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { isWeakPublicKey } from "../src/documents/weak-public-key.ts";
import {
  type ActivateRequest,
  documentBytes,
  encodeActivateRequest,
  narrowActivateRequest,
  readDocument,
  signDocument,
  trustedKey,
  verifyDocument,
} from "../src/index.ts";
import { nodeCryptography as cryptography, signerOf } from "../src/node/index.ts";

const filled = (length: number, value: number) => new Uint8Array(length).fill(value);
const PKCS8_ED25519 = Buffer.from("302e020100300506032b657004220420", "hex");
const signerFrom = (value: number) =>
  signerOf(createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, filled(32, value)]), format: "der", type: "pkcs8" }));
const [signer, stranger] = [signerFrom(1), signerFrom(2)];
const trust = { keys: [trustedKey(signer.algorithm, signer.publicKey, cryptography.sha256)], threshold: 1 };
const signed = await signDocument("productPolicy", filled(40, 7), [signer], cryptography.sha256);
const bytes = documentBytes(signed);

async function verdictOf(document: Uint8Array) {
  const read = readDocument(document);
  if (!read.ok) return read.refusal.reason;
  const verified = await verifyDocument("productPolicy", read.value, trust, cryptography);
  return verified.ok ? "accepted" : verified.refusal.reason;
}

test("a signed document is accepted as it was signed", async () => {
  assert.equal(await verdictOf(bytes), "accepted");
});

test("every truncation of a signed document is refused with a reason", async () => {
  for (let length = 0; length < bytes.length; length++)
    assert.notEqual(await verdictOf(bytes.subarray(0, length)), "accepted", `length ${length}`);
});

test("a document of another type is DOCUMENT_WRONG_TYPE, a stranger's is SIGNATURE_MISSING", async () => {
  const asManifest = await verifyDocument("keyManifest", signed, trust, cryptography);
  assert.equal(asManifest.ok ? "accepted" : asManifest.refusal.reason, "DOCUMENT_WRONG_TYPE");
  const strange = await signDocument("productPolicy", filled(40, 7), [stranger], cryptography.sha256);
  assert.equal(await verdictOf(documentBytes(strange)), "SIGNATURE_MISSING");
});

test("public keys of small order and non-canonical ones are weak, a drawn one is not", () => {
  assert.ok(isWeakPublicKey(filled(32, 0)));
  assert.ok(isWeakPublicKey(Uint8Array.of(1, ...filled(31, 0))));
  assert.ok(isWeakPublicKey(filled(32, 0xff)));
  assert.equal(isWeakPublicKey(signer.publicKey), false);
});

const request: ActivateRequest = {
  protocolMinor: 1,
  publisherId: filled(16, 9),
  cmid: filled(16, 1),
  nonce: filled(32, 2),
  fingerprint: filled(32, 3),
  components: [Uint8Array.of(1, ...filled(8, 5))],
  productId: 7,
  keyGroup: 5,
  licenseStatus: 2,
  minutesToStateExpiry: 43_200,
  requiredCount: 25,
  clientTimeMs: 1_800_000_000_000,
  previousCmid: undefined,
  lineage: [],
  manifestVersion: 1,
  policyVersion: 1,
  rlNumber: 0,
  knownCertHash: undefined,
  setupKeyId: filled(9, 4),
  flags: 0,
  sdk: "ts/0.1.0",
  clientName: "pc-1",
};
const narrowed = (change: Partial<ActivateRequest>) =>
  narrowActivateRequest(encodeActivateRequest({ ...request, ...change }));

test("a request narrows to bytes that narrow to the same request", () => {
  const first = narrowed({});
  assert.ok(first.ok, first.ok ? "" : first.refusal.detail);
  assert.deepEqual(encodeActivateRequest(first.value), encodeActivateRequest(request));
});

for (const [field, change] of Object.entries({
  cmid: { cmid: filled(16, 0) },
  nonce: { nonce: filled(31, 2) },
  fingerprint: { fingerprint: filled(31, 3) },
  client_name: { clientName: "a b" },
})) {
  test(`a request with a wrong ${field} is REQUEST_INVALID and names it`, () => {
    const read = narrowed(change);
    assert.deepEqual(read.ok ? [] : [read.refusal.reason, read.refusal.field], ["REQUEST_INVALID", field]);
  });
}

test("random bytes are narrowed to a value, never to a throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (random) => {
      assert.equal(typeof narrowActivateRequest(random).ok, "boolean");
    }),
  );
});
