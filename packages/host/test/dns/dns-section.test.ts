import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { RefusalError } from "@countersign/domain";
import { readConfiguration } from "../../src/node/configuration-file.ts";
import { dnsServerOf } from "../../src/node/dns/dns-server-text.ts";
import { openDns } from "../../src/node/dns/open-dns.ts";

const WHOLE = `
dns:
  hostName: KMS1.example.com.
  servers: ["10.0.0.53", "10.0.0.54:5353", "[fd00::53]:5353"]
  subName: false
  unpublishOnStop: true
  domains:
    - { name: example.com, priority: 10, weight: 5, ttl: 600, server: "10.0.0.53:5353" }
    - name: branch.example.com
      key: { name: host-key, algorithm: hmac-sha512, secret: "YSBzZWNyZXQgb2YgdGhlIGRvY3VtZW50YXRpb24=" }
`;
const read = (text: string) => {
  const found = readConfiguration(text);
  assert.ok(found.ok, found.ok ? "" : JSON.stringify(found.problems));
  return found.file.dns;
};
const parts = { random: (length: number) => new Uint8Array(length), clock: { wallMs: () => 0, monotonicMs: () => 0 } };
const openedWith = (text: string, listenAddress = "0.0.0.0") =>
  openDns(read(text), { listenAddress }, parts).dns?.configuration;

describe("the section dns of a configuration", () => {
  const directory = mkdtempSync(join(tmpdir(), "countersign-dns-section-"));
  after(() => rmSync(directory, { recursive: true, force: true }));

  it("names the host, its domains and their keys", () => {
    const opened = openedWith(WHOLE);
    const secret = new TextEncoder().encode("a secret of the documentation");
    assert.deepEqual(opened, {
      ...{ hostName: "kms1.example.com", subName: false, unpublishOnStop: true },
      domains: [
        { name: "example.com", priority: 10, weight: 5, ttlS: 600, server: "10.0.0.53:5353", key: undefined },
        {
          ...{ name: "branch.example.com", priority: 0, weight: 0, ttlS: 3600, server: "" },
          key: { name: "host-key", algorithm: "hmac-sha512", secret },
        },
      ],
    });
  });

  it("may be left out: then the host's own domain is published, where others can reach it", () => {
    const home = [{ name: "example.com", priority: 0, weight: 0, ttlS: 3600, server: "", key: undefined }];
    assert.deepEqual(openedWith("dns: { hostName: kms1.example.com }")?.domains, home);
    for (const loopback of ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
      assert.deepEqual(openedWith("dns: { hostName: kms1.example.com }", loopback)?.domains, [], loopback);
    assert.equal(openDns(undefined, { listenAddress: "0.0.0.0" }, parts).dns, undefined);
  });

  it("takes a secret from a file, and names a file that holds none", () => {
    const secretFile = join(directory, "tsig.secret");
    const text = `dns: { hostName: h.example.com, domains: [{ name: example.com, key: { name: k, secretFile: "${secretFile}" } }] }`;
    assert.throws(
      () => openedWith(text),
      (error) => error instanceof RefusalError && error.refusal.reason === "FILE_UNREADABLE",
    );
    writeFileSync(secretFile, "YSBzZWNyZXQgb2YgdGhlIGRvY3VtZW50YXRpb24=\n", { mode: 0o600 });
    assert.equal(openedWith(text)?.domains[0]?.key?.secret.length, 29);
    writeFileSync(secretFile, "not a secret\n");
    assert.throws(
      () => openedWith(text),
      (error) =>
        error instanceof RefusalError &&
        error.refusal.reason === "CONFIGURATION_INVALID" &&
        !error.message.includes("not a secret"),
    );
  });

  const BENT: readonly (readonly [from: string, to: string, path: string, expected: RegExp])[] = [
    ["hostName: KMS1.example.com.", "hostName: 'kms 1'", "dns.hostName", /^a domain/],
    ["hostName: KMS1.example.com.", "hostName: münchen.example", "dns.hostName", /international names as xn--/],
    ["hostName: KMS1.example.com.", `hostName: ${"a".repeat(64)}.example`, "dns.hostName", /^a domain/],
    ["hostName: KMS1.example.com.", `hostName: ${"a.".repeat(120)}example`, "dns.hostName", /^a domain/],
    ["subName: false", "subName: perhaps", "dns.subName", /true or false/],
    ['"10.0.0.53", ', '"dns.example.com", ', "dns.servers.0", /^an address of a DNS server/],
    ['"10.0.0.53", ', '"10.0.0.53:0", ', "dns.servers.0", /^an address/],
    ["ttl: 600", "ttl: 59", "dns.domains.0.ttl", /from 60 to 86400/],
    ["ttl: 600", "ttl: 86401", "dns.domains.0.ttl", /from 60 to 86400/],
    ["priority: 10", "priority: 65536", "dns.domains.0.priority", /from 0 to 65535/],
    ["weight: 5", "weight: -1", "dns.domains.0.weight", /from 0 to 65535/],
    ["name: branch.example.com", "name: example.com", "dns.domains", /each domain once/],
    ["hmac-sha512", "hmac-md5", "dns.domains.1.key.algorithm", /hmac-sha256, hmac-sha384, hmac-sha512/],
    ["name: host-key", "name: ''", "dns.domains.1.key.name", /a key's name/],
    ["YSBzZWNyZXQgb2YgdGhlIGRvY3VtZW50YXRpb24=", "YSBzZWNyZXQ=", "dns.domains.1.key.secret", /at least 16 bytes/],
    ["YSBzZWNyZXQgb2YgdGhlIGRvY3VtZW50YXRpb24=", "not base64!", "dns.domains.1.key.secret", /base64/],
    [", secret:", ", secretFile: /run/secret, secret:", "dns.domains.1.key", /either secret or secretFile/],
    ["subName: false", "subname: false", "dns.subname", /a name of dns/],
  ];
  for (const [from, to, path, expected] of BENT)
    it(`refuses ${to.slice(0, 40)}, naming ${path}`, () => {
      assert.ok(WHOLE.includes(from));
      const found = readConfiguration(WHOLE.replace(from, to));
      const problems = found.ok ? [] : found.problems;
      assert.equal(problems.length, 1, JSON.stringify(problems));
      assert.equal(problems[0]?.path, path);
      assert.match(problems[0]?.expected ?? "", expected);
      assert.doesNotMatch(problems[0]?.found ?? "", /YSBz|not base64/, "a secret is never printed");
    });
});

describe("an address of a DNS server", () => {
  it("is IPv4 or IPv6, with or without a port", () => {
    assert.deepEqual(["10.0.0.53", "10.0.0.53:5353", "fd00::53", "[fd00::53]:5353", "[::1]"].map(dnsServerOf), [
      { address: "10.0.0.53", port: 53 },
      { address: "10.0.0.53", port: 5353 },
      { address: "fd00::53", port: 53 },
      { address: "fd00::53", port: 5353 },
      { address: "::1", port: 53 },
    ]);
    for (const text of [
      "",
      "dns",
      "10.0.0.53:",
      "10.0.0.53:65536",
      "10.0.0.256",
      "[10.0.0.53]:53",
      "fd00::53:x",
      " 10.0.0.53",
    ])
      assert.equal(dnsServerOf(text), undefined, text);
  });
});
