import type { Cryptography } from "@countersign/domain";
import type { Keyring } from "@countersign/keyring";
import type { ProofPlatform } from "@countersign/protocol";
import type { PublisherStore } from "@countersign/storage";

/** What every use-case of a publisher works with. */
export interface PublisherParts {
  readonly store: PublisherStore;
  readonly keyring: Keyring;
  readonly cryptography: Cryptography;
  readonly scrypt: ProofPlatform["scrypt"];
  /** Wall clock, Unix ms. */
  readonly now: () => number;
}

/** Names in the publisher's keyring. */
export const KEY_NAME = {
  root: "root",
  hostCert: "issuing-host-cert",
  mak: "issuing-mak",
  policy: "issuing-policy",
  revocation: "issuing-revocation",
  time: "issuing-time",
  /** Secret: host keys and MAKs are recomputed from it. */
  epoch: "product-key-epoch-1",
} as const;
