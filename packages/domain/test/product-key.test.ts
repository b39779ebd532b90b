import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import {
  formatProductKey,
  type ProductKey,
  parseProductKey,
  productKeyHeader,
  publisherMask,
  secretKeyTag,
} from "../src/index.ts";

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest());
const hmac = (key: Uint8Array, bytes: Uint8Array) => new Uint8Array(createHmac("sha256", key).update(bytes).digest());
const MASK = publisherMask(sha256(Uint8Array.of(1)).slice(0, 16), sha256);
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

const header = { kind: "host", group: 0x12345, kid: Uint8Array.of(1, 2, 3, 4, 5) } as const;
const KEY: ProductKey = { ...header, tag: secretKeyTag(productKeyHeader(header), sha256(Uint8Array.of(2)), hmac) };
const TEXT = formatProductKey(KEY, MASK);
const anyKey = fc.record(
  {
    kind: fc.constantFrom("setup" as const, "host" as const, "mak" as const),
    group: fc.integer({ min: 0, max: 0xfffff }),
    kid: fc.uint8Array({ minLength: 5, maxLength: 5 }),
    tag: fc.uint8Array({ minLength: 5, maxLength: 5 }),
  },
  { noNullPrototype: true },
);
const symbols = TEXT.replaceAll("-", "");
const put = (text: string, position: number, symbol: string) =>
  text.slice(0, position) + symbol + text.slice(position + 1);

test("a key survives printing and typing in any case, with O for 0 and I or L for 1, with or without dashes (I39)", () => {
  fc.assert(
    fc.property(anyKey, fc.integer({ min: 1, max: 0xfffff }), (key, mask) => {
      const text = formatProductKey(key, mask);
      assert.match(text, /^([0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}$/);
      const typed = text.toLowerCase().replaceAll("0", "o").replaceAll("1", "l").replaceAll("-", " ");
      assert.deepEqual(parseProductKey(typed, mask), { ok: true, key });
    }),
  );
});

test("the first symbol tells the kind: 4 setup, 5 host, 6 MAK (I40)", () => {
  for (const [kind, first] of [
    ["setup", "4"],
    ["host", "5"],
    ["mak", "6"],
  ] as const) {
    assert.equal(formatProductKey({ ...KEY, kind }, MASK)[0], first);
  }
});

test("every wrong symbol is detected and named with the right one", () => {
  for (let position = 0; position < 25; position++) {
    for (const wrong of ALPHABET) {
      if (wrong === symbols[position]) continue;
      const parsed = parseProductKey(put(symbols, position, wrong), MASK);
      assert.ok(!parsed.ok && parsed.problem === "check");
      assert.deepEqual(parsed.suggestions, [{ position: position + 1, found: wrong, suggested: symbols[position] }]);
    }
  }
});

test("every two wrong symbols are detected, and both are named", () => {
  fc.assert(
    fc.property(fc.nat(24), fc.nat(24), fc.constantFrom(...ALPHABET), fc.constantFrom(...ALPHABET), (i, j, a, b) => {
      fc.pre(i < j && symbols[i] !== a && symbols[j] !== b);
      const parsed = parseProductKey(put(put(symbols, i, a), j, b), MASK);
      assert.ok(!parsed.ok);
      assert.deepEqual(
        parsed.suggestions.map((s) => s.position),
        [i + 1, j + 1],
      );
    }),
  );
});

test("up to four wrong symbols and any two transpositions are always detected (I39)", () => {
  const swap = (text: string, i: number, j: number) => put(put(text, i, text[j] ?? ""), j, text[i] ?? "");
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(24), fc.constantFrom(...ALPHABET)), { minLength: 1, maxLength: 4 }),
      (errors) => {
        const typed = errors.reduce((text, [position, symbol]) => put(text, position, symbol), symbols);
        assert.equal(parseProductKey(typed, MASK).ok, typed === symbols);
      },
    ),
    { numRuns: 2000 },
  );
  for (let i = 0; i < 25; i++) {
    for (let j = i + 1; j < 25; j++) {
      const once = swap(symbols, i, j);
      assert.equal(parseProductKey(once, MASK).ok, once === symbols);
      const twice = swap(once, (i * 7) % 25, (j * 11) % 25);
      assert.equal(parseProductKey(twice, MASK).ok, twice === symbols);
    }
  }
});

test("a key of another publisher is rejected, because the masks differ", () => {
  assert.equal(parseProductKey(TEXT, MASK ^ 1).ok, false);
});

test("dropping the first symbol and appending another is detected whatever the key", () => {
  fc.assert(
    fc.property(anyKey, (key) => {
      const typed = `${formatProductKey(key, MASK).replaceAll("-", "").slice(1)}0`;
      const parsed = parseProductKey(typed, MASK);
      // 2^-20 of shifted words are code words by chance; the format symbol rejects nearly all of those.
      assert.ok(!parsed.ok || parsed.key.kid !== key.kid);
    }),
  );
});

test("a short key, a foreign symbol and a wrong format are told apart", () => {
  const problem = (text: string) => {
    const parsed = parseProductKey(text, MASK);
    return parsed.ok ? "none" : parsed.problem;
  };
  assert.equal(problem(TEXT.slice(1)), "length");
  assert.equal(problem(TEXT.replace(/^5/, "U")), "symbol");
});
