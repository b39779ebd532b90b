import assert from "node:assert/strict";
import { test } from "node:test";
import { isOwnNetwork, sourceOf } from "../../src/core/source-address.ts";

test("loopback, private, link-local and Unix peers are own networks; everybody else is not", () => {
  const own = ["", "127.0.0.1", "10.1.2.3", "172.16.0.1", "172.31.255.1", "192.168.1.1", "169.254.3.4"];
  const ownSix = ["::1", "fc00::1", "fd12:3456::1", "fe80::1", "febf::1", "::ffff:10.0.0.1", "::FFFF:127.0.0.1"];
  for (const address of [...own, ...ownSix]) assert.equal(isOwnNetwork(address), true, address);
  const others = ["8.8.8.8", "172.15.0.1", "172.32.0.1", "192.169.0.1", "11.0.0.1", "1270.0.0.1", "169.253.1.1"];
  const otherSix = ["::", "2001:db8::1", "fec0::1", "fb00::1", "::ffff:8.8.8.8", "::11", "fe7f::1"];
  for (const address of [...others, ...otherSix]) assert.equal(isOwnNetwork(address), false, address);
});

test("a source is an IPv4 address, mapped or not, or the first 64 bits of an IPv6 address", () => {
  assert.equal(sourceOf("192.0.2.1"), "192.0.2.1");
  assert.equal(sourceOf("::ffff:192.0.2.1"), "192.0.2.1");
  assert.equal(sourceOf("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  assert.equal(sourceOf("2001:db8::1"), "2001:db8:0:0::/64");
  assert.equal(sourceOf("2001:db8:1:2::"), "2001:db8:1:2::/64");
  assert.equal(sourceOf("::1"), "0:0:0:0::/64");
  assert.equal(sourceOf("1::8"), "1:0:0:0::/64");
  assert.equal(sourceOf(""), "");
});
