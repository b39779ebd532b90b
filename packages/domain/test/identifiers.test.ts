import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  clientMachineIdFrom,
  clientMachineIdText,
  concatBytes,
  equalBytes,
  fromHex,
  fromUuid,
  isZero,
  parseClientMachineId,
  toHex,
  toUuid,
} from "../src/index.ts";

const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 });

test("bytes survive hexadecimal, in either case, and nothing else is hexadecimal", () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      assert.equal(toHex(bytes), Buffer.from(bytes).toString("hex"));
      assert.deepEqual(fromHex(toHex(bytes).toUpperCase()), bytes);
    }),
  );
  for (const text of ["0", "0g", " 00", "0x00", "00-00", "٠٠"]) assert.equal(fromHex(text), undefined, text);
});

test("a UUID is read with or without dashes and braces, and only when it is one", () => {
  fc.assert(
    fc.property(bytes16, (bytes) => {
      const text = toUuid(bytes);
      assert.match(text, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
      for (const typed of [text, text.toUpperCase(), `{${text}}`, ` ${text} `, text.replaceAll("-", "")]) {
        assert.deepEqual(fromUuid(typed), bytes);
      }
      for (const broken of [text.slice(1), `${text}0`, `g${text.slice(1)}`, `{${text}`, `${text} ${text}`]) {
        assert.equal(fromUuid(broken), undefined, broken);
      }
    }),
  );
});

test("a CMID is a UUIDv4 of 122 random bits, and is its own text", () => {
  fc.assert(
    fc.property(bytes16, (random) => {
      const before = random.slice();
      const cmid = clientMachineIdFrom(random);
      assert.match(clientMachineIdText(cmid), /^.{14}4.{4}[89ab]/);
      assert.deepEqual(parseClientMachineId(clientMachineIdText(cmid)), cmid);
      assert.deepEqual(random, before, "the random bytes are not changed");
      const differing = cmid.filter((byte, i) => byte !== random[i]).length;
      assert.ok(differing <= 2);
    }),
  );
  assert.equal(parseClientMachineId("none"), undefined);
});

test("equality is of contents, joining keeps order, and an id of zeros is known as such (R5)", () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
      assert.deepEqual(concatBytes(a, b), Uint8Array.of(...a, ...b));
      assert.equal(equalBytes(a, b), Buffer.from(a).equals(Buffer.from(b)));
      assert.ok(equalBytes(a, a.slice()));
      assert.equal(isZero(a), toHex(a).replaceAll("0", "") === "");
    }),
  );
  assert.equal(equalBytes(Uint8Array.of(1), Uint8Array.of(1, 0)), false);
});
