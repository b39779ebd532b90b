import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { openFileKeyring } from "../src/file/index.ts";
import { type KeyFault, type Keyring, SECRET_LIMIT_BYTES } from "../src/index.ts";
import { fault, newPath, PASSPHRASE } from "./new-keyring.ts";

const RACERS = 6;
const CHECKSUM_BYTES = 8;
const FORMS = { open: undefined, sealed: PASSPHRASE };
const readKey = (keyring: Keyring) => keyring.signer("root").then(({ publicKey }) => publicKey);
const readSecret = (keyring: Keyring) => keyring.secret("root");
const KINDS = { key: readKey, secret: readSecret };

test("a crash right after a key was created, a secret put or removed takes nothing back", async () => {
  for (const passphrase of Object.values(FORMS)) {
    const directory = newPath();
    const publicKey = await lastWords(directory, "key", passphrase);
    await lastWords(directory, "secret", passphrase);
    const later = await openFileKeyring({ directory, passphrase });
    assert.equal(Buffer.from((await later.signer("made")).publicKey).toString("hex"), publicKey);
    assert.deepEqual(await later.secret("put"), new TextEncoder().encode("after"));
    await lastWords(directory, "removal", passphrase);
    await assert.rejects(later.secret("put"), fault("missing"));
  }
});

test("the same check sees a process that says done before it is: the mutants lose what they acknowledged", async () => {
  const directory = newPath();
  await lastWords(directory, "key-unkept");
  await lastWords(directory, "secret-unkept");
  const later = await openFileKeyring({ directory });
  await assert.rejects(later.signer("made"), fault("missing"));
  await assert.rejects(later.secret("put"), fault("missing"));
});

test("a secret is replaced whole: whoever reads while it is written gets one of the two", async () => {
  const keyring = await openFileKeyring({ directory: newPath() });
  const [old, next] = [new Uint8Array(SECRET_LIMIT_BYTES).fill(1), new Uint8Array(9).fill(2)];
  await keyring.putSecret("epoch", old);
  const writes = Array.from({ length: 20 }, (_, i) => keyring.putSecret("epoch", i % 2 === 0 ? next : old));
  const reads = await Promise.all(Array.from({ length: 50 }, () => keyring.secret("epoch")));
  await Promise.all(writes);
  for (const read of reads) assert.deepEqual(read, read[0] === 1 ? old : next);
});

test(`of ${RACERS} processes that create one key, one has drawn it and the others are told that it exists`, async () => {
  const directory = newPath();
  const racers = Array.from({ length: RACERS }, () => start(directory, "race"));
  const lines = racers.map(({ stdout }) => createInterface({ input: stdout })[Symbol.asyncIterator]());
  for (const line of lines) assert.equal((await line.next()).value, "ready");
  for (const { stdin } of racers) stdin.end("go\n");
  const outcomes = await Promise.all(lines.map(async (line) => String((await line.next()).value)));
  const { publicKey } = await (await openFileKeyring({ directory })).signer("made");
  const expected = [...Array(RACERS - 1).fill("lost exists"), `won ${Buffer.from(publicKey).toString("hex")}`];
  assert.deepEqual(outcomes.toSorted(), expected);
});

test("two that create one key in one process get one key too", async () => {
  const keyring = await openFileKeyring({ directory: newPath() });
  const outcomes = await Promise.allSettled([keyring.createKey("root"), keyring.createKey("root")]);
  const won = outcomes.filter((outcome) => outcome.status === "fulfilled");
  const lost = outcomes.filter((outcome) => outcome.status === "rejected");
  assert.deepEqual([won.length, lost.length], [1, 1]);
  assert.ok(fault("exists")(lost[0]?.reason));
  assert.deepEqual((await keyring.signer("root")).publicKey, won[0]?.value.publicKey);
});

test("a draft that a crash left is removed at the next opening, and nothing else is", async () => {
  const directory = newPath();
  await (await openFileKeyring({ directory })).createKey("root");
  await writeFile(join(directory, "root.secret.0123456789abcdef.draft"), "half");
  const later = await openFileKeyring({ directory });
  assert.deepEqual(await readdir(directory), ["root.key"]);
  await later.signer("root");
});

test("files are 0600 in a directory 0700, whatever the umask is", async (t) => {
  if (hasNoModes(t)) return;
  const mask = process.umask(0);
  const directory = join(newPath(), "deep", "keys");
  const keyring = await openFileKeyring({ directory });
  await keyring.createKey("root");
  await keyring.putSecret("root", randomBytes(8));
  process.umask(mask);
  assert.equal((await stat(directory)).mode & 0o777, 0o700);
  for (const name of ["root.key", "root.secret"])
    assert.equal((await stat(join(directory, name))).mode & 0o777, 0o600, name);
});

