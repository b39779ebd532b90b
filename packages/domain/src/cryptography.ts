/** SHA-256 of the bytes: 32 bytes. Synchronous, so that pure rules may take it as an argument. */
export type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** HMAC-SHA256: 32 bytes. */
export type HmacSha256 = (key: Uint8Array, bytes: Uint8Array) => Uint8Array;

/** `length` bytes nobody can foresee. */
export type RandomBytes = (length: number) => Uint8Array;

/** The only signature algorithm built now (protocol.md §2.5). It is a property of the key, never of a message. */
export const ED25519 = 1;

/** A private key at work. The key itself may be in another process or in hardware. */
export interface Signer {
  readonly algorithm: number;
  /** Raw public key: 32 bytes for Ed25519. */
  readonly publicKey: Uint8Array;
  /** Rejects when the key cannot be reached; the caller then answers SIGNER_UNAVAILABLE. */
  sign(message: Uint8Array): Promise<Uint8Array>;
}

/** Checks one signature. False for any input that is not a valid signature, never a rejection. */
export type VerifySignature = (
  algorithm: number,
  publicKey: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
) => Promise<boolean>;

/** What a room that checks documents needs of a platform. */
export interface Cryptography {
  readonly sha256: Sha256;
  readonly hmacSha256: HmacSha256;
  readonly verify: VerifySignature;
  readonly random: RandomBytes;
}
