import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import {
  formatProductKey,
  keySymbols,
  type ProductKey,
  pae,
  parseProductKey,
  partialKey,
  productIdOfKid,
  productKeyHeader,
  publisherMask,
  publishersOfKey,
  secretKeyTag,
  setupKeyTag,
  setupKid,
} from "../src/index.ts";
import { checkSymbols } from "../src/reed-solomon.ts";

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

test("up to four wrong symbols are always detected (I39)", () => {
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
});

const swap = (text: string, [i, j]: readonly [number, number]) => put(put(text, i, text[j] ?? ""), j, text[i] ?? "");
const PAIRS = Array.from({ length: 25 }, (_, i) => Array.from({ length: i }, (_, j) => [i, j] as const)).flat();

test("every transposition of two symbols is detected, neighbours or not, in any key", () => {
  const [key] = fc.sample(anyKey, 1);
  const text = formatProductKey(key ?? KEY, MASK).replaceAll("-", "");
  for (const pair of PAIRS) {
    const typed = swap(text, pair);
    assert.equal(parseProductKey(typed, MASK).ok, typed === text, `${text} with ${pair} swapped`);
  }
});

test("every two transpositions are detected (all 90,000 pairs in the long run, 1,500 of them otherwise)", () => {
  const every = process.env["COUNTERSIGN_LONG"] !== undefined;
  const both = PAIRS.flatMap((first) => PAIRS.map((second) => [first, second] as const));
  const chosen = every ? both : fc.sample(fc.constantFrom(...both), 1500);
  for (const [first, second] of chosen) {
    const typed = swap(swap(symbols, first), second);
    assert.equal(parseProductKey(typed, MASK).ok, typed === symbols, `${first} and ${second} swapped`);
  }
});

test("what was probably meant is only ever suggested: the key it leads to is a key, and the typed one is none", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(24), fc.constantFrom(...ALPHABET)), { maxLength: 6 }), (errors) => {
      const typed = errors.reduce((text, [position, symbol]) => put(text, position, symbol), symbols);
      const parsed = parseProductKey(typed, MASK);
      if (parsed.ok) return;
      assert.equal("key" in parsed, false);
      if (parsed.suggestions.length === 0) return;
      const mended = parsed.suggestions.reduce((text, { position, found, suggested }) => {
        assert.equal(typed[position - 1], found);
        return put(text, position - 1, suggested);
      }, typed);
      const again = parseProductKey(mended, MASK);
      assert.ok(again.ok || again.problem === "format", "its check holds");
    }),
    { numRuns: 1000 },
  );
});

test("a key of another publisher is always rejected, because the masks differ", () => {
  assert.equal(parseProductKey(TEXT, MASK ^ 1).ok, false);
  const masks = fc.tuple(fc.nat(0xfffff), fc.nat(0xfffff)).filter(([own, other]) => own !== other);
  fc.assert(
    fc.property(anyKey, masks, (key, [own, other]) => {
      const text = formatProductKey(key, own);
      assert.equal(parseProductKey(text, other).ok, false);
      assert.deepEqual(publishersOfKey(text, [{ mask: other }, { mask: own }]), [{ mask: own }]);
    }),
    { numRuns: 1000 },
  );
});

test("the mask is 20 bits of the publisher's id and moves the last four symbols only", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), anyKey, (publisherId, key) => {
      const mask = publisherMask(publisherId, sha256);
      assert.ok(Number.isInteger(mask) && mask >= 0 && mask <= 0xfffff);
      assert.equal(formatProductKey(key, mask).slice(0, 24), formatProductKey(key, 0).slice(0, 24));
    }),
  );
  const digest = sha256(pae("application/vnd.countersign.product-key-mask.v1", new Uint8Array(16)));
  const top20Bits = Number.parseInt(Buffer.from(digest).toString("hex").slice(0, 5), 16);
  assert.equal(publisherMask(new Uint8Array(16), sha256), top20Bits);
});

test("kinds are never confused: a key read is of the kind it was made, and a changed kind is no key (I40)", () => {
  const kinds = ["setup", "host", "mak"] as const;
  fc.assert(
    fc.property(anyKey, fc.constantFrom(...kinds), (key, kind) => {
      const text = formatProductKey(key, MASK);
      const parsed = parseProductKey(text, MASK);
      assert.ok(parsed.ok && parsed.key.kind === key.kind);
      const first = formatProductKey({ ...key, kind }, MASK)[0] ?? "";
      assert.equal(parseProductKey(first + text.slice(1), MASK).ok, kind === key.kind);
    }),
  );
});

