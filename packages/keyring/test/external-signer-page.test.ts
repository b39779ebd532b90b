import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createPrivateKey, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { fileURLToPath } from "node:url";
import { ED25519 } from "@countersign/domain";
import { nodeCryptography } from "@countersign/protocol/node";
import { REQUEST_KIND, replyReader, requestFrame } from "../src/external/frames.ts";
import type { SignerCommand } from "../src/external/index.ts";
import { fault, newPath, newSignerKeys, opened, testSigner } from "./new-keyring.ts";

const ROOT = new URL("../../../", import.meta.url);
const PAGE = await readFile(new URL("docs/protocol/external-signer.md", ROOT), "utf8");
const PYTHON = "/usr/bin/python3";
/** RFC 8032 §7.1, TEST 2. */
const SEED = Buffer.from("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "hex");
const PUBLIC_KEY = Buffer.from("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "hex");
const SIGNATURE = Buffer.from(
  "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da" +
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  "hex",
);

/** The bytes of the page's example: what stands before three spaces in each line of a block. */
const [publicKeyAsked, publicKeyGiven, signatureAsked, signatureGiven] = [...PAGE.matchAll(/```hex\n([^`]*)```/g)].map(
  (block) =>
    Buffer.from(
      (block[1] ?? "")
        .split("\n")
        .map((line) => line.split("   ")[0])
        .join("")
        .replaceAll(" ", ""),
      "hex",
    ),
);
assert.ok(publicKeyAsked && publicKeyGiven && signatureAsked && signatureGiven);

test("the page's questions are the bytes we ask with", () => {
  const key = "host";
  const first = requestFrame({ id: 1, kind: REQUEST_KIND.publicKey, key, payload: new Uint8Array(0) });
  const second = requestFrame({ id: 2, kind: REQUEST_KIND.sign, key, payload: new Uint8Array([0x72]) });
  assert.deepEqual([Buffer.from(first), Buffer.from(second)], [publicKeyAsked, signatureAsked]);
});

test("the page's answers are read as the key and the signature of RFC 8032", () => {
  assert.deepEqual(replyReader()(Buffer.concat([publicKeyGiven, signatureGiven])), [
    { id: 1, status: 0, payload: new Uint8Array([ED25519, ...PUBLIC_KEY]) },
    { id: 2, status: 0, payload: new Uint8Array(SIGNATURE) },
  ]);
});

test("the test signer answers the page's questions with the page's bytes", async () => {
  const keys = await newSignerKeys({ host: SEED });
  assert.deepEqual(await answersOf(testSigner({ keys })), Buffer.concat([publicKeyGiven, signatureGiven]));
});

test("the example in Python answers the page's questions with the page's bytes", async (t) => {
  if (hasNoPython(t)) return;
  assert.deepEqual(
    await answersOf(await pythonSigner({ host: SEED })),
    Buffer.concat([publicKeyGiven, signatureGiven]),
  );
});

test("the example in Python is a signer like any other: it signs, lacks keys, goes on after a broken one", async (t) => {
  if (hasNoPython(t)) return;
  const signers = opened(await pythonSigner({ host: SEED, broken: undefined }));
  const signer = await signers.signer("host");
  for (const message of [randomBytes(0), randomBytes(100_000)])
    assert.ok(await nodeCryptography.verify(ED25519, signer.publicKey, message, await signer.sign(message)));
  await assert.rejects(signers.signer("other"), fault("missing"));
  await assert.rejects(signers.signer("broken"), fault("unavailable"));
  await signer.sign(randomBytes(10));
});

/** Everything the process writes when it is asked the page's questions and then its input ends; it must end well. */
async function answersOf({ command, arguments: words, environment }: SignerCommand): Promise<Buffer> {
  const child = spawn(command, words, { stdio: ["pipe", "pipe", "inherit"], env: environment });
  const chunks: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
  assert.ok(publicKeyAsked && signatureAsked);
  child.stdin.end(Buffer.concat([publicKeyAsked, signatureAsked]));
  const [exitCode] = await once(child, "close");
  assert.equal(exitCode, 0);
  return Buffer.concat(chunks);
}

/** The example over a directory with these keys; undefined gives a file that is no key. */
async function pythonSigner(seeds: Readonly<Record<string, Buffer | undefined>>): Promise<SignerCommand> {
  const directory = newPath();
  await mkdir(directory);
  for (const [name, seed] of Object.entries(seeds)) await writeFile(join(directory, `${name}.pem`), pemOf(seed));
  const script = fileURLToPath(new URL("packages/keyring/examples/external_signer.py", ROOT));
  return { command: PYTHON, arguments: [script, directory], environment: {}, timeoutMs: 60_000 };
}

function pemOf(seed: Buffer | undefined): string | Buffer {
  if (seed === undefined) return "no key";
  const der = Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), seed]);
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" }).export({ format: "pem", type: "pkcs8" });
}

function hasNoPython(t: TestContext): boolean {
  const isThere = spawnSync(PYTHON, ["-c", "import cryptography"], { stdio: "ignore" }).status === 0;
  if (isThere || process.env["CI"] !== undefined) return false;
  t.skip("python3-cryptography is not installed");
  return true;
}
