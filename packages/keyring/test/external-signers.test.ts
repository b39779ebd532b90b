import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { ED25519, type Signer } from "@countersign/domain";
import { nodeCryptography } from "@countersign/protocol/node";
import { REQUEST_KIND, REQUEST_LIMIT_BYTES } from "../src/external/frames.ts";
import { keyringWithExternalSigners, openExternalSigners, type SignerCommand } from "../src/external/index.ts";
import { startSignerProcess } from "../src/external/signer-process.ts";
import { openFileKeyring } from "../src/file/index.ts";
import type { KeyFault } from "../src/index.ts";
import { fault, newPath, newSignerKeys, opened, testSigner } from "./new-keyring.ts";

const MESSAGE = new TextEncoder().encode("what is signed");
const keys = await newSignerKeys({ host: randomBytes(32), other: randomBytes(32), last: randomBytes(32) });

/** A signer that gave its public key honestly and behaves so from then on. */
async function signerThat(behaviour: string, name = "host") {
  const log = newPath();
  const signers = opened(testSigner({ keys, behaviour, log }));
  const logged = async (line: RegExp) => (await readFile(log, "utf8")).match(new RegExp(line, "gm")) ?? [];
  return { signers, signer: await signers.signer(name), logged, starts: async () => (await logged(/^started/)).length };
}

async function assertSigns(signer: Signer, message = MESSAGE): Promise<void> {
  const signature = await signer.sign(message);
  assert.ok(await nodeCryptography.verify(ED25519, signer.publicKey, message, signature));
}

test("it signs, answers arrive in whatever pieces the pipe makes of them", async () => {
  for (const behaviour of ["honest", "drips"]) {
    const { signer, starts } = await signerThat(behaviour);
    for (const length of [0, 1, 5000]) await assertSigns(signer, randomBytes(length));
    assert.equal(await starts(), 1);
  }
});

test("the longest question is answered; a longer one is a bug that costs nobody else anything", async () => {
  const { signer, starts } = await signerThat("honest");
  const room = REQUEST_LIMIT_BYTES - 7 - "host".length;
  await assertSigns(signer, randomBytes(room));
  await assert.rejects(signer.sign(randomBytes(room + 1)), RangeError);
  await assertSigns(signer);
  assert.equal(await starts(), 1);
});

test("what is signed is what was given, whatever its bytes become while it waits", async () => {
  const { signer } = await signerThat("honest");
  const [first, second] = [Buffer.from("first"), Buffer.from("second")];
  const signatures = [signer.sign(first), signer.sign(second)];
  second.fill(0);
  assert.ok(
    await nodeCryptography.verify(ED25519, signer.publicKey, Buffer.from("second"), (await signatures[1]) ?? first),
  );
  await signatures[0];
});

const SAID_SO = [
  { behaviour: "locked", reason: "passphrase" },
  { behaviour: "nonsense", reason: "unavailable" },
  { behaviour: "short-frame", reason: "unavailable" },
  { behaviour: "other-algorithm", reason: "unavailable" },
  { behaviour: "short-key", reason: "unavailable" },
  { behaviour: "no-key", reason: "unavailable" },
];
for (const { behaviour, reason } of SAID_SO) {
  test(`asked for a public key, a signer that answers "${behaviour}" is ${reason}`, async () => {
    await assert.rejects(opened(testSigner({ keys, behaviour })).signer("host"), fault(reason));
  });
}

test("a key the signer does not have is missing, and is asked for anew", async () => {
  const { signers } = await signerThat("honest");
  await assert.rejects(signers.signer("new"), fault("missing"));
  await keys.put("new", randomBytes(32));
  await assertSigns(await signers.signer("new"));
});

const BENT = [
  { behaviour: "flipped-signature", reason: "unavailable" },
  { behaviour: "short-signature", reason: "unavailable" },
  { behaviour: "long-signature", reason: "unavailable" },
  { behaviour: "no-signature", reason: "unavailable" },
  { behaviour: "signs-another", reason: "unavailable" },
  { behaviour: "locked-later", reason: "passphrase" },
  { behaviour: "unavailable", reason: "unavailable" },
  { behaviour: "version-2", reason: "unavailable" },
  { behaviour: "status-9", reason: "unavailable" },
  { behaviour: "other-id", reason: "unavailable" },
  { behaviour: "long-frame", reason: "unavailable" },
];
for (const { behaviour, reason } of BENT) {
  test(`asked for a signature, a signer that answers "${behaviour}" is ${reason}, every time`, async () => {
    const { signer } = await signerThat(behaviour);
    await assert.rejects(signer.sign(MESSAGE), fault(reason));
    await assert.rejects(signer.sign(MESSAGE), fault(reason));
  });
}

test("it is the verification that refuses a wrong signature: without it one would be handed out", async () => {
  const { signer } = await signerThat("honest");
  for (const behaviour of ["flipped-signature", "signs-another"]) {
    const unverified = startSignerProcess(testSigner({ keys, behaviour }));
    const signature = await unverified.ask({ kind: REQUEST_KIND.sign, key: "host", payload: MESSAGE });
    assert.equal(signature.length, 64);
    assert.ok(!(await nodeCryptography.verify(ED25519, signer.publicKey, MESSAGE, signature)));
    await unverified.stop();
  }
});

test("a key that was replaced in the signer no longer signs for the public key it had", async () => {
  const own = await newSignerKeys({ host: randomBytes(32) });
  const signers = opened(testSigner({ keys: own }));
  const signer = await signers.signer("host");
  await own.put("host", randomBytes(32));
  await assert.rejects(signer.sign(MESSAGE), fault("unavailable"));
});

