import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { fileURLToPath } from "node:url";
import { signerOf } from "@countersign/protocol/node";
import { keyringWithExternalSigners, openExternalSigners, type SignerCommand } from "../src/external/index.ts";
import { openFileKeyring } from "../src/file/index.ts";
import { KeyFault, type Keyring } from "../src/index.ts";
import { openMemoryKeyring } from "../src/memory/index.ts";

const directory = await mkdtemp(join(tmpdir(), "countersign-keyring-"));
after(() => rm(directory, { recursive: true, force: true }));
let made = 0;

/** A path nobody has used. */
export const newPath = () => join(directory, String(made++));

/** The passphrase of the sealed keyring under test. */
export const PASSPHRASE = "correct horse battery staple";

/** One keyring under test: everything the suite needs to know of its adapter. */
export interface KeyringUnderTest {
  readonly keyring: Keyring;
  /** Brings a key into being by the way the adapter has for it. */
  makeKey(name: string): Promise<void>;
  /** The same keys and secrets as a later process sees them; undefined when they end with the process. */
  readonly reopen: (() => Promise<Keyring>) | undefined;
}

/** Every adapter, each opened on a place of its own. */
export const ADAPTERS: Readonly<Record<string, () => Promise<KeyringUnderTest>>> = {
  memory: async () => {
    const keyring = openMemoryKeyring(() => signerOf(generateKeyPairSync("ed25519").privateKey));
    return { keyring, makeKey: async (name) => void (await keyring.createKey(name)), reopen: undefined };
  },
  file: () => fileUnderTest(undefined),
  "file with a passphrase": () => fileUnderTest(PASSPHRASE),
  "external signer with file secrets": async () => {
    const path = newPath();
    const keys = await newSignerKeys({});
    const reopen = async () =>
      keyringWithExternalSigners(opened(testSigner({ keys })), await openFileKeyring({ directory: path }));
    const makeKey = async (name: string) => keys.put(name, seedOf(generateKeyPairSync("ed25519").privateKey));
    return { keyring: await reopen(), makeKey, reopen };
  },
};

async function fileUnderTest(passphrase: string | undefined): Promise<KeyringUnderTest> {
  const path = newPath();
  const reopen = () => openFileKeyring({ directory: path, passphrase });
  const keyring = await reopen();
  return { keyring, makeKey: async (name) => void (await keyring.createKey(name)), reopen };
}

/** The keys of a test signer: a file of names and seeds that it reads at each question. */
export interface SignerKeys {
  readonly path: string;
  put(name: string, seed: Uint8Array): Promise<void>;
}

/** A file of keys with these in it. */
export async function newSignerKeys(seeds: Readonly<Record<string, Uint8Array>>): Promise<SignerKeys> {
  const path = newPath();
  const kept = new Map(Object.entries(seeds));
  const write = () =>
    writeFile(path, [...kept].map(([name, seed]) => `${name} ${Buffer.from(seed).toString("hex")}\n`).join(""));
  await write();
  return {
    path,
    put: async (name, seed) => {
      kept.set(name, seed);
      await write();
    },
  };
}

/** How the test signer is started: with these keys, in one of the behaviours of test-signer.ts. */
export function testSigner(
  { keys, behaviour = "honest", log = newPath() }: { keys: SignerKeys; behaviour?: string; log?: string },
  change: Partial<SignerCommand> = {},
): SignerCommand {
  const script = fileURLToPath(new URL("test-signer.ts", import.meta.url));
  return {
    command: process.execPath,
    arguments: ["--disable-warning=ExperimentalWarning", script, keys.path, behaviour, log],
    environment: {},
    timeoutMs: 60_000,
    ...change,
  };
}

/** Signers that are closed when the tests of the file are over. */
export function opened(command: SignerCommand): ReturnType<typeof openExternalSigners> {
  const signers = openExternalSigners(command);
  after(() => signers.close());
  return signers;
}

/** The 32 bytes an Ed25519 private key is. */
export function seedOf(privateKey: ReturnType<typeof generateKeyPairSync>["privateKey"]): Uint8Array {
  return new Uint8Array(
    (privateKey as { export(o: object): Buffer }).export({ format: "der", type: "pkcs8" }).subarray(-32),
  );
}

/** Expects a KeyFault of that reason which says what was expected, what was found and what to do. */
export const fault = (reason: string) => (error: unknown) =>
  error instanceof KeyFault &&
  error.reason === reason &&
  /expected .*found/.test(error.message) &&
  error.remedy.length > 0;
