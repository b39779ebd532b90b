import type { Signer } from "@countersign/domain";
import { checkedName, checkedSecret, KeyFault, type Keyring } from "../keyring.ts";

/** A keyring that lives as long as the process. `draw` makes a new key: the platform's, or a seeded one. */
export function openMemoryKeyring(draw: (name: string) => Signer): Keyring {
  const keys = new Map<string, Signer>();
  const secrets = new Map<string, Uint8Array>();
  return {
    signer: async (name) => found(keys.get(checkedName(name)), "key", name),
    has: async (name) => keys.has(checkedName(name)) || secrets.has(name),
    createKey: async (name) => {
      if (keys.has(checkedName(name)))
        throw new KeyFault("exists", `expected no key "${name}", found one`, "keys are never overwritten");
      const signer = draw(name);
      keys.set(name, signer);
      return signer;
    },
    secret: async (name) => found(secrets.get(checkedName(name)), "secret", name).slice(),
    putSecret: async (name, bytes) => {
      secrets.set(checkedName(name), checkedSecret(bytes));
    },
    removeSecret: async (name) => {
      secrets.delete(checkedName(name));
    },
  };
}

function found<T>(value: T | undefined, kind: string, name: string): T {
  if (value !== undefined) return value;
  throw new KeyFault("missing", `expected a ${kind} "${name}", found none`, "create it first");
}
