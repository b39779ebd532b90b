import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import {
  type BindServer,
  type CableSite,
  type CableVendor,
  expectDone,
  makeHost,
  openCableSite,
  openVendor,
  type RunningProgram,
  serveHost,
  startBind,
  type TsigKey,
  withoutBind,
  withoutNamespaces,
} from "@countersign/testkit/node";
import { COMMAND } from "./command.ts";

const KEY: TsigKey = {
  name: "host-key.",
  algorithm: "hmac-sha384",
  secretBase64: "YSBzZWNyZXQgb2YgdGhlIHNpdGUsIGZvcnR5LWVpZ2h0IGJ5dGVzIGxvbmcsIG1vcmUgb3I=",
};
const RESOLV = ["nameserver 10.77.0.53", "search corp.test"];
const GENERIC = "_countersign._tcp.corp.test";

/** What a host needs to publish itself: the key of the zone. */
const HOST_YAML = `dns:
  domains:
    - name: corp.test
      key: { name: host-key, algorithm: hmac-sha384, secret: ${KEY.secretBase64} }
`;

// Three machines, a DNS server and a vendor, each with an address of its own; every program is the real one.
describe("two hosts that publish themselves, and a client that knows neither", {
  skip: withoutNamespaces || withoutBind,
}, () => {
  let site: CableSite;
  let dns: BindServer;
  let vendor: CableVendor;
  const hosts: Record<string, RunningProgram> = {};
  let survivor = "";

  before(async () => {
    site = await openCableSite(
      {
        dns: { address: "10.77.0.53" },
        vendor: { address: "10.77.0.5" },
        kms1: { address: "10.77.0.11", hostName: "kms1.corp.test", resolv: RESOLV },
        kms2: { address: "10.77.0.12", hostName: "kms2.corp.test", resolv: RESOLV },
        pc: { address: "10.77.0.21", hostName: "pc-1.corp.test", resolv: RESOLV },
      },
      { command: COMMAND },
    );
    dns = await startBind({
      netns: site.network.netns("dns"),
      address: "10.77.0.53",
      port: 53,
      keys: [KEY],
      zones: [
        {
          name: "corp.test",
          records: ["kms1 A 10.77.0.11", "kms2 A 10.77.0.12"],
          updatePolicy: [`grant host-key. name ${GENERIC}. SRV`, `grant host-key. wildcard *._sub.${GENERIC}. SRV`],
        },
      ],
    });
    vendor = await openVendor(site, "vendor", [{ name: "Editor", requiredCount: 1 }]);
    for (const machine of ["kms1", "kms2"]) {
      await makeHost(site, machine, vendor);
      site.write(machine, "etc/host.yaml", HOST_YAML);
    }
  });
  after(async () => {
    await dns?.stop();
    await site?.close();
  });

  /** Until the zone holds what is wanted: each look is a whole transfer, so nothing is awaited by the clock. */
  async function zoneHolding(wanted: RegExp, times: number): Promise<readonly string[]> {
    for (;;) {
      const zone = await dns.transfer("corp.test");
      if (zone.filter((line) => wanted.test(line)).length === times) return zone;
    }
  }

  test("each publishes exactly its own two records, as dig shows them", async () => {
    let before = await dns.transfer("corp.test");
    for (const [i, machine] of ["kms1", "kms2"].entries()) {
      hosts[machine] = await serveHost(site, machine);
      const zone = await zoneHolding(/ SRV /, 2 * (i + 1));
      const added = zone.filter((line) => !before.includes(line));
      assert.deepEqual(
        before.filter((line) => !zone.includes(line)),
        [],
      );
      assert.equal(added.length, 2);
      assert.ok(
        added.every((line) => line.endsWith(`3600 IN SRV 0 0 1688 ${machine}.corp.test.`)),
        added.join("\n"),
      );
      before = zone;
    }
    const asked = await dns.query(GENERIC, "SRV");
    assert.equal(asked.length, 2);
    assert.match(asked.join("\n"), /_countersign\._tcp\.corp\.test\.\s+3600\s+IN\s+SRV\s+0 0 1688 kms1\.corp\.test\./);
  });

  test("the key of the hosts may change nothing else in the zone", async () => {
    for (const line of [
      "add www.corp.test 60 A 10.77.0.99",
      `add ${GENERIC} 60 TXT "x"`,
      "delete kms1.corp.test A",
      "add _vlmcs._tcp.corp.test 60 SRV 0 0 1688 kms1.corp.test.",
    ])
      await assert.rejects(dns.updateAs(KEY, line), /REFUSED/, line);
  });

  test("a client with a trust file, its setup key and its domain finds one, is activated, and finds the other when that is killed", async () => {
    await expectDone(site.run("pc", "client", "init", "--trust", vendor.trustFile, "--product", "Editor"));
    const activate = async () => {
      const { stdout } = await expectDone(site.run("pc", "client", "activate", "-o", "json"));
      return JSON.parse(stdout).host as string;
    };
    const first = await activate();
    assert.match(first, /^kms[12]\.corp\.test:1688$/);
    const gone = first.slice(0, 4);
    hosts[gone]?.signal("SIGKILL");
    await hosts[gone]?.ended;
    const second = await activate();
    survivor = gone === "kms1" ? "kms2" : "kms1";
    assert.equal(second, `${survivor}.corp.test:1688`);
  });

  test("a host that takes its records back takes those alone, while it runs on", async () => {
    const before = await dns.transfer("corp.test");
    await expectDone(site.run(survivor, "host", "dns", "unpublish"));
    const zone = await dns.transfer("corp.test");
    const removed = before.filter((line) => !zone.includes(line));
    assert.equal(removed.length, 2);
    assert.ok(removed.every((line) => line.includes(`${survivor}.corp.test.`)));
    assert.deepEqual(
      zone.filter((line) => !before.includes(line)),
      [],
    );
  });
});
