import { randomBytes } from "node:crypto";
import type { StoreFiles } from "./store-files.ts";
import { storeMacKey } from "./store-frame.ts";

const NAME = "key";
const SECRET_BYTES = 32;
const ANCHOR_BYTES = 32;

/**
 * The MAC key of a store, from the 0600 file `key`: a secret and the anchor of the machine it was first made on. The
 * anchor is kept, not read again: a store on changed hardware must stay readable for the rebind grace (decision 0031).
 */
export async function readStoreKey(files: StoreFiles): Promise<Uint8Array | undefined> {
  const bytes = await files.read(NAME);
  if (bytes === undefined || bytes.length !== SECRET_BYTES + ANCHOR_BYTES) return undefined;
  return storeMacKey(bytes.subarray(0, SECRET_BYTES), bytes.subarray(SECRET_BYTES));
}

/** Draws the secret, once a store. `anchor`: 32 bytes that stand for the machine. */
export async function createStoreKey(files: StoreFiles, anchor: Uint8Array): Promise<Uint8Array> {
  const secret = randomBytes(SECRET_BYTES);
  await files.remove("key.new");
  await files.writeNew("key.new", Buffer.concat([secret, anchor]));
  await files.rename("key.new", NAME);
  await files.syncDirectory();
  return storeMacKey(secret, anchor);
}
