import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

const MAGIC = Buffer.from("CSTS\x01", "latin1");
const MAGIC_STEM = MAGIC.subarray(0, 4);
const HEAD_BYTES = MAGIC.length + 4;
const MAC_BYTES = 32;
const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** What a state file holds: a whole body, a later format, or nothing that can be used. */
export type ReadFrame =
  | { readonly kind: "whole"; readonly body: Uint8Array }
  | { readonly kind: "newer"; readonly version: number }
  | { readonly kind: "torn" };

/** `CSTS\x01`, u32 big-endian length, body, HMAC-SHA256 over all before it (protocol.md §9). */
export function writeFrame(body: Uint8Array, macKey: Uint8Array): Uint8Array {
  const head = Buffer.alloc(HEAD_BYTES);
  MAGIC.copy(head);
  head.writeUInt32BE(body.length, MAGIC.length);
  return Buffer.concat([head, body, macOf(head, body, macKey)]);
}

/** Limits are checked before anything is hashed. */
export function readFrame(bytes: Uint8Array, macKey: Uint8Array): ReadFrame {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (file.length < HEAD_BYTES + MAC_BYTES || !file.subarray(0, 4).equals(MAGIC_STEM)) return { kind: "torn" };
  const version = file[4] ?? 0;
  if (version > 1) return { kind: "newer", version };
  const length = file.readUInt32BE(MAGIC.length);
  if (version !== 1 || length > MAX_BODY_BYTES || file.length !== HEAD_BYTES + length + MAC_BYTES)
    return { kind: "torn" };
  const body = file.subarray(HEAD_BYTES, HEAD_BYTES + length);
  const expected = macOf(file.subarray(0, HEAD_BYTES), body, macKey);
  return timingSafeEqual(expected, file.subarray(HEAD_BYTES + length)) ? { kind: "whole", body } : { kind: "torn" };
}

/** The key of the MAC: HKDF over the secret of the key file and the anchor of the machine it was made on. */
export function storeMacKey(secret: Uint8Array, anchor: Uint8Array): Uint8Array {
  const material = Buffer.concat([secret, anchor]);
  return new Uint8Array(hkdfSync("sha256", material, Buffer.alloc(0), "countersign trusted store v1", 32));
}

function macOf(head: Uint8Array, body: Uint8Array, macKey: Uint8Array): Buffer {
  return createHmac("sha256", macKey).update(head).update(body).digest();
}
