import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type ActivationRequest, ActivationRequestSchema } from "../src/gen/countersign/v1/documents_pb.ts";
import {
  checkKeyProof,
  KEY_PROOF_COST,
  makeActivationRequest,
  type ProtocolReason,
  type RequestContext,
  readActivationRequest,
  type Scrypt,
  signDocument,
} from "../src/index.ts";
import { nodeCryptography, nodeScrypt } from "../src/node/index.ts";
import { accepted, assertRefused } from "./refused.ts";
import { SAMPLE_PRODUCT_KEY, sampleWorld, seededBytes, seededSigner } from "./sample-world.ts";

const world = await sampleWorld();
const platform = { ...nodeCryptography, scrypt: nodeScrypt };
const read = (document: typeof world.request.document) => readActivationRequest(document, nodeCryptography);

/** The sample request with one field changed, signed by the host again. */
async function resigned(change: (message: ActivationRequest) => void) {
  const message = fromBinary(ActivationRequestSchema, world.request.document.payload);
  change(message);
  const payload = toBinary(ActivationRequestSchema, message);
  return signDocument("activationRequest", payload, [world.hostSigner], nodeCryptography.sha256);
}

describe("an activation request", () => {
  it("reads back as it was made, with the same commitment on both sides", async () => {
    const { document: _document, ...made } = world.request;
    assert.deepEqual(accepted(await read(world.request.document)), made);
  });

  it("proves the product key it was made with, and no other", async () => {
    const request = accepted(await read(world.request.document));
    assert.ok(await checkKeyProof(request, SAMPLE_PRODUCT_KEY.toLowerCase(), platform));
    assert.ok(!(await checkKeyProof(request, SAMPLE_PRODUCT_KEY.replace("A", "B"), platform)));
  });

  it("asks scrypt for N = 2^15, r = 8, p = 1 with the nonce as salt", async () => {
    const calls: unknown[] = [];
    const scrypt: Scrypt = async (secret, salt, cost) => {
      calls.push([new TextDecoder().decode(secret), salt, cost]);
      return new Uint8Array(32);
    };
    await makeActivationRequest(world.request.context, SAMPLE_PRODUCT_KEY, world.hostSigner, { ...platform, scrypt });
    assert.deepEqual(calls, [
      [SAMPLE_PRODUCT_KEY.replaceAll("-", ""), world.request.context.requestNonce, { N: 32_768, r: 8, p: 1 }],
    ]);
    assert.deepEqual(KEY_PROOF_COST, { N: 32_768, r: 8, p: 1 });
  });

  it("without a product key is a renewal: no proof, and none passes", async () => {
    const context: RequestContext = {
      ...world.request.context,
      previousCertificateSerial: seededBytes("serial", 16),
      renewalSeq: 1,
    };
    const renewal = await makeActivationRequest(context, undefined, world.hostSigner, platform);
    const request = accepted(await read(renewal.document));
    assert.equal(request.keyProof, undefined);
    assert.deepEqual(request.context, context);
    assert.ok(!(await checkKeyProof(request, SAMPLE_PRODUCT_KEY, platform)));
  });

  it("holds no symbol of the product key", () => {
    const text = Buffer.from(world.request.document.payload).toString("latin1");
    assert.ok(!text.includes(SAMPLE_PRODUCT_KEY.slice(0, 5)) && !text.includes(SAMPLE_PRODUCT_KEY.slice(-5)));
  });

  it("carried to another key is refused: the proof is bound to the key that signs", async () => {
    const thief = seededSigner("thief");
    const { payload } = world.request.document;
    assertRefused(
      await read(await signDocument("activationRequest", payload, [thief], nodeCryptography.sha256)),
      "SIGNATURE_MISSING",
    );
    const message = Object.assign(fromBinary(ActivationRequestSchema, payload), { publicKey: thief.publicKey });
    const stolen = toBinary(ActivationRequestSchema, message);
    const request = accepted(
      await read(await signDocument("activationRequest", stolen, [thief], nodeCryptography.sha256)),
    );
    assert.ok(!(await checkKeyProof(request, SAMPLE_PRODUCT_KEY, platform)));
  });

  const cases: readonly (readonly [string, ProtocolReason, string, (message: ActivationRequest) => void])[] = [
    [
      "of an algorithm nobody built",
      "DOCUMENT_INVALID",
      "public_key",
      (message) => Object.assign(message, { algorithm: 257 }),
    ],
    [
      "with a public key of 31 bytes",
      "DOCUMENT_INVALID",
      "public_key",
      (message) => Object.assign(message, { publicKey: new Uint8Array(31).fill(1) }),
    ],
    [
      "with a public key of small order",
      "KEY_WEAK",
      "public_key",
      (message) => Object.assign(message, { publicKey: Uint8Array.of(1, ...new Uint8Array(31)) }),
    ],
    [
      "with a proof of 16 bytes",
      "DOCUMENT_INVALID",
      "key_proof",
      (message) => Object.assign(message, { keyProof: new Uint8Array(16).fill(1) }),
    ],
    ["of another format", "DOCUMENT_UNSUPPORTED", "format", (message) => Object.assign(message, { format: 2 })],
    ["with a critical field nobody knows", "DOCUMENT_UNSUPPORTED", "critical", (message) => message.critical.push(7)],
    [
      "without a context",
      "DOCUMENT_UNSUPPORTED",
      "format",
      (message) => Object.assign(message, { context: new Uint8Array() }),
    ],
    [
      "with a context that is none",
      "DOCUMENT_MALFORMED",
      "",
      (message) => Object.assign(message, { context: Uint8Array.of(0x0a, 200) }),
    ],
  ];
  for (const [title, reason, field, change] of cases) {
    it(`${title}: ${reason}`, async () => assertRefused(await read(await resigned(change)), reason, field));
  }

  const contexts: readonly (readonly [field: string, change: Partial<RequestContext>])[] = [
    ["publisher_id", { publisherId: new Uint8Array(16) }],
    ["request_nonce", { requestNonce: new Uint8Array(31).fill(1) }],
    ["host_id", { hostId: new Uint8Array(16) }],
    ["instance_id", { instanceId: new Uint8Array(4).fill(1) }],
    ["key_kid", { kid: new Uint8Array(6) }],
    ["components", { components: Array.from({ length: 9 }, () => new Uint8Array(9)) }],
    ["components", { components: [new Uint8Array(8)] }],
    ["software_version", { softwareVersion: "1".repeat(65) }],
    ["created_ms", { createdMs: 0 }],
  ];
  for (const [field, change] of contexts) {
    it(`whose context has a wrong ${field}: DOCUMENT_INVALID naming the field`, async () => {
      const context = { ...world.request.context, ...change };
      const { document } = await makeActivationRequest(context, undefined, world.hostSigner, platform);
      assertRefused(await read(document), "DOCUMENT_INVALID", field);
    });
  }

  it("of 4 KiB and one byte is refused before it is parsed", async () => {
    const large = create(ActivationRequestSchema, { format: 1, context: new Uint8Array(4096) });
    const payload = toBinary(ActivationRequestSchema, large);
    const document = await signDocument("activationRequest", payload, [world.hostSigner], nodeCryptography.sha256);
    assertRefused(await read(document), "DOCUMENT_TOO_LARGE", "payload");
  });
});
