import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { toBinary } from "@bufbuild/protobuf";
import type { Cryptography } from "@countersign/domain";
import { type SignedDocument, SignedDocumentSchema } from "../src/gen/countersign/v1/documents_pb.ts";
import {
  openTrust,
  PAYLOAD_TYPE,
  type PayloadName,
  type ProtocolReason,
  readDocument,
  signDocument,
  verifyDocument,
} from "../src/index.ts";
import { nodeCryptography } from "../src/node/index.ts";
import { accepted, assertRefused } from "./refused.ts";
import { flipped, type SampleDocument, sampleDocuments } from "./sample-documents.ts";
import { sampleWorld, seededSigner, trustBytes } from "./sample-world.ts";

// Every test here takes a document that is accepted, changes one thing, and expects one named refusal.
const world = await sampleWorld();
const trust = accepted(await openTrust(trustBytes(world), nodeCryptography));
const [firstRoot] = world.rootSets;
const samples = await sampleDocuments(world);
const sampleOf = (name: PayloadName) => samples.find((sample) => sample.name === name) ?? assert.fail(name);

/** What a damaged envelope may be called, by where the damage is. */
const FRAME: readonly ProtocolReason[] = ["DOCUMENT_MALFORMED", "DOCUMENT_WRONG_TYPE"];
const SIGNATURE: readonly ProtocolReason[] = ["SIGNATURE_INVALID", "SIGNATURE_MISSING", "ISSUER_NOT_TRUSTED"];
/** A self-signed document is read before its signature is checked: it says which key that is. */
const SELF_SIGNED: readonly ProtocolReason[] = ["DOCUMENT_UNSUPPORTED", "DOCUMENT_INVALID", "KEY_WEAK"];

function reasonsFor(name: PayloadName): readonly ProtocolReason[] {
  return [...FRAME, ...SIGNATURE, ...(name === "activationRequest" ? SELF_SIGNED : [])];
}

async function outcomeOf(bytes: Uint8Array, { check }: SampleDocument, cryptography?: Cryptography) {
  const document = readDocument(bytes);
  return document.ok ? check(document.value, cryptography) : document;
}

for (const sample of samples) {
  const { name, document, check } = sample;
  const bytes = toBinary(SignedDocumentSchema, document);
  describe(`the ${PAYLOAD_TYPE[name].type}`, () => {
    it("is accepted as it is", async () => {
      accepted(await outcomeOf(bytes, sample));
    });

    it("is refused when it ends anywhere before its end", async () => {
      for (let length = 0; length < bytes.length; length++) {
        const outcome = await outcomeOf(bytes.subarray(0, length), sample);
        assert.ok(!outcome.ok && reasonsFor(name).includes(outcome.refusal.reason), `at ${length}`);
      }
    });

    it("is refused when any single bit of its bytes is another, framing included (I2)", async () => {
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const outcome = await outcomeOf(flipped(bytes, bit), sample);
        assert.ok(!outcome.ok, `bit ${bit} changes nothing`);
        assert.ok(reasonsFor(name).includes(outcome.refusal.reason), `bit ${bit}: ${outcome.refusal.reason}`);
      }
    });

    it("would not be, by a verifier that does not look at signatures: the test above can fail", async () => {
      const blind: Cryptography = { ...nodeCryptography, verify: async () => true };
      let missed = 0;
      for (let bit = 0; bit < bytes.length * 8; bit++)
        if ((await outcomeOf(flipped(bytes, bit), sample, blind)).ok) missed++;
      // At least the bits of every signature.
      assert.ok(missed >= document.signatures.length * 512, `${missed} bits missed`);
    });

    it("is refused as SIGNATURE_INVALID when any bit of a signature is another", async () => {
      for (const [i, signature] of document.signatures.entries()) {
        for (let bit = 0; bit < signature.sig.length * 8; bit++) {
          const signatures = document.signatures.with(i, { ...signature, sig: flipped(signature.sig, bit) });
          assertRefused(await check({ ...document, signatures }), "SIGNATURE_INVALID");
        }
      }
    });

    it("is refused as DOCUMENT_WRONG_TYPE under every other type", async () => {
      for (const other of Object.values(PAYLOAD_TYPE)) {
        if (other.type === document.payloadType) continue;
        assertRefused(await check({ ...document, payloadType: other.type }), "DOCUMENT_WRONG_TYPE", "payload_type");
      }
    });

    it("is refused as DOCUMENT_TOO_LARGE, before anything is hashed, over its limits", async () => {
      const untouched: Cryptography = { ...nodeCryptography, sha256: () => assert.fail(), verify: () => assert.fail() };
      const payload = new Uint8Array(PAYLOAD_TYPE[name].maxBytes + 1);
      assertRefused(await check({ ...document, payload }, untouched), "DOCUMENT_TOO_LARGE", "payload");
      const [signature] = document.signatures;
      assert.ok(signature !== undefined);
      const signatures = new Array<typeof signature>(17).fill(signature);
      assertRefused(await check({ ...document, signatures }, untouched), "DOCUMENT_TOO_LARGE", "signatures");
    });

    it("is refused without signatures", async () => {
      const reason = name === "hostCert" || name === "siteGrant" ? "ISSUER_NOT_TRUSTED" : "SIGNATURE_MISSING";
      assertRefused(await check({ ...document, signatures: [] }), reason);
    });

    it("is refused with a field that an envelope does not have, also where a lenient decoder read it", async () => {
      assertRefused(readDocument(Uint8Array.of(...bytes, 0x22, 1, 7)), "DOCUMENT_MALFORMED");
      const $unknown = [{ no: 4, wireType: 2, data: Uint8Array.of(1, 7) }];
      assertRefused(await check({ ...document, $unknown }), "DOCUMENT_MALFORMED");
      const signatures = document.signatures.map((signature) => ({ ...signature, $unknown }));
      assertRefused(await check({ ...document, signatures }), "DOCUMENT_MALFORMED");
    });
  });
}