test("a reserved kind and another format are no keys, even when every check symbol agrees", () => {
  for (const first of [...ALPHABET].filter((symbol) => !["4", "5", "6"].includes(symbol))) {
    const data = [ALPHABET.indexOf(first), ...[...symbols.slice(1, 21)].map((symbol) => ALPHABET.indexOf(symbol))];
    const typed = [...data, ...checkSymbols(data)].map((symbol) => ALPHABET[symbol]).join("");
    const parsed = parseProductKey(typed, 0);
    assert.ok(!parsed.ok && parsed.problem === "format", first);
    assert.deepEqual(parsed.suggestions, []);
  }
});

test("a key without its first symbol and with another at its end is no key: a shift is no code word of a mask", () => {
  const keys = fc.sample(fc.tuple(anyKey, fc.constantFrom(...ALPHABET)), 2000);
  const passed = keys.filter(([key, last]) => {
    const shifted = `${formatProductKey(key, MASK).replaceAll("-", "").slice(1)}${last}`;
    return parseProductKey(shifted, MASK).ok;
  });
  // Any word is a code word once in 2^20; two of 2,000 would be no chance.
  assert.ok(passed.length <= 1, `${passed.length} passed`);
});

test("a short key, a foreign symbol and a wrong format are told apart", () => {
  const problem = (text: string) => {
    const parsed = parseProductKey(text, MASK);
    return parsed.ok ? "none" : parsed.problem;
  };
  assert.equal(problem(TEXT.slice(1)), "length");
  assert.equal(problem(`${TEXT}0`), "length");
  assert.equal(problem(""), "length");
  assert.equal(problem(TEXT.replace(/^5/, "U")), "symbol");
});

test("whatever is typed is read without a fault", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.string({ minLength: 25, maxLength: 29 })), (typed) => {
      const parsed = parseProductKey(typed, MASK);
      assert.ok(parsed.ok || parsed.found !== "");
      assert.ok(partialKey(typed).length <= 5);
    }),
    { numRuns: 200 },
  );
});

test("dashes of any length are ignored: a word processor makes longer ones", () => {
  for (const dash of ["-", "\u2010", "\u2011", "\u2013", "\u2014", " - "]) {
    assert.deepEqual(parseProductKey(TEXT.replaceAll("-", dash), MASK), { ok: true, key: KEY }, dash);
  }
});

test("only the last five symbols are ever shown, and a proof takes the 25 without dashes", () => {
  assert.equal(partialKey(TEXT.toLowerCase()), symbols.slice(-5));
  assert.equal(String.fromCharCode(...keySymbols(` ${TEXT.toLowerCase()} `)), symbols);
});

test("the header is the 65 bits before the tag, and names the product of a setup key", () => {
  fc.assert(
    fc.property(anyKey, fc.integer({ min: 1, max: 0xffffffff }), (key, productId) => {
      const bytes = productKeyHeader(key);
      const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
      const kind = ["setup", "host", "mak"].indexOf(key.kind);
      assert.equal(bytes.length, 9);
      assert.equal(Number.parseInt(bits.slice(0, 3), 2), 1);
      assert.equal(Number.parseInt(bits.slice(3, 5), 2), kind);
      assert.equal(Number.parseInt(bits.slice(5, 25), 2), key.group);
      assert.equal(bits.slice(25, 65), [...key.kid].map((byte) => byte.toString(2).padStart(8, "0")).join(""));
      assert.equal(bits.slice(65), "0000000");
      assert.equal(productIdOfKid(setupKid(productId)), productId);
    }),
  );
});

test("a tag depends on every part of the header, and on the publisher or its secret", () => {
  const id = sha256(Uint8Array.of(1)).slice(0, 16);
  const setup = productKeyHeader({ ...header, kind: "setup" });
  assert.equal(setupKeyTag(setup, id, sha256).length, 5);
  assert.notDeepEqual(setupKeyTag(setup, id, sha256), setupKeyTag(setup, sha256(id).slice(0, 16), sha256));
  for (const change of [{ kind: "mak" }, { group: 0x12346 }, { kid: Uint8Array.of(1, 2, 3, 4, 6) }] as const) {
    const other = productKeyHeader({ ...header, ...change });
    assert.notDeepEqual(secretKeyTag(other, sha256(Uint8Array.of(2)), hmac), KEY.tag);
    assert.notDeepEqual(setupKeyTag(other, id, sha256), setupKeyTag(productKeyHeader(header), id, sha256));
  }
  assert.notDeepEqual(secretKeyTag(productKeyHeader(header), sha256(Uint8Array.of(3)), hmac), KEY.tag);
});
