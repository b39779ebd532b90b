import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatProductKey, publishersOfKey, refuseTypedKey, remedyOf } from "../src/index.ts";

const MASK = 0x2f0c5;
const OTHER_MASK = 0x81b37;
const KEY = { kind: "host", group: 7, kid: Uint8Array.of(9, 8, 7, 6, 5), tag: Uint8Array.of(5, 4, 3, 2, 1) } as const;
const TEXT = formatProductKey(KEY, MASK);
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const symbols = TEXT.replaceAll("-", "");

function misspelt(...changes: readonly (readonly [position: number, by: number])[]): string {
  const typed = [...symbols];
  for (const [position, by] of changes)
    typed[position - 1] = ALPHABET[(ALPHABET.indexOf(typed[position - 1] ?? "") + by) % 32] ?? "";
  return typed.join("");
}

test("one wrong symbol anywhere is told with its position and what it probably was", () => {
  const position = fc.integer({ min: 1, max: 25 });
  fc.assert(
    fc.property(position, fc.integer({ min: 1, max: 31 }), (at, by) => {
      const refusal = refuseTypedKey(misspelt([at, by]), [MASK]);
      assert.equal(refusal.reason, "KEY_INVALID");
      assert.ok(refusal.message.endsWith(`, found a wrong symbol at position ${at}`), refusal.message);
      const typed = misspelt([at, by])[at - 1];
      assert.ok(
        remedyOf(refusal).endsWith(`; did you mean ${symbols[at - 1]} instead of ${typed} at position ${at}`),
        remedyOf(refusal),
      );
    }),
  );
});

test("two wrong symbols are told with both positions, and that another publisher's key looks like that too", () => {
  const refusal = refuseTypedKey(misspelt([3, 1], [20, 9]), [MASK]);
  assert.match(refusal.message, /found wrong symbols at positions 3 and 20, or a key of another publisher$/);
  const [third, twentieth] = [symbols[2], symbols[19]];
  assert.match(remedyOf(refusal), new RegExp(`mean ${third} instead of . at position 3 and ${twentieth} instead of `));
});

test("of several publishers the one with the nearest reading is believed", () => {
  const refusal = refuseTypedKey(misspelt([12, 5]), [OTHER_MASK, MASK]);
  assert.match(refusal.message, /found a wrong symbol at position 12$/);
});

test("a key too far from every publisher is another publisher's", () => {
  assert.equal(refuseTypedKey(formatProductKey(KEY, OTHER_MASK), [MASK]).reason, "KEY_FOR_OTHER_PUBLISHER");
  assert.equal(refuseTypedKey(TEXT, []).reason, "KEY_FOR_OTHER_PUBLISHER");
});

test("a key of the wrong length or with a foreign symbol is told as that, whoever is known", () => {
  assert.match(refuseTypedKey(TEXT.slice(1), [MASK]).message, /found 24 symbols$/);
  assert.match(refuseTypedKey(TEXT.replace(/^./, "U"), [MASK]).message, /found "U" at position 1$/);
});

test("what is suggested is never taken: a misspelt key is of no publisher", () => {
  assert.deepEqual(publishersOfKey(misspelt([1, 1]), [{ mask: MASK }]), []);
});