describe("an envelope", () => {
  const { document } = sampleOf("rootSet");
  const verify = (signatures: SignedDocument["signatures"], threshold = 2) =>
    verifyDocument("rootSet", { ...document, signatures }, { ...firstRoot, threshold }, nodeCryptography);

  it("over 512 KiB is refused before it is parsed", () => {
    assertRefused(readDocument(new Uint8Array(512 * 1024 + 1)), "DOCUMENT_TOO_LARGE");
  });

  it("with 17 signatures, or with a quarter of a million empty ones, is refused before one of them is made", () => {
    for (const count of [17, 250_000]) {
      const bytes = new Uint8Array(2 * count).map((_, i) => (i % 2 === 0 ? 0x1a : 0));
      assertRefused(readDocument(bytes), "DOCUMENT_TOO_LARGE", "signatures");
    }
  });

  it("needs as many distinct keys as the threshold: one key twice is one key", async () => {
    const [first, second] = document.signatures;
    assert.ok(first !== undefined && second !== undefined);
    assertRefused(await verify([first, first]), "SIGNATURE_MISSING");
    assertRefused(await verify([first, second], 3), "SIGNATURE_MISSING");
    accepted(await verify([second, first]));
  });

  it("is refused for one bad signature of a trusted key beside enough good ones", async () => {
    const third = await world.sign.rootSet(firstRoot, [world.roots[2] ?? seededSigner("root c")]);
    const bad = third.signatures.map((row) => ({ ...row, sig: flipped(row.sig, 9) }));
    assertRefused(await verify([...document.signatures, ...bad]), "SIGNATURE_INVALID");
  });

  it("lets the signature of a stranger say nothing, good or bad", async () => {
    const foreign = await world.sign.rootSet(firstRoot, [seededSigner("stranger")]);
    const bent = foreign.signatures.map((row) => ({ ...row, sig: flipped(row.sig, 3) }));
    accepted(await verify([...bent, ...foreign.signatures, ...document.signatures]));
    assertRefused(await verify([...foreign.signatures, ...document.signatures.slice(1)]), "SIGNATURE_MISSING");
  });

  it("is refused when any bit of the trusted key is another, although its id still fits (I2)", async () => {
    const [key] = firstRoot.keys;
    assert.ok(key !== undefined);
    for (let bit = 0; bit < 256; bit++) {
      const keys = [{ ...key, publicKey: flipped(key.publicKey, bit) }];
      const outcome = await verifyDocument("rootSet", document, { keys, threshold: 1 }, nodeCryptography);
      assertRefused(outcome, "SIGNATURE_INVALID");
    }
  });
});

it("a document signed as one type never verifies as another, even renamed (I3)", async () => {
  const signer = seededSigner("host cert");
  const keys = { keys: trust.manifest.value.keys, threshold: 1 };
  const names = Object.keys(PAYLOAD_TYPE) as PayloadName[];
  for (const name of names) {
    const document = await signDocument(name, new Uint8Array(128).fill(8), [signer], nodeCryptography.sha256);
    for (const other of names) {
      if (other === name) continue;
      const renamed = { ...document, payloadType: PAYLOAD_TYPE[other].type };
      assertRefused(await verifyDocument(other, document, keys, nodeCryptography), "DOCUMENT_WRONG_TYPE");
      assertRefused(await verifyDocument(other, renamed, keys, nodeCryptography), "SIGNATURE_INVALID");
    }
  }
});
