import assert from "node:assert/strict";
import { test } from "node:test";
import { openMemoryPublisherStore } from "@countersign/storage/memory";
import { activateHost, createFailedProofs } from "../src/index.ts";
import { certificateOf, desk, drawKey, emptyParts, reasonOf, requestOf, world } from "./site.ts";

const KID = Uint8Array.of(1, 2, 3, 4, 5);
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

function trials() {
  const clock = { ms: 1_000_000_000 };
  const proofs = createFailedProofs();
  const trial = (source: string, isRight = false, kid: Uint8Array | undefined = KID) =>
    proofs.trial({ kid, source, now: () => clock.ms }, async () => isRight);
  return { clock, proofs, trial };
}

test("a source may fail five times a minute, then it waits for the minute to end", async () => {
  const { clock, trial } = trials();
  for (let i = 0; i < 5; i++) assert.equal((await trial("a")).kind, "wrong");
  assert.deepEqual(await trial("a", true), { kind: "wait", waitS: 60 });
  assert.equal((await trial("b", true)).kind, "proved");
  clock.ms += MINUTE_MS;
  assert.equal((await trial("a", true)).kind, "proved");
});

test("a key may be failed twenty times a day, from wherever", async () => {
  const { clock, trial } = trials();
  for (let i = 0; i < 20; i++) assert.equal((await trial(`source ${i}`)).kind, "wrong");
  assert.deepEqual(await trial("another", true), { kind: "wait", waitS: 86_400 });
  clock.ms += DAY_MS;
  assert.equal((await trial("another", true)).kind, "proved");
});

test("trials sent at once do not outrun the limit", async () => {
  const { trial } = trials();
  const kinds = (await Promise.all(Array.from({ length: 40 }, () => trial("a")))).map(({ kind }) => kind);
  assert.equal(kinds.filter((kind) => kind === "wrong").length, 5);
  assert.equal(kinds.filter((kind) => kind === "wait").length, 35);
});

test("more than 64 trials do not wait: the next is told that the queue is full, and later it is not", async () => {
  const { proofs, trial } = trials();
  const gate = Promise.withResolvers<boolean>();
  const asked = { kid: KID, source: "a", now: () => 0 };
  const waiting = Array.from({ length: 64 }, () => proofs.trial(asked, () => gate.promise));
  assert.deepEqual(await trial("b"), { kind: "full" });
  gate.resolve(true);
  await Promise.all(waiting);
  assert.deepEqual(await trial("b", true), { kind: "proved" });
});

test("a trial that ends in a fault counts for nobody and lets the next one pass", async () => {
  const { proofs, trial } = trials();
  const asked = { kid: KID, source: "a", now: () => 1_000_000_000 };
  for (let i = 0; i < 6; i++) {
    await assert.rejects(
      proofs.trial(asked, () => Promise.reject(new Error("no signer"))),
      /no signer/,
    );
  }
  assert.equal((await trial("a", true)).kind, "proved");
});

test("a clock set back a year does not lock a key for a year", async () => {
  const { clock, trial } = trials();
  for (let i = 0; i < 5; i++) await trial("a");
  clock.ms -= 365 * DAY_MS;
  assert.equal((await trial("a", true)).kind, "proved");
});

test("keys nobody issued are remembered by their source alone", async () => {
  const { trial } = trials();
  for (let i = 0; i < 5; i++) assert.equal((await trial("a", false, undefined)).kind, "wrong");
  assert.equal((await trial("a", true)).kind, "wait");
  assert.equal((await trial("b", true, undefined)).kind, "proved");
});

test("failed proofs of strangers do not hold up a renewal or a repeat", async () => {
  const w = await world(emptyParts(openMemoryPublisherStore()));
  const signer = drawKey();
  const asked = await requestOf(w, { signer });
  const { serial, hostId } = await certificateOf(await activateHost(asked.document, desk(), w.parts), asked);
  const same = desk();
  for (let i = 0; i < 5; i++) {
    assert.equal(await reasonOf(await requestOf(w, { productKey: "5".repeat(25) }), w, same), "KEY_PROOF_INVALID");
  }
  assert.equal(await reasonOf(await requestOf(w), w, same), "RATE_LIMITED");
  assert.equal(await reasonOf(asked, w, same), "issued");
  const renewal = { signer, productKey: "", previousCertificateSerial: serial, renewalSeq: 1 };
  assert.equal(await reasonOf(await requestOf(w, { ...renewal, hostId: asked.context.hostId }), w, same), "issued");
  assert.deepEqual(asked.context.hostId, hostId);
});
