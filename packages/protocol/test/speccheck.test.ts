import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fromHex } from "@countersign/domain";
import { isWeakPublicKey, signDocument, trustedKey, verifyDocument } from "../src/index.ts";
import { nodeCryptography } from "../src/node/index.ts";
import { assertRefused } from "./refused.ts";
import { seededSigner } from "./sample-world.ts";
import { SPECCHECK } from "./speccheck-cases.ts";

// Where implementations of Ed25519 differ. This one is strict: of these twelve it takes the one whose key, R and S are
// canonical, none of small order, and whose cofactorless equation holds (protocol.md §2.5).
const TAKEN = 3;
const WEAK = [0, 1, 10, 11];
const hex = (text: string) => fromHex(text) ?? assert.fail();

describe("the signature of speccheck", () => {
  for (const [i, { title, message, publicKey, signature }] of SPECCHECK.entries()) {
    it(`case ${i}, ${title}: ${i === TAKEN ? "verifies" : "does not verify"}`, async () => {
      const verifies = await nodeCryptography.verify(1, hex(publicKey), hex(message), hex(signature));
      assert.equal(verifies, i === TAKEN);
    });
  }

  it("has a key that no document may name where the key is of small order or not canonical", () => {
    const weak = SPECCHECK.flatMap(({ publicKey }, i) => (isWeakPublicKey(hex(publicKey)) ? [i] : []));
    assert.deepEqual(weak, WEAK);
  });

  it("is SIGNATURE_INVALID in an envelope, whichever of the twelve it is", async () => {
    const { sha256 } = nodeCryptography;
    const document = await signDocument("hostCert", Uint8Array.of(8, 1), [seededSigner("any")], sha256);
    for (const { publicKey, signature } of SPECCHECK) {
      const key = trustedKey(1, hex(publicKey), sha256);
      const signatures = document.signatures.map((row) => ({ ...row, keyId: key.keyId, sig: hex(signature) }));
      const keys = { keys: [key], threshold: 1 };
      assertRefused(
        await verifyDocument("hostCert", { ...document, signatures }, keys, nodeCryptography),
        "SIGNATURE_INVALID",
      );
    }
  });
});
