import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readLinuxDomain } from "../../src/node/machine-domain/linux-domain.ts";
import { readMacosDomain } from "../../src/node/machine-domain/macos-domain.ts";
import { readMachineDomain } from "../../src/node/machine-domain/read-machine-domain.ts";
import { readWindowsDomain } from "../../src/node/machine-domain/windows-domain.ts";

const linux = (capture: Partial<Parameters<typeof readLinuxDomain>[0]>) => {
  const found = readLinuxDomain({ hostname: "pc-7", hosts: "127.0.0.1 localhost\n", resolvConf: "", ...capture });
  return found && `${found.domain} ${found.origin}`;
};

describe("the domain of a Linux machine", () => {
  it("is that of its full name, from the host name or the hosts file, before the resolver's", () => {
    const resolvConf = "search resolver.test\n";
    assert.equal(linux({ hostname: "pc-7.Corp.Test", resolvConf }), "corp.test fqdn");
    const hosts = "127.0.1.1\tpc-7.corp.test pc-7 # this machine\n192.0.2.7 pc-7.later.test pc-7\n";
    assert.equal(linux({ hosts, resolvConf }), "corp.test fqdn");
    assert.equal(linux({ hosts: "#127.0.1.1 pc-7.corp.test pc-7\n", resolvConf }), "resolver.test resolv.conf");
    assert.equal(linux({ hosts: "127.0.1.1 pc-77.corp.test pc-77\n", resolvConf }), "resolver.test resolv.conf");
  });

  it("is `domain` or the first of `search`, whichever comes last in resolv.conf", () => {
    assert.equal(linux({ resolvConf: "domain one.test\nnameserver 192.0.2.1\n" }), "one.test resolv.conf");
    assert.equal(linux({ resolvConf: "domain one.test\nsearch two.test three.test\n" }), "two.test resolv.conf");
    assert.equal(linux({ resolvConf: "search two.test three.test\ndomain one.test\n" }), "one.test resolv.conf");
  });

  it("is none where only placeholders stand, or nothing", () => {
    for (const resolvConf of ["", "search .\n", "search\n", "# search a.test\n", "search localdomain\n"]) {
      assert.equal(linux({ resolvConf }), undefined, resolvConf);
    }
    assert.equal(linux({ hostname: "localhost.localdomain" }), undefined);
  });
});

describe("the domain of a Windows machine, from captured output", () => {
  const tcpip = [
    "",
    "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters",
    "    DataBasePath    REG_EXPAND_SZ    %SystemRoot%\\System32\\drivers\\etc",
    "    Domain    REG_SZ    corp.example.com",
    "    DhcpDomain    REG_SZ    office.example.com",
    "    NV Domain    REG_SZ    corp.example.com",
    "    Hostname    REG_SZ    PC-7",
    "",
  ];
  const without = (...names: readonly string[]) =>
    tcpip
      .map((line) => (names.some((name) => line.startsWith(`    ${name} `)) ? line.replace(/\S+$/, "") : line))
      .join("\r\n");
  const member = "\r\n\r\nPartOfDomain : True\r\nDomain       : ad.example.com\r\n\r\n";
  const workgroup = "\r\n\r\nPartOfDomain : False\r\nDomain       : WORKGROUP\r\n\r\n";

  it("is the primary suffix, else the AD domain, else what DHCP gave", () => {
    const read = (registry: string, computerSystem: string) => readWindowsDomain({ tcpip: registry, computerSystem });
    assert.deepEqual(read(without(), member), { domain: "corp.example.com", origin: "primary-suffix" });
    const bare = without("Domain", "NV Domain");
    assert.deepEqual(read(bare, member), { domain: "ad.example.com", origin: "ad-domain" });
    assert.deepEqual(read(bare, workgroup), { domain: "office.example.com", origin: "dhcp" });
    assert.equal(read("", ""), undefined);
  });
});

describe("the domain of a Mac, from captured output", () => {
  const printed = `DNS configuration

resolver #1
  search domain[0] : corp.example.com
  search domain[1] : example.com
  nameserver[0] : 192.0.2.53
  flags    : Request A records
  reach    : 0x00000002 (Reachable)

resolver #2
  domain   : local
  options  : mdns
`;

  it("is the first search domain of the first resolver", () => {
    assert.deepEqual(readMacosDomain(printed), { domain: "corp.example.com", origin: "scutil" });
    assert.equal(readMacosDomain(printed.replace(/ {2}search.*\n/g, "")), undefined);
    assert.equal(readMacosDomain(""), undefined);
  });
});

describe("COUNTERSIGN_DOMAIN", () => {
  it("goes before what the machine says; `off` is no domain", async (t) => {
    const before = process.env["COUNTERSIGN_DOMAIN"];
    t.after(() => {
      if (before === undefined) delete process.env["COUNTERSIGN_DOMAIN"];
      else process.env["COUNTERSIGN_DOMAIN"] = before;
    });
    process.env["COUNTERSIGN_DOMAIN"] = "pods.test";
    assert.deepEqual(await readMachineDomain(), { domain: "pods.test", origin: "environment" });
    process.env["COUNTERSIGN_DOMAIN"] = "off";
    assert.equal(await readMachineDomain(), undefined);
  });
});
