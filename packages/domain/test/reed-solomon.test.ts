import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkSymbols, isCodeWord, locateErrors } from "../src/reed-solomon.ts";

const LENGTH = 25;
const SYMBOLS = Array.from({ length: 31 }, (_, i) => i + 1);
const symbol = fc.nat(31);
const anyData = fc.array(symbol, { minLength: 21, maxLength: 21 });
const encode = (data: readonly number[]) => [...data, ...checkSymbols(data)];
const add = (word: readonly number[], errors: readonly (readonly [position: number, value: number])[]) => {
  const bent = [...word];
  for (const [position, value] of errors) bent[position] = (bent[position] ?? 0) ^ value;
  return bent;
};

/** Multiplication in GF(2)[x]/(x^5+x^2+1) by the school method: nothing of the tables under test. */
function multiply(a: number, b: number): number {
  let product = 0;
  for (let bit = 0; bit < 5; bit++) if ((b >> bit) & 1) product ^= a << bit;
  for (let bit = 9; bit >= 5; bit--) if ((product >> bit) & 1) product ^= 0b100101 << (bit - 5);
  return product;
}
/** The word as a polynomial, first symbol highest, at a point. */
const valueAt = (word: readonly number[], point: number) =>
  word.reduce((value, coefficient) => multiply(value, point) ^ coefficient, 0);
const ROOTS = [2, 4, 8, 16];

test("data and check symbols together vanish at α, α², α³ and α⁴ and at no other power they were not made for", () => {
  fc.assert(
    fc.property(anyData, (data) => {
      const word = encode(data);
      assert.equal(word.length, LENGTH);
      for (const root of ROOTS) assert.equal(valueAt(word, root), 0);
      assert.ok(isCodeWord(word));
    }),
  );
  const generator = [...new Array<number>(20).fill(0), 1, ...checkSymbols([...new Array<number>(20).fill(0), 1])];
  assert.deepEqual(generator.slice(20), [1, 30, 6, 9, 17], "the generator of protocol.md §10");
  assert.notEqual(valueAt(generator, 1), 0);
});

test("a word is a code word exactly when it vanishes at the four roots", () => {
  fc.assert(
    fc.property(fc.array(symbol, { minLength: LENGTH, maxLength: LENGTH }), (word) =>
      assert.equal(
        isCodeWord(word),
        ROOTS.every((root) => valueAt(word, root) === 0),
      ),
    ),
  );
});

test("all 289,075 patterns of one and two wrong symbols are detected and located", { timeout: 120_000 }, () => {
  const [word] = fc.sample(anyData.map(encode), 1);
  assert.ok(word !== undefined);
  let patterns = 0;
  for (let i = 0; i < LENGTH; i++) {
    for (const a of SYMBOLS) {
      const one = add(word, [[i, a]]);
      patterns++;
      assert.ok(!isCodeWord(one));
      assert.deepEqual(locateErrors(one), [{ position: i, symbol: word[i] }]);
      for (let j = i + 1; j < LENGTH; j++) {
        for (const b of SYMBOLS) {
          const located = locateErrors(add(one, [[j, b]])) ?? [];
          patterns++;
          const right = located.length === 2 && located[0]?.position === i && located[1]?.position === j;
          if (right && located[0]?.symbol === word[i] && located[1]?.symbol === word[j]) continue;
          assert.fail(`${word} with ${a} added at ${i} and ${b} at ${j}: ${JSON.stringify(located)}`);
        }
      }
    }
  }
  assert.equal(patterns, 289_075);
});

test("three and four wrong symbols are detected: the distance is five", () => {
  const errors = fc.uniqueArray(fc.tuple(fc.nat(LENGTH - 1), fc.integer({ min: 1, max: 31 })), {
    minLength: 3,
    maxLength: 4,
    selector: ([position]) => position,
  });
  fc.assert(
    fc.property(anyData, errors, (data, wrong) => assert.ok(!isCodeWord(add(encode(data), wrong)))),
    { numRuns: 5000 },
  );
});

test("a hint always leads to a code word, also where more symbols were wrong than it can know", () => {
  fc.assert(
    fc.property(fc.array(symbol, { minLength: LENGTH, maxLength: LENGTH }), (word) => {
      const corrections = locateErrors(word);
      if (corrections === undefined) return;
      const mended = [...word];
      for (const { position, symbol: right } of corrections) mended[position] = right;
      assert.ok(isCodeWord(mended));
    }),
    { numRuns: 2000 },
  );
});

test("a word without an error has nothing to correct", () => {
  fc.assert(fc.property(anyData, (data) => assert.equal(locateErrors(encode(data)), undefined)));
});