test("what a signer says reaches a person without its control characters", async () => {
  const { signer } = await signerThat("unavailable");
  await assert.rejects(signer.sign(MESSAGE), (error: KeyFault) =>
    /found "no \[2Jtoken in the slot"$/.test(error.message),
  );
});

test("a signer that dies takes its open questions with it, and the next use starts it again", async () => {
  const { signers, signer, starts } = await signerThat("dies-once");
  const other = await signers.signer("other");
  const lost = await Promise.allSettled([signer.sign(MESSAGE), other.sign(MESSAGE)]);
  for (const outcome of lost) assert.ok(outcome.status === "rejected" && fault("unavailable")(outcome.reason));
  await assertSigns(signer);
  await assertSigns(other);
  assert.equal(await starts(), 2);
});

test("an answer that was written before the end counts", async () => {
  const { signer } = await signerThat("answers-and-ends");
  assert.equal(signer.publicKey.length, 32);
});

test("an answer given twice counts once and ends the process that gave it", async () => {
  const { signer, starts } = await signerThat("twice");
  await assertSigns(signer);
  await assertSigns(signer);
  assert.equal(await starts(), 3);
});

test("a silent signer is given up in its time, and is no more", async () => {
  const signers = openExternalSigners(silent());
  await assert.rejects(signers.signer("host"), (error: KeyFault) => /found no answer in 50 ms$/.test(error.message));
  await assert.rejects(signers.signer("host"), fault("unavailable"));
  await signers.close();
});

test("a signer that goes on when its input has ended is ended", async () => {
  await startSignerProcess(silent()).stop();
});

test("a command that cannot be started is unavailable at each use, and closes well", async () => {
  const signers = openExternalSigners({ ...silent(), command: newPath() });
  await assert.rejects(signers.signer("host"), fault("unavailable"));
  await assert.rejects(signers.signer("host"), fault("unavailable"));
  await signers.close();
});

test("a key has one question open at a time; other keys do not wait for it", async () => {
  const { signers, signer, logged } = await signerThat("hoards");
  const other = await signers.signer("other");
  const last = await signers.signer("last");
  // Nothing is answered before "last" is asked with, and a pipe keeps its order: what was open then has been read.
  const asked = [
    signer.sign(MESSAGE),
    signer.sign(MESSAGE),
    signer.sign(MESSAGE),
    other.sign(MESSAGE),
    last.sign(MESSAGE),
  ];
  await Promise.all(asked);
  const order = (await logged(/^asked .*/)).map((line) => line.slice("asked ".length));
  assert.deepEqual(order, ["host", "other", "last", "host", "host"]);
});

test("fifty askers of one key get each their own signature", async () => {
  const { signer, starts } = await signerThat("honest");
  await Promise.all(Array.from({ length: 50 }, (_, i) => assertSigns(signer, Buffer.from(`message ${i}`))));
  assert.equal(await starts(), 1);
});

test("nothing of our environment reaches it: it has what it was given", async () => {
  const log = newPath();
  const signers = opened(testSigner({ keys, behaviour: "environment", log }, { environment: { SIGNER_SLOT: "1" } }));
  await signers.signer("host");
  const found = JSON.parse(/^environment (.*)$/m.exec(await readFile(log, "utf8"))?.[1] ?? "");
  assert.equal(found.SIGNER_SLOT, "1");
  assert.deepEqual(
    Object.keys(process.env).filter((name) => name in found),
    [],
  );
});

test("a signal from the terminal is for us: the signer leads a group of its own", async (t) => {
  if (process.platform === "win32") return t.skip("Windows has no process groups");
  const { logged } = await signerThat("honest");
  const pid = Number((await logged(/^started \d+/))[0]?.slice("started ".length));
  assert.doesNotThrow(() => process.kill(-pid, 0));
});

test("closing waits for what was asked, ends the process by ending its input, and nothing is asked after it", async () => {
  const { signers, signer, logged, starts } = await signerThat("honest");
  const signatures = [assertSigns(signer), assertSigns(signer)];
  await signers.close();
  await Promise.all(signatures);
  assert.equal((await logged(/^input ended$/)).length, 1);
  const pid = Number((await logged(/^started \d+/))[0]?.slice("started ".length));
  assert.throws(() => process.kill(pid, 0), { code: "ESRCH" });
  await assert.rejects(signer.sign(MESSAGE), fault("unavailable"));
  await assert.rejects(signers.signer("other"), fault("unavailable"));
  assert.equal(await starts(), 1);
});

test("closing what was never used starts nothing", async () => {
  const log = newPath();
  await openExternalSigners(testSigner({ keys, log })).close();
  await assert.rejects(readFile(log), { code: "ENOENT" });
});

test("a keyring over a signer never draws a key: it says which one to make with the signer's own tool", async () => {
  const directory = newPath();
  const files = await openFileKeyring({ directory });
  const keyring = keyringWithExternalSigners(opened(testSigner({ keys })), files);
  await assert.rejects(keyring.createKey("seat-1"), (error: KeyFault) => {
    return fault("unavailable")(error) && /"seat-1"/.test(error.message) && /signer's own tool/.test(error.remedy);
  });
  assert.equal(await files.has("seat-1"), false);
});

test("a signer that is out of order is no signer without the key: has and createKey say so", async () => {
  const files = await openFileKeyring({ directory: newPath() });
  const keyring = keyringWithExternalSigners(opened(testSigner({ keys, behaviour: "locked" })), files);
  await assert.rejects(keyring.has("host"), fault("passphrase"));
  await assert.rejects(keyring.createKey("host"), fault("passphrase"));
});

/** Starts at once, never answers and does not look at its input. */
function silent(): SignerCommand {
  return {
    command: process.execPath,
    arguments: ["-e", "setInterval(() => {}, 1000)"],
    environment: {},
    timeoutMs: 50,
  };
}
