import type { Signer } from "@countersign/domain";
import { KeyFault, type Keyring } from "../keyring.ts";

/** A keyring that lives as long as the process. `draw` makes a new key: the platform's, or a seeded one. */
export function openMemoryKeyring(draw: (name: string) => Signer): Keyring {
  const keys = new Map<string, Signer>();
  const secrets = new Map<string, Uint8Array>();
  const found = <T>(value: T | undefined, name: string): T => {
    if (value === undefined) throw new KeyFault("missing", `expected a key "${name}", found none`, "create it first");
    return value;
  };
  return {
    signer: async (name) => found(keys.get(name), name),
    has: async (name) => keys.has(name) || secrets.has(name),
    createKey: async (name) => {
      if (keys.has(name))
        throw new KeyFault("exists", `expected no key "${name}", found one`, "keys are never overwritten");
      const signer = draw(name);
      keys.set(name, signer);
      return signer;
    },
    secret: async (name) => found(secrets.get(name), name),
    putSecret: async (name, bytes) => {
      secrets.set(name, bytes);
    },
    removeSecret: async (name) => {
      secrets.delete(name);
    },
  };
}
