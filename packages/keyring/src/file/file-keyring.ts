import { createPrivateKey, createPublicKey, randomBytes, sign } from "node:crypto";
import { join } from "node:path";
import { ED25519, type Signer } from "@countersign/domain";
import { checkedName, checkedSecret, KeyFault, type Keyring } from "../keyring.ts";
import { type RecordKind, type RecordName, recordSeal } from "./key-record.ts";
import {
  checkPrivateDirectory,
  createPrivateFile,
  isTaken,
  openPrivateDirectory,
  readPrivateFile,
  removePrivateFile,
  replacePrivateFile,
} from "./private-file.ts";

/** Where the files are, and what seals keys and secrets alike (scrypt, AES-256-GCM) when it is given. */
export interface FileKeyringOptions {
  readonly directory: string;
  /** Records made without one stay readable; those written from now on are sealed. An empty one is refused. */
  readonly passphrase?: string | undefined;
}

/** PKCS#8 of an Ed25519 key up to its 32-byte seed (RFC 8410 §7). */
const PKCS8_HEAD = Buffer.from("302e020100300506032b657004220420", "hex");
const SEED_BYTES = 32;

/**
 * A file a key or secret, 0600 in a directory 0700 that is made when it is missing. See Keyring for its promises. A
 * signer that was opened once stays in memory, so that a signature costs 25 µs; a secret is read anew each time.
 */
export async function openFileKeyring(options: FileKeyringOptions): Promise<Keyring> {
  await openPrivateDirectory(options.directory);
  return keyringOver(options);
}

/** The same files for whoever only looks: nothing is made, removed or written. A directory that is not there holds nothing. */
export async function openFileKeyringForReading(options: FileKeyringOptions): Promise<Keyring> {
  await checkPrivateDirectory(options.directory);
  const onlyLooking = async (): Promise<never> => {
    const message = `expected ${options.directory} to be looked at alone, found something to write`;
    throw new KeyFault("unavailable", message, "start the service and ask it");
  };
  return { ...keyringOver(options), createKey: onlyLooking, putSecret: onlyLooking, removeSecret: onlyLooking };
}

function keyringOver({ directory, passphrase }: FileKeyringOptions): Keyring {
  const seal = recordSeal(passphrase);
  const signers = new Map<string, Signer>();
  const record = (kind: RecordKind, name: string): RecordName => ({
    kind,
    name: checkedName(name),
    path: join(directory, `${name}.${kind}`),
  });
  const contentsOf = async (of: RecordName) => {
    const file = await readPrivateFile(of.path);
    if (file === undefined) throw missing(of);
    return seal.read(of, file);
  };
  return {
    signer: async (name) => {
      const of = record("key", name);
      const signer = signers.get(name) ?? signerOf(await contentsOf(of), of);
      signers.set(name, signer);
      return signer;
    },
    has: async (name) => (await isTaken(record("key", name).path)) || (await isTaken(record("secret", name).path)),
    createKey: async (name) => {
      const of = record("key", name);
      const seed = new Uint8Array(randomBytes(SEED_BYTES));
      const signer = signerOf(seed, of);
      await createPrivateFile(of.path, await seal.write(of, seed));
      signers.set(name, signer);
      return signer;
    },
    secret: async (name) => contentsOf(record("secret", name)),
    putSecret: async (name, bytes) => {
      const of = record("secret", name);
      await replacePrivateFile(of.path, await seal.write(of, checkedSecret(bytes)));
    },
    removeSecret: async (name) => removePrivateFile(record("secret", name).path),
  };
}

function signerOf(seed: Uint8Array, { name, path }: RecordName): Signer {
  if (seed.length !== SEED_BYTES)
    throw new KeyFault(
      "damaged",
      `${path}: expected ${SEED_BYTES} bytes of the key "${name}", found ${seed.length}`,
      "restore the file from a backup",
    );
  const privateKey = createPrivateKey({ key: Buffer.concat([PKCS8_HEAD, seed]), format: "der", type: "pkcs8" });
  const spki = createPublicKey(privateKey).export({ format: "der", type: "spki" });
  return {
    algorithm: ED25519,
    publicKey: new Uint8Array(spki.subarray(-32)),
    // Synchronous: 25 µs here is less than a hop to the thread pool (protocol.md §6.5).
    sign: async (message) => new Uint8Array(sign(null, message, privateKey)),
  };
}

function missing({ kind, name, path }: RecordName): KeyFault {
  return new KeyFault(
    "missing",
    `expected the ${kind} "${name}" in ${path}, found no such file`,
    "restore it from a backup, or initialise anew",
  );
}