test("a key, a secret or a directory that others may read or enter is refused, with the command that mends it", async (t) => {
  if (hasNoModes(t)) return;
  const directory = newPath();
  const keyring = await openFileKeyring({ directory });
  await keyring.createKey("root");
  await keyring.putSecret("root", randomBytes(8));
  for (const [kind, read] of Object.entries(KINDS)) {
    const path = join(directory, `root.${kind}`);
    for (const mode of [0o640, 0o620, 0o610, 0o604, 0o602, 0o601, 0o666]) {
      await chmod(path, mode);
      const later = await openFileKeyring({ directory });
      await assert.rejects(read(later), exposed(`chmod 600 ${path}`));
    }
    await chmod(path, 0o400);
    await read(await openFileKeyring({ directory }));
  }
  for (const mode of [0o750, 0o701, 0o777]) {
    await chmod(directory, mode);
    await assert.rejects(openFileKeyring({ directory }), exposed(`chmod 700 ${directory}`));
  }
});

test("a sealed record needs its passphrase: none, another one and an empty one are told apart from damage", async () => {
  const directory = newPath();
  const keyring = await openFileKeyring({ directory, passphrase: PASSPHRASE });
  await keyring.createKey("root");
  await keyring.putSecret("root", randomBytes(8));
  for (const passphrase of [undefined, `${PASSPHRASE} `]) {
    const other = await openFileKeyring({ directory, passphrase });
    for (const read of Object.values(KINDS)) await assert.rejects(read(other), fault("passphrase"));
  }
  await assert.rejects(openFileKeyring({ directory, passphrase: "" }), fault("passphrase"));
});

test("a passphrase is the same in every Unicode spelling", async () => {
  const directory = newPath();
  const keyring = await openFileKeyring({ directory, passphrase: "caf\u00e9" });
  await keyring.putSecret("root", new Uint8Array([7]));
  assert.deepEqual(
    await readSecret(await openFileKeyring({ directory, passphrase: "cafe\u0301" })),
    new Uint8Array([7]),
  );
});

test("records made without a passphrase stay readable with one, and what is written from then on is sealed", async () => {
  const directory = newPath();
  const before = await openFileKeyring({ directory });
  const { publicKey } = await before.createKey("root");
  await before.putSecret("root", new Uint8Array([1]));
  const sealing = await openFileKeyring({ directory, passphrase: PASSPHRASE });
  assert.deepEqual(await readKey(sealing), publicKey);
  assert.deepEqual(await readSecret(sealing), new Uint8Array([1]));
  await sealing.putSecret("root", new Uint8Array([2]));
  await assert.rejects(readSecret(before), fault("passphrase"));
  assert.deepEqual(await readSecret(sealing), new Uint8Array([2]));
});

test("a sealed file shows neither the secret nor the passphrase, and is another one each time", async () => {
  const directory = newPath();
  const keyring = await openFileKeyring({ directory, passphrase: PASSPHRASE });
  const secret = randomBytes(32);
  const files: Buffer[] = [];
  for (let i = 0; i < 3; i++) {
    await keyring.putSecret("root", secret);
    files.push(await readFile(join(directory, "root.secret")));
  }
  for (const file of files) assert.ok(!file.includes(secret) && !file.includes(PASSPHRASE));
  assert.equal(new Set(files.map((file) => file.toString("hex"))).size, files.length);
});

for (const [form, passphrase] of Object.entries(FORMS)) {
  for (const [kind, read] of Object.entries(KINDS)) {
    test(`${kind} record, ${form}: with any bit flipped, cut short anywhere or made longer it is damaged`, async () => {
      const { path, valid, reopened } = await oneRecord(kind, passphrase);
      for (let bit = 0; bit < valid.length * 8; bit++) {
        await writeFile(path, withBitFlipped(valid, bit));
        await assert.rejects(read(reopened), fault("damaged"), `bit ${bit}`);
      }
      for (let length = 0; length < valid.length; length++) {
        await writeFile(path, valid.subarray(0, length));
        await assert.rejects(read(reopened), fault("damaged"), `${length} bytes`);
      }
      await writeFile(path, Buffer.concat([valid, Buffer.from([0])]));
      await assert.rejects(read(reopened), fault("damaged"));
      await writeFile(path, valid);
      await read(reopened);
    });
  }
}

test("a sealed record that somebody bent is refused even when its checksum was made to fit", async () => {
  const { path, valid, reopened } = await oneRecord("key", PASSPHRASE);
  const covered = valid.length - CHECKSUM_BYTES;
  const salt = { from: covered - 16 - 32 - 12 - 16, bytes: 16 };
  for (let bit = 0; bit < covered * 8; bit++) {
    // Each salt costs a derivation: three of its 128 bits stand for all.
    const inSalt = bit - salt.from * 8;
    if (inSalt >= 0 && inSalt < salt.bytes * 8 && ![0, 63, 127].includes(inSalt)) continue;
    await writeFile(path, withChecksum(withBitFlipped(valid.subarray(0, covered), bit)));
    await assert.rejects(
      readKey(reopened),
      (error) => fault("damaged")(error) || fault("passphrase")(error),
      `bit ${bit}`,
    );
  }
  for (let length = 0; length < covered; length++) {
    await writeFile(path, withChecksum(valid.subarray(0, length)));
    await assert.rejects(readKey(reopened), (error) => fault("damaged")(error) || fault("passphrase")(error));
  }
});

