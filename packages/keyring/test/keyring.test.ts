import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { ED25519 } from "@countersign/domain";
import { nodeCryptography } from "@countersign/protocol/node";
import { SECRET_LIMIT_BYTES } from "../src/index.ts";
import { ADAPTERS, fault } from "./new-keyring.ts";

const MESSAGE = new TextEncoder().encode("what is signed");
const NO_NAMES = ["", "a".repeat(65), "Root", "a/b", "../a", "a.b", "a b", "a\0", "ä", "a\n"];

for (const [adapter, open] of Object.entries(ADAPTERS)) {
  test(`${adapter}: a key signs under its public key, and is the same at every look`, async () => {
    const { keyring, makeKey } = await open();
    await makeKey("root");
    const signer = await keyring.signer("root");
    assert.equal(signer.algorithm, ED25519);
    assert.equal(signer.publicKey.length, 32);
    const signature = await signer.sign(MESSAGE);
    assert.ok(await nodeCryptography.verify(ED25519, signer.publicKey, MESSAGE, signature));
    assert.ok(!(await nodeCryptography.verify(ED25519, signer.publicKey, new Uint8Array(14), signature)));
    assert.deepEqual((await keyring.signer("root")).publicKey, signer.publicKey);
  });

  test(`${adapter}: keys of two names are two keys`, async () => {
    const { keyring, makeKey } = await open();
    await makeKey("root");
    await makeKey("policy");
    assert.notDeepEqual((await keyring.signer("root")).publicKey, (await keyring.signer("policy")).publicKey);
  });

  test(`${adapter}: creating a key that exists is refused and the key stays`, async () => {
    const { keyring, makeKey } = await open();
    await makeKey("root");
    const { publicKey } = await keyring.signer("root");
    await assert.rejects(keyring.createKey("root"), fault("exists"));
    assert.deepEqual((await keyring.signer("root")).publicKey, publicKey);
  });

  test(`${adapter}: what was never made is missing, by name`, async () => {
    const { keyring } = await open();
    await assert.rejects(keyring.signer("root"), fault("missing"));
    await assert.rejects(keyring.secret("root"), fault("missing"));
    assert.equal(await keyring.has("root"), false);
    await keyring.removeSecret("root");
  });

  test(`${adapter}: a keyring has the names of its keys and of its secrets, and one name may be both`, async () => {
    const { keyring, makeKey } = await open();
    await makeKey("key");
    await keyring.putSecret("secret", randomBytes(32));
    assert.equal(await keyring.has("key"), true);
    assert.equal(await keyring.has("secret"), true);
    await assert.rejects(keyring.secret("key"), fault("missing"));
    await assert.rejects(keyring.signer("secret"), fault("missing"));
    await keyring.putSecret("key", MESSAGE);
    assert.deepEqual(await keyring.secret("key"), MESSAGE);
    await keyring.signer("key");
  });

  test(`${adapter}: a secret comes back byte for byte, is replaced as a whole, and goes when it is removed`, async () => {
    const { keyring } = await open();
    for (const length of [0, 1, 25, 32, SECRET_LIMIT_BYTES]) {
      const bytes = new Uint8Array(randomBytes(length));
      await keyring.putSecret("epoch", bytes);
      assert.deepEqual(await keyring.secret("epoch"), bytes);
    }
    await keyring.removeSecret("epoch");
    await assert.rejects(keyring.secret("epoch"), fault("missing"));
    assert.equal(await keyring.has("epoch"), false);
  });

  test(`${adapter}: a secret is copied in and out`, async () => {
    const { keyring } = await open();
    const given = Buffer.from("abc");
    await keyring.putSecret("epoch", given);
    given.fill(0);
    const taken = await keyring.secret("epoch");
    assert.deepEqual(taken, new TextEncoder().encode("abc"));
    taken.fill(0);
    assert.deepEqual(await keyring.secret("epoch"), new TextEncoder().encode("abc"));
  });

  test(`${adapter}: a secret over the limit is a bug and changes nothing`, async () => {
    const { keyring } = await open();
    await keyring.putSecret("epoch", MESSAGE);
    await assert.rejects(keyring.putSecret("epoch", new Uint8Array(SECRET_LIMIT_BYTES + 1)), RangeError);
    assert.deepEqual(await keyring.secret("epoch"), MESSAGE);
  });

  test(`${adapter}: a name that is none is a bug at every method`, async () => {
    const { keyring } = await open();
    for (const name of NO_NAMES) {
      await assert.rejects(keyring.signer(name), TypeError);
      await assert.rejects(keyring.has(name), TypeError);
      await assert.rejects(keyring.createKey(name), TypeError);
      await assert.rejects(keyring.secret(name), TypeError);
      await assert.rejects(keyring.putSecret(name, MESSAGE), TypeError);
      await assert.rejects(keyring.removeSecret(name), TypeError);
    }
  });

  test(`${adapter}: a later process finds the same keys and secrets`, async (t) => {
    const { keyring, makeKey, reopen } = await open();
    if (reopen === undefined) return t.skip("by its contract it lives as long as its process");
    const longest = "a-0".padEnd(64, "z");
    await makeKey(longest);
    await keyring.putSecret(longest, MESSAGE);
    const later = await reopen();
    const { publicKey } = await keyring.signer(longest);
    const signature = await (await later.signer(longest)).sign(MESSAGE);
    assert.ok(await nodeCryptography.verify(ED25519, publicKey, MESSAGE, signature));
    assert.deepEqual(await later.secret(longest), MESSAGE);
    await assert.rejects(later.createKey(longest), fault("exists"));
  });
}
