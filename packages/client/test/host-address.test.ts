import assert from "node:assert/strict";
import { test } from "node:test";
import { formatHostTarget, parseHostAddress } from "../src/index.ts";

const BEFORE = { host: "kept.example", port: 1700 };

const READ: readonly (readonly [string, string])[] = [
  ["host", "host:1688"],
  ["host.example.com", "host.example.com:1688"],
  ["host.example.com:41688", "host.example.com:41688"],
  [":1700", "kept.example:1700"],
  ["192.0.2.7", "192.0.2.7:1688"],
  ["192.0.2.7:80", "192.0.2.7:80"],
  ["[2001:db8::1]", "[2001:db8::1]:1688"],
  ["[2001:db8::1]:1700", "[2001:db8::1]:1700"],
  ["  host  ", "host:1688"],
];

for (const [text, expected] of READ) {
  test(`"${text}" is ${expected}`, () => {
    const parsed = parseHostAddress(text, BEFORE);
    assert.equal(parsed.ok && formatHostTarget(parsed), expected);
  });
}

const REFUSED: readonly (readonly [string, string])[] = [
  ["", "empty"],
  ["host:http", "port"],
  ["host:0", "port"],
  ["host:65536", "port"],
  ["host:", "port"],
  ["2001:db8::1", "ipv6-without-brackets"],
  ["2001:db8::1:1688", "ipv6-without-brackets"],
  ["ho st", "name"],
  ["http//host", "name"],
  ["-host", "name"],
];

for (const [text, problem] of REFUSED) {
  test(`"${text}" is refused: ${problem}`, () => {
    const parsed = parseHostAddress(text, BEFORE);
    assert.equal(parsed.ok ? "" : parsed.problem, problem);
  });
}

test("a port alone needs a host that was set before", () => {
  const parsed = parseHostAddress(":1688");
  assert.equal(parsed.ok ? "" : parsed.problem, "empty");
});
