import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { printableText } from "../src/index.ts";

test("a name keeps its letters, whatever their script", () => {
  for (const name of ["pc-17", "Zürich-ä", "机器-3", "😀"]) assert.equal(printableText(name), name);
});

test("what would move the cursor or colour the terminal is gone; what is left of it shows", () => {
  assert.equal(printableText("\u001b[31mred\u001b[0m"), "[31mred[0m");
  assert.equal(printableText("pc\u0008\u0008\u0007\u007f\u009b17"), "pc17");
});

test("text that turns its own direction, or hides, cannot pass for another name", () => {
  assert.equal(printableText("pc\u202e71\u2066-\u200b\ufeff\u00ad1"), "pc71-1");
});

test("tabs and line ends of any kind are one blank: one name is one line", () => {
  assert.equal(printableText("a\r\nb\tc\u2028d\u2029\n\ne"), "a b c d e");
});

test("half a character is none", () => {
  assert.equal(printableText("a\ud800b\udc00c"), "abc");
});

test("whatever came from the network is one line without control and format characters, and stays so", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      const printed = printableText(text);
      assert.doesNotMatch(printed, /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/u);
      assert.equal(printableText(printed), printed);
    }),
    { numRuns: 300 },
  );
});
