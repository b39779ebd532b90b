import type { Signer } from "@countersign/domain";

/**
 * Private keys and secrets at rest, by name (`root`, `seat-…`, `lineage-…`), one place a process.
 *
 * Names: 1 to 64 of a-z, 0-9 and `-`. They are ours, so another one is a bug: TypeError. A key and a secret may share one.
 * Durability: what `createKey`, `putSecret` and `removeSecret` resolved for survives a crash.
 * Concurrency: one process at a time, which the lock of the store beside it sees to. Several that race for one name all
 * the same end with one key: one of them has drawn it, the others get "exists".
 * Conflict: creating a key that exists rejects with KeyFault "exists"; no key is ever overwritten.
 * Faults: KeyFault "missing", "permissions" (others can read it, or we cannot), "passphrase" (needed, or another one),
 * "damaged" (never another key instead), "unavailable" (a disk or a signer that does not do its work).
 */
export interface Keyring {
  /** The signer of that name; KeyFault "missing" when there is none. */
  signer(name: string): Promise<Signer>;
  /** Whether a key or a secret has that name. */
  has(name: string): Promise<boolean>;
  /** Draws a new Ed25519 key. */
  createKey(name: string): Promise<Signer>;
  /** A symmetric secret or a product key; bytes as they were put, as a copy. KeyFault "missing" when there is none. */
  secret(name: string): Promise<Uint8Array>;
  /** Replaces a secret atomically with a copy of the bytes. More than SECRET_LIMIT_BYTES are a bug: RangeError. */
  putSecret(name: string, bytes: Uint8Array): Promise<void>;
  /** Nothing happens when there is none. */
  removeSecret(name: string): Promise<void>;
}

/** A secret's most bytes: everything we keep is a few dozen. */
export const SECRET_LIMIT_BYTES = 4096;

/** Why a key could not be had. */
export type KeyFaultReason = "exists" | "missing" | "permissions" | "passphrase" | "damaged" | "unavailable";

/** Why a key could not be had. The message says what was expected and found, `remedy` what to do next. */
export class KeyFault extends Error {
  readonly reason: KeyFaultReason;
  readonly remedy: string;

  constructor(reason: KeyFaultReason, message: string, remedy: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "KeyFault";
    this.reason = reason;
    this.remedy = remedy;
  }
}

/** The name, for adapters: it becomes a file's name and travels to other processes. */
export function checkedName(name: string): string {
  if (/^[a-z0-9-]{1,64}$/.test(name)) return name;
  throw new TypeError(`expected a name of 1 to 64 of a-z, 0-9 and -, found ${JSON.stringify(name.slice(0, 80))}`);
}

/** A copy of a secret, for adapters. */
export function checkedSecret(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= SECRET_LIMIT_BYTES) return new Uint8Array(bytes);
  throw new RangeError(`expected a secret of at most ${SECRET_LIMIT_BYTES} bytes, found ${bytes.length}`);
}
