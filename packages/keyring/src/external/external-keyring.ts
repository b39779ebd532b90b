import { KeyFault, type Keyring } from "../keyring.ts";
import { type ExternalSigners, openExternalSigners } from "./external-signers.ts";
import type { SignerCommand } from "./signer-process.ts";

/** A keyring and what has to be closed with it. */
export interface OpenedKeyring {
  readonly keyring: Keyring;
  close(): Promise<void>;
}

/** For a composition root: the files alone, or a signer's keys beside the secrets of the files when a command is given. */
export function openKeyringWith(signer: SignerCommand | undefined, files: Keyring): OpenedKeyring {
  if (signer === undefined) return { keyring: files, close: async () => {} };
  const signers = openExternalSigners(signer);
  return { keyring: keyringWithExternalSigners(signers, files), close: signers.close };
}

/**
 * A keyring whose keys are in another process and whose secrets are where they were. Keys are made with the signer's
 * own tool: `createKey` says so, with the name that is wanted, for nobody may draw a key in software and believe it is
 * in hardware.
 */
export function keyringWithExternalSigners(signers: ExternalSigners, secrets: Keyring): Keyring {
  return {
    ...secrets,
    signer: signers.signer,
    has: async (name) => (await knows(signers, name)) || secrets.has(name),
    createKey: async (name) => {
      if (await knows(signers, name))
        throw new KeyFault(
          "exists",
          `expected no key "${name}" in the signer, found one`,
          "keys are never overwritten",
        );
      throw new KeyFault(
        "unavailable",
        `expected the signer to have the key "${name}", found none`,
        `create an Ed25519 key of that name with the signer's own tool`,
      );
    },
  };
}

async function knows(signers: ExternalSigners, name: string): Promise<boolean> {
  try {
    await signers.signer(name);
    return true;
  } catch (error) {
    if (error instanceof KeyFault && error.reason === "missing") return false;
    throw error;
  }
}
