import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { asciiBytes, pae } from "../src/index.ts";

const text = (bytes: Uint8Array) => String.fromCharCode(...bytes);
/** Types made to be confused: digits and blanks of their own. */
const anyType = fc.oneof(
  fc.string({ unit: fc.constantFrom("a", "1", " ", "0") }),
  fc.string({ unit: "grapheme-ascii" }),
);
const anyBody = fc.oneof(fc.uint8Array({ maxLength: 40 }), anyType.map(asciiBytes));

/** Reads a pre-authentication encoding back, by its own lengths. */
function split(encoded: Uint8Array): { type: string; body: string } {
  const whole = text(encoded);
  const [, typeLength = ""] = /^DSSEv1 (\d+) /.exec(whole) ?? [];
  const typeStart = `DSSEv1 ${typeLength} `.length;
  const type = whole.slice(typeStart, typeStart + Number(typeLength));
  const rest = whole.slice(typeStart + Number(typeLength));
  const [head = "", bodyLength = ""] = /^ (\d+) /.exec(rest) ?? [];
  assert.equal(rest.length, head.length + Number(bodyLength));
  return { type, body: rest.slice(head.length) };
}

test("the encoding is DSSE's own example", () => {
  assert.equal(
    text(pae("http://example.com/HelloWorld", asciiBytes("hello world"))),
    "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
  );
  assert.equal(text(pae("", new Uint8Array())), "DSSEv1 0  0 ");
});

test("type and body can be read back, so no two pairs have one encoding (I3)", () => {
  fc.assert(
    fc.property(anyType, anyBody, (type, body) => {
      assert.deepEqual(split(pae(type, body)), { type, body: text(body) });
    }),
    { numRuns: 1000 },
  );
});

test("moving a byte between type and body changes the encoding", () => {
  fc.assert(
    fc.property(anyType, anyBody, (type, body) => {
      fc.pre(type.length > 0);
      const moved = Uint8Array.of(...asciiBytes(type.slice(-1)), ...body);
      assert.notDeepEqual(pae(type.slice(0, -1), moved), pae(type, body));
    }),
  );
});
