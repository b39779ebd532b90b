import * as nodeCrypto from "node:crypto";
import {
  createHash,
  createHmac,
  createPublicKey,
  createSecretKey,
  type KeyObject,
  randomBytes,
  scrypt,
  sign,
  verify,
} from "node:crypto";
import { type Cryptography, ED25519, type Sha256, type Signer } from "@countersign/domain";
import type { Scrypt } from "../documents/activation-request.ts";
import { isWeakPublicKey } from "../documents/weak-public-key.ts";

const MAX_CACHED_KEYS = 1024;
const SCRYPT_MEMORY_BYTES = 64 * 1024 * 1024;

/** Public keys as node:crypto wants them, newest last: importing one costs a third of a verification. */
const publicKeys = new Map<string, KeyObject | undefined>();

/** node:crypto behind the rules' arguments. Verification is strict RFC 8032 and refuses weak keys (protocol.md §2.5). */
export const nodeCryptography: Cryptography = {
  sha256: sha256By(nodeCrypto.hash),
  hmacSha256: (key, bytes) => bytesOf(createHmac("sha256", secretKeyObject(key)).update(bytes).digest("binary")),
  random: (length) => new Uint8Array(randomBytes(length)),
  verify: async (algorithm, publicKey, message, signature) => {
    // A first half of small order too: OpenSSL 3.0, which is Node 20's, takes what later ones refuse (speccheck's case 2).
    if (algorithm !== ED25519 || signature.length !== 64 || isWeakPublicKey(signature.subarray(0, 32))) return false;
    const key = publicKeyObject(publicKey);
    return key !== undefined && verify(null, message, key, signature);
  },
};

/** node:crypto's scrypt on the thread pool. */
export const nodeScrypt: Scrypt = (secret, salt, { N, r, p }) =>
  new Promise((resolve, reject) => {
    scrypt(secret, salt, 32, { N, r, p, maxmem: SCRYPT_MEMORY_BYTES }, (error, key) =>
      error === null ? resolve(plain(key)) : reject(error),
    );
  });

/** A signer over a private key in this process: synchronous signing is quicker than a hop to the thread pool. */
export function signerOf(privateKey: KeyObject): Signer {
  const { x } = createPublicKey(privateKey).export({ format: "jwk" });
  const publicKey = new Uint8Array(Buffer.from(x ?? "", "base64url"));
  return { algorithm: ED25519, publicKey, sign: async (message) => plain(sign(null, message, privateKey)) };
}

/** SHA-256 in one call, which leaves no native object to the garbage collector, or step by step before Node 20.12. */
export function sha256By(hash: typeof nodeCrypto.hash | undefined): Sha256 {
  if (hash === undefined) return (bytes) => bytesOf(createHash("sha256").update(bytes).digest("binary"));
  return (bytes) => bytesOf(hash("sha256", bytes, "binary"));
}

/** A digest handed over as text costs half of one in a Buffer, whose memory lies outside the heap. */
function bytesOf(binary: string): Uint8Array {
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/** A Buffer's slice shares memory and a Uint8Array's copies: only the latter leaves this file. */
function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** By the identity of the bytes: a raw key costs five times the HMAC itself, and a lineage key is used for every lease. */
const secretKeys = new WeakMap<Uint8Array, KeyObject>();

function secretKeyObject(key: Uint8Array): KeyObject {
  const known = secretKeys.get(key) ?? createSecretKey(key);
  secretKeys.set(key, known);
  return known;
}

function publicKeyObject(publicKey: Uint8Array): KeyObject | undefined {
  const name = Buffer.from(publicKey).toString("latin1");
  if (publicKeys.has(name)) return publicKeys.get(name);
  const key = publicKey.length !== 32 || isWeakPublicKey(publicKey) ? undefined : importKey(publicKey);
  const [oldest] = publicKeys.keys();
  if (publicKeys.size >= MAX_CACHED_KEYS && oldest !== undefined) publicKeys.delete(oldest);
  publicKeys.set(name, key);
  return key;
}

function importKey(publicKey: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({
      key: { kty: "OKP", crv: "Ed25519", x: Buffer.from(publicKey).toString("base64url") },
      format: "jwk",
    });
  } catch {
    // Not a point of the curve: such a key verifies nothing.
    return undefined;
  }
}
