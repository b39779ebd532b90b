import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import { nodeCryptography, sha256By } from "../src/node/node-cryptography.ts";

const bytes = fc.uint8Array({ maxLength: 200 });

test("SHA-256 is node:crypto's, with its one-shot function and without it, and shares memory with nobody", () => {
  fc.assert(
    fc.property(bytes, (data) => {
      const expected = Uint8Array.from(createHash("sha256").update(data).digest());
      for (const sha256 of [nodeCryptography.sha256, sha256By(undefined)]) {
        const found = sha256(data);
        assert.deepEqual(found, expected);
        assert.equal(found.buffer.byteLength, 32);
      }
    }),
  );
});

test("HMAC-SHA256 is node:crypto's for whatever key and bytes", () => {
  fc.assert(
    fc.property(bytes, bytes, (key, data) => {
      assert.deepEqual(
        nodeCryptography.hmacSha256(key, data),
        Uint8Array.from(createHmac("sha256", key).update(data).digest()),
      );
    }),
  );
});
