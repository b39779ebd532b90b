import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { test } from "node:test";
import { encodeDnsUpdate, readDnsMessage, signTsig, type TsigHmac, type TsigKey, verifyTsig } from "../../src/index.ts";
import { CAPTURED } from "./captured-exchanges.ts";

const bytesOf = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"));
const hmac: TsigHmac = (algorithm, key, bytes) =>
  new Uint8Array(createHmac(algorithm.replace("hmac-", ""), key).update(bytes).digest());
const keyOf = (name: string, algorithm: TsigKey["algorithm"]): TsigKey => ({
  ...{ name, algorithm },
  secret: new TextEncoder().encode(`the secret of ${algorithm}`),
});
const KEYS = {
  sha256: keyOf("key-0.", "hmac-sha256"),
  sha384: keyOf("Key-1", "hmac-sha384"),
  sha512: keyOf("key-2.", "hmac-sha512"),
};

/** What nsupdate signed: the message before, the time, the MAC. */
function partsOf(hex: string) {
  const whole = bytesOf(hex);
  const message = readDnsMessage(whole);
  assert.ok(message.ok);
  const signature = message.value.additional.at(-1);
  assert.ok(signature?.data.kind === "tsig");
  const unsigned = whole.slice(0, signature.at).map((byte, i) => (i === 11 ? 0 : byte));
  return { whole, unsigned, at: signature.at, ...signature.data };
}

for (const [name, key] of Object.entries(KEYS)) {
  const captured = CAPTURED[name as keyof typeof KEYS];

  test(`${key.algorithm}: what nsupdate signed is signed with the same bytes`, () => {
    const { whole, unsigned, timeS, mac } = partsOf(captured.question);
    const signed = signTsig(unsigned, key, timeS, hmac);
    assert.deepEqual(signed.mac, mac);
    assert.deepEqual(signed.bytes, whole);
  });

  test(`${key.algorithm}: what named answers is its own, and bound to that request`, () => {
    const { mac, timeS } = partsOf(captured.question);
    const verdict = verifyTsig(bytesOf(captured.answer), { key, mac }, timeS, hmac);
    assert.ok(verdict.ok && verdict.value.kind === "signed");
    assert.equal(verdict.value.error, 0);
    assert.equal(verdict.value.message.rcode, 0);
  });
}

const { mac: MAC, timeS: TIME } = partsOf(CAPTURED.sha256.question);
const ANSWER = bytesOf(CAPTURED.sha256.answer);
const ASKED = { key: KEYS.sha256, mac: MAC };

test("an answer is refused for any bit of it that is another", () => {
  for (let at = 2; at < ANSWER.length; at++) {
    for (const bit of [1, 0x80]) {
      const bent = ANSWER.slice();
      bent[at] = (bent[at] ?? 0) ^ bit;
      const verdict = verifyTsig(bent, ASKED, TIME, hmac);
      const isSigned = verdict.ok && verdict.value.kind === "signed";
      assert.equal(isSigned, false, `byte ${at} of ${ANSWER.length}`);
    }
  }
});

test("an answer to another request, under another key or of another time is none", () => {
  const refusedWith = (asked: typeof ASKED, nowS: number) => {
    const verdict = verifyTsig(ANSWER, asked, nowS, hmac);
    return verdict.ok ? "accepted" : verdict.detail;
  };
  const others = {
    "a signature that is not this key's": [{ ...ASKED, mac: MAC.map((byte) => byte ^ 1) }, TIME],
    "a signature of another key": [{ ...ASKED, key: { ...KEYS.sha256, name: "other." } }, TIME],
    "a signature of another time": [ASKED, TIME + 302],
  } as const;
  for (const [detail, [asked, nowS]] of Object.entries(others)) assert.equal(refusedWith(asked, nowS), detail);
  assert.equal(
    refusedWith({ ...ASKED, key: { ...KEYS.sha256, secret: new Uint8Array(32) } }, TIME),
    Object.keys(others)[0],
  );
  assert.equal(
    refusedWith({ ...ASKED, key: { ...KEYS.sha256, algorithm: "hmac-sha512" } }, TIME),
    Object.keys(others)[1],
  );
  assert.equal(refusedWith(ASKED, TIME - 299), "accepted");
});

test("a MAC that was cut short is refused, however right its beginning is", () => {
  // The answer without the last byte of its MAC: lengths of MAC, data and message follow.
  const { at, mac, algorithm } = partsOf(CAPTURED.sha256.answer);
  const bent = ANSWER.slice();
  const macSizeAt = ANSWER.length - 6 - mac.length - 2;
  const dataSizeAt = macSizeAt - 8 - (algorithm.length + 2) - 2;
  assert.ok(dataSizeAt > at);
  bent[macSizeAt + 1] = mac.length - 1;
  bent[dataSizeAt + 1] = (bent[dataSizeAt + 1] ?? 0) - 1;
  const macEnd = macSizeAt + 2 + mac.length;
  const short = new Uint8Array([...bent.subarray(0, macEnd - 1), ...bent.subarray(macEnd)]);
  assert.deepEqual(verifyTsig(short, ASKED, TIME, hmac), { ok: false, detail: "a signature of another length" });
});

test("BADKEY and BADSIG come unsigned and are told apart; REFUSED comes signed", () => {
  const errorOf = ({ question, answer }: { readonly question: string; readonly answer: string }, key: TsigKey) => {
    const { mac, timeS } = partsOf(question);
    const verdict = verifyTsig(bytesOf(answer), { key, mac }, timeS, hmac);
    return verdict.ok && [verdict.value.kind, verdict.value.message.rcode, verdict.value.error];
  };
  assert.deepEqual(errorOf(CAPTURED.badKey, { ...KEYS.sha256, name: "nobody." }), ["unsigned", 9, 17]);
  assert.deepEqual(errorOf(CAPTURED.badSignature, KEYS.sha256), ["unsigned", 9, 16]);
  assert.deepEqual(errorOf(CAPTURED.refused, KEYS.sha256), ["signed", 5, 0]);
});

test("an answer without a signature is told as such, never as signed", () => {
  const { unsigned } = partsOf(CAPTURED.sha256.answer);
  const verdict = verifyTsig(unsigned, ASKED, TIME, hmac);
  assert.ok(verdict.ok);
  assert.equal(verdict.value.kind, "unsigned");
});

test("a signature is the last record and the only one", () => {
  const { at } = partsOf(CAPTURED.sha256.answer);
  const twice = new Uint8Array([...ANSWER, ...ANSWER.subarray(at)]);
  twice[11] = 2;
  assert.deepEqual(verifyTsig(twice, ASKED, TIME, hmac), { ok: false, detail: "a TSIG record out of place" });
});

test("times of more than 32 bits are signed as they are", () => {
  const timeS = 2 ** 32 + 5;
  const signed = signTsig(encodeDnsUpdate(1, "example.test", []), KEYS.sha256, timeS, hmac);
  const read = readDnsMessage(signed.bytes);
  const data = read.ok ? read.value.additional[0]?.data : undefined;
  assert.equal(data?.kind === "tsig" && data.timeS, timeS);
});
