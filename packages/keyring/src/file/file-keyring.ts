import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { chmod, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { ED25519, type Signer } from "@countersign/domain";
import { KeyFault, type Keyring } from "../keyring.ts";

/** Keys as PKCS#8 PEM files 0600 in a directory 0700, encrypted when a passphrase is given; secrets as they are. */
export interface FileKeyringOptions {
  readonly directory: string;
  readonly passphrase?: string | undefined;
}

/** Opens (and makes) the directory. See Keyring for its promises. */
export async function openFileKeyring({ directory, passphrase }: FileKeyringOptions): Promise<Keyring> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
  const signers = new Map<string, Signer>();
  const keyPath = (name: string) => join(directory, `${checkedName(name)}.key.pem`);
  const secretPath = (name: string) => join(directory, `${checkedName(name)}.secret`);
  return {
    signer: async (name) => {
      const known =
        signers.get(name) ?? signerOf(parseKey(await readPrivate(keyPath(name)), keyPath(name), passphrase));
      signers.set(name, known);
      return known;
    },
    has: async (name) => (await exists(keyPath(name))) || (await exists(secretPath(name))),
    createKey: async (name) => {
      const { privateKey } = generateKeyPairSync("ed25519");
      const sealed = passphrase === undefined ? {} : { cipher: "aes-256-cbc", passphrase };
      const pem = privateKey.export({ type: "pkcs8", format: "pem", ...sealed });
      await writePrivate(keyPath(name), Buffer.from(pem), "new");
      const signer = signerOf(privateKey);
      signers.set(name, signer);
      return signer;
    },
    secret: async (name) => new Uint8Array(await readPrivate(secretPath(name))),
    putSecret: (name, bytes) => writePrivate(secretPath(name), bytes, "replace"),
    removeSecret: (name) => rm(secretPath(name), { force: true }),
  };
}

function signerOf(privateKey: KeyObject): Signer {
  const { x } = createPublicKey(privateKey).export({ format: "jwk" });
  const publicKey = new Uint8Array(Buffer.from(x ?? "", "base64url"));
  // Synchronous: 25 µs here is less than a hop to the thread pool (protocol.md §6.5).
  return { algorithm: ED25519, publicKey, sign: async (message) => sign(null, message, privateKey) };
}

function parseKey(pem: Buffer, path: string, passphrase: string | undefined): KeyObject {
  const encrypted = pem.includes("ENCRYPTED");
  if (encrypted && passphrase === undefined) {
    throw new KeyFault(
      "passphrase",
      `${path}: expected a passphrase, found none`,
      "give it in COUNTERSIGN_KEY_PASSPHRASE_FILE",
    );
  }
  try {
    return createPrivateKey({ key: pem, format: "pem", ...(encrypted ? { passphrase } : {}) });
  } catch (error) {
    if (encrypted)
      throw new KeyFault(
        "passphrase",
        `${path}: the passphrase does not open this key`,
        "give the one it was sealed with",
        { cause: error },
      );
    throw new KeyFault(
      "damaged",
      `${path}: expected a private key, found bytes that are none`,
      "restore it from a backup",
      { cause: error },
    );
  }
}

async function readPrivate(path: string): Promise<Buffer> {
  const found = await stat(path).catch(missing);
  if (found === undefined)
    throw new KeyFault("missing", `expected ${path}, found nothing`, "restore it from a backup, or initialise anew");
  if (process.platform !== "win32" && (found.mode & 0o077) !== 0) {
    throw new KeyFault(
      "permissions",
      `${path}: others can read this key (mode ${(found.mode & 0o777).toString(8)})`,
      `chmod 600 ${path}, and replace the key if they may have`,
    );
  }
  return readFile(path);
}

/** Durable when it resolves: file, then name, then directory. */
async function writePrivate(path: string, bytes: Uint8Array, how: "new" | "replace"): Promise<void> {
  if (how === "new" && (await exists(path)))
    throw new KeyFault("exists", `expected no ${path}, found one`, "keys are never overwritten: move it away first");
  const draft = `${path}.new`;
  await rm(draft, { force: true });
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  await syncDirectory(join(path, ".."));
}

async function syncDirectory(path: string): Promise<void> {
  if (process.platform === "win32") return;
  const directory = await open(path, "r");
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(missing)) !== undefined;
}

function missing(error: NodeJS.ErrnoException): undefined {
  if (error.code === "ENOENT") return undefined;
  throw error;
}

function checkedName(name: string): string {
  if (!/^[a-z0-9-]{1,64}$/.test(name))
    throw new KeyFault("missing", `expected a key name of a-z, 0-9 and -, found "${name}"`, "this is a bug: report it");
  return name;
}
