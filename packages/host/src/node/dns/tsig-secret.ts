const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Shorter secrets are guessed (RFC 8945 §8 asks for the length of the digest, which older keys do not have). */
export const LEAST_SECRET_BYTES = 16;

/** The bytes of a secret in base64; undefined: it is none, or too short. */
export function secretBytes(text: string): Uint8Array | undefined {
  const bytes = BASE64.test(text.trim()) ? new Uint8Array(Buffer.from(text.trim(), "base64")) : new Uint8Array();
  return bytes.length < LEAST_SECRET_BYTES ? undefined : bytes;
}