test("a record does not pass for another name's, nor a secret for a key", async () => {
  for (const passphrase of Object.values(FORMS)) {
    const directory = newPath();
    const keyring = await openFileKeyring({ directory, passphrase });
    const at = (file: string) => join(directory, file);
    await keyring.createKey("policy");
    await keyring.putSecret("root", randomBytes(32));
    await rename(at("policy.key"), at("root.key"));
    const later = await openFileKeyring({ directory, passphrase });
    await assert.rejects(readKey(later), fault("damaged"));
    await rename(at("root.secret"), at("root.key"));
    await assert.rejects(readKey(later), fault("damaged"));
  }
});

test("a record of a newer version is left to the software that wrote it", async () => {
  const { path, valid, reopened } = await oneRecord("key", undefined);
  const newer = Buffer.from(valid.subarray(0, -CHECKSUM_BYTES));
  newer.writeUInt8(2, 4);
  await writeFile(path, withChecksum(newer));
  await assert.rejects(
    readKey(reopened),
    (error) => fault("damaged")(error) && (error as KeyFault).remedy === "use the software that wrote it",
  );
});

test("a directory, an endless file and a key of another length are damage, not a crash", async () => {
  const { path, valid, reopened } = await oneRecord("key", undefined);
  const body = valid.subarray(0, -CHECKSUM_BYTES);
  await writeFile(path, withChecksum(body.subarray(0, -1)));
  await assert.rejects(readKey(reopened), fault("damaged"));
  await writeFile(path, Buffer.alloc(1 << 20));
  await assert.rejects(readKey(reopened), fault("damaged"));
  await rm(path);
  await mkdir(path, { mode: 0o700 });
  await assert.rejects(readKey(reopened), fault("damaged"));
  await assert.rejects(reopened.createKey("root"), fault("exists"));
});

test("any bytes at all in a record's place give a named refusal", async () => {
  const { path, reopened } = await oneRecord("key", undefined);
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
      await writeFile(path, bytes);
      await assert.rejects(readKey(reopened), fault("damaged"));
    }),
  );
});

test("any secret under any name comes back, sealed or not", async () => {
  const name = fc.stringMatching(/^[a-z0-9-]{1,64}$/);
  const keyrings = await Promise.all(
    Object.values(FORMS).map((passphrase) => openFileKeyring({ directory: newPath(), passphrase })),
  );
  await fc.assert(
    fc.asyncProperty(name, fc.uint8Array({ maxLength: SECRET_LIMIT_BYTES, size: "max" }), async (of, bytes) => {
      for (const keyring of keyrings) {
        await keyring.putSecret(of, bytes);
        assert.deepEqual(await keyring.secret(of), new Uint8Array(bytes));
      }
    }),
    { numRuns: 40 },
  );
});

test("a directory that is a file, or that is gone, makes the keyring unavailable", async () => {
  const path = newPath();
  await writeFile(path, "");
  await assert.rejects(openFileKeyring({ directory: join(path, "keys") }), fault("unavailable"));
  await assert.rejects(openFileKeyring({ directory: path }), fault("unavailable"));
  const directory = newPath();
  const keyring = await openFileKeyring({ directory });
  await rm(directory, { recursive: true });
  await assert.rejects(keyring.createKey("root"), fault("unavailable"));
  await assert.rejects(keyring.putSecret("root", randomBytes(1)), fault("unavailable"));
  await assert.rejects(keyring.signer("root"), fault("missing"));
});

function start(directory: string, deed: string, passphrase?: string) {
  const script = fileURLToPath(new URL("keeps-keys.ts", import.meta.url));
  const words = ["--disable-warning=ExperimentalWarning", script, directory, deed];
  return spawn(process.execPath, passphrase === undefined ? words : [...words, passphrase], {
    stdio: ["pipe", "pipe", "inherit"],
  });
}

/** What a process that kills itself said before; it must have died of that and of nothing else. */
async function lastWords(directory: string, deed: string, passphrase?: string): Promise<string> {
  const child = start(directory, deed, passphrase);
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  const [, signal] = await once(child, "close");
  assert.equal(signal, "SIGKILL");
  return said.trim();
}

/** One valid record on disk, and a keyring that has not read it yet. */
async function oneRecord(kind: string, passphrase: string | undefined) {
  const directory = newPath();
  const keyring = await openFileKeyring({ directory, passphrase });
  if (kind === "key") await keyring.createKey("root");
  else await keyring.putSecret("root", randomBytes(8));
  const path = join(directory, `root.${kind}`);
  return { path, valid: await readFile(path), reopened: await openFileKeyring({ directory, passphrase }) };
}

function withBitFlipped(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return copy;
}

function withChecksum(bytes: Uint8Array): Buffer {
  return Buffer.concat([bytes, createHash("sha256").update(bytes).digest().subarray(0, CHECKSUM_BYTES)]);
}

const exposed = (remedy: string) => (error: unknown) =>
  fault("permissions")(error) && (error as KeyFault).remedy.startsWith(remedy);

function hasNoModes(t: TestContext): boolean {
  if (process.platform === "win32") t.skip("Windows keeps no mode bits");
  return process.platform === "win32";
}
