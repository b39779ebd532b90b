import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { nodeCryptography, signerOf } from "@countersign/protocol/node";
import { keyedHashSigning } from "../src/index.ts";

const REAL = {
  cryptography: nodeCryptography,
  drawSigner: () => signerOf(generateKeyPairSync("ed25519").privateKey),
};

test("each signature of a hundred verifies, and exactly one of them is a real one", async () => {
  const { cryptography, drawSigner } = keyedHashSigning(REAL, 100);
  const signer = drawSigner();
  let real = 0;
  for (let i = 0; i < 100; i++) {
    const message = Uint8Array.of(i);
    const signature = await signer.sign(message);
    assert.ok(await cryptography.verify(1, signer.publicKey, message, signature));
    if (await nodeCryptography.verify(1, signer.publicKey, message, signature)) real++;
  }
  assert.equal(real, 1);
});

test("a bent signature, another message and another key verify nothing, hashed or real", async () => {
  const { cryptography, drawSigner } = keyedHashSigning(REAL, 2);
  const [signer, other] = [drawSigner(), drawSigner()];
  const message = Uint8Array.of(1, 2, 3);
  for (const signature of [await signer.sign(message), await signer.sign(message)]) {
    const verifies = (publicKey: Uint8Array, said: Uint8Array, bytes: Uint8Array) =>
      cryptography.verify(1, publicKey, said, bytes);
    assert.ok(await verifies(signer.publicKey, message, signature));
    for (let at = 0; at < signature.length; at++) {
      const bent = signature.map((byte, i) => (i === at ? byte ^ 1 : byte));
      assert.equal(await verifies(signer.publicKey, message, bent), false, `byte ${at}`);
    }
    assert.equal(await verifies(signer.publicKey, Uint8Array.of(1, 2), signature), false);
    assert.equal(await verifies(other.publicKey, message, signature), false);
  }
});
