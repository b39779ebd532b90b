import type { Signer } from "@countersign/domain";

/**
 * Private keys and secrets at rest, by name (`host`, `root`, `issuing-host-cert` …), one directory a process.
 *
 * Durability: what `create…` or `put…` resolved for survives a crash. Concurrency: one process at a time.
 * Conflict: creating a name that exists rejects with KeyFault "exists"; nothing is overwritten.
 * Faults: KeyFault "missing", "permissions" (a file others can read), "passphrase" (wrong or needed), "damaged", "unavailable".
 */
export interface Keyring {
  /** The signer of that name; KeyFault "missing" when there is none. */
  signer(name: string): Promise<Signer>;
  has(name: string): Promise<boolean>;
  /** Draws a new Ed25519 key. */
  createKey(name: string): Promise<Signer>;
  /** A symmetric secret or a product key; bytes as they were put. */
  secret(name: string): Promise<Uint8Array>;
  /** Replaces a secret atomically. */
  putSecret(name: string, bytes: Uint8Array): Promise<void>;
  removeSecret(name: string): Promise<void>;
}

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
