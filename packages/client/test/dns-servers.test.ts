import assert from "node:assert/strict";
import { test } from "node:test";
import { readSetting, writeSetting } from "../src/settings/setting-values.ts";

const READ: readonly (readonly [unknown, string])[] = [
  ["", ""],
  ["192.0.2.53", "192.0.2.53:53"],
  ["192.0.2.53:5353", "192.0.2.53:5353"],
  ["192.0.2.53, 192.0.2.54:54", "192.0.2.53:53, 192.0.2.54:54"],
  [["192.0.2.53"], "192.0.2.53:53"],
  ["2001:db8::53", "[2001:db8::53]:53"],
  ["[2001:db8::53]", "[2001:db8::53]:53"],
  ["[2001:db8::53]:5353", "[2001:db8::53]:5353"],
  ["::1", "[::1]:53"],
];

for (const [json, expected] of READ) {
  test(`DNS servers ${JSON.stringify(json)} are ${JSON.stringify(expected)}`, () => {
    const read = readSetting("dnsServers", json, undefined);
    assert.ok(read.ok, JSON.stringify(read));
    assert.equal(writeSetting("dnsServers", { dnsServers: read.value as readonly string[] }), expected);
  });
}

const REFUSED: readonly unknown[] = [
  "dns.example.com",
  "192.0.2.256",
  "192.0.2",
  "192.0.2.53:0",
  "192.0.2.53:65536",
  "[192.0.2.53]:53",
  "[2001:db8::1::2]:53",
  "[:::]",
  "2001:db8:0:0:0:0:0:0:53",
  "fe80::1%eth0",
  "1.1.1.1,2.2.2.2,3.3.3.3,4.4.4.4,5.5.5.5",
  [53],
  { host: "192.0.2.53" },
  true,
];

for (const json of REFUSED) {
  test(`DNS servers ${JSON.stringify(json)} are refused with what was expected and found`, () => {
    const read = readSetting("dnsServers", json, undefined);
    assert.ok(!read.ok);
    assert.match(read.expected, /at most 4 of ip, ip:port or \[IPv6\]:port/);
    assert.equal(read.found, JSON.stringify(json));
  });
}
