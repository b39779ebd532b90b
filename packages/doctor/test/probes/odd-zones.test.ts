import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { httpTransport } from "@countersign/client/node";
import { type BindServer, startBind, withoutBind } from "@countersign/testkit/node";
import { finderLines } from "../../src/index.ts";
import { find, type Wanted } from "./find.ts";
import { lyingDns } from "./lying-dns.ts";
import { type Site, startSite } from "./site.ts";
import { freePort, type Stranger, tcpStranger } from "./strangers.ts";

describe("zones as nobody meant them", { skip: withoutBind }, () => {
  const strangers: Stranger[] = [];
  let site: Site;
  let bind: BindServer;
  let closed: number;

  before(async () => {
    site = await startSite();
    const { port: ours } = await site.host("ours");
    closed = await freePort();
    bind = await startBind({
      zones: [
        {
          name: "alias.test",
          records: [`_countersign._tcp CNAME hosts`, `hosts SRV 0 0 ${closed} old`, "old A 127.0.0.1"],
        },
        {
          name: "wide.test",
          records: [
            `_countersign._tcp SRV 0 0 ${ours} wide`,
            ...Array.from({ length: 10 }, (_, i) => `wide A 127.0.0.${i + 1}`),
          ],
        },
        { name: "silent.test" },
        { name: "declined.test", records: ["_countersign._tcp SRV 0 0 0 ."] },
        { name: "empty.test", records: ["_countersign._tcp TXT nothing"] },
        { name: "many.test", records: Array.from({ length: 300 }, (_, i) => `_countersign._tcp SRV 0 0 0 t${i}`) },
      ],
    });
  });

  after(async () => {
    await bind?.stop();
    for (const stranger of strangers) await stranger.stop();
    await site?.stop();
  });

  const wanted = (domain: string): Wanted => ({ domains: [domain], trust: site.trust, server: bind.server });
  const found = (domain: string) => find(wanted(domain));

  it("a domain says what it answered: no such name, no record, declined, and a server that is not there", async () => {
    const sentences = async (domain: string) =>
      (await found(domain)).domains.flatMap(({ names }) =>
        names.map(({ service, sentence }) => `${service}: ${sentence}`),
      );
    assert.deepEqual(await sentences("declined.test"), [
      "own: no such name",
      "generic: the service is declined (target .)",
      "microsoft: no such name",
    ]);
    assert.deepEqual((await sentences("empty.test"))[1], "generic: no SRV record");
    assert.deepEqual((await sentences("elsewhere.test"))[1], "generic: the DNS server failed");
  });

  it("of 300 records 256 are asked and every one is named", async () => {
    const { hosts } = await found("many.test");
    assert.equal(hosts.length, 300);
    assert.equal(hosts.filter(({ verdict }) => verdict === "not-probed").length, 44);
  });

  it("a target with ten addresses of which one answers is that host, and says so", async () => {
    const [host] = (await found("wide.test")).hosts;
    assert.equal(host?.verdict, "ours");
    assert.match(host.because, /9 of its 10 addresses do not answer/);
    assert.equal(host.addresses.filter(({ verdict }) => verdict === "stale").length, 9);
  });

  it("a record behind a CNAME is deleted at the name that holds it", async () => {
    const report = await found("alias.test");
    assert.match(report.domains[0]?.names[1]?.sentence ?? "", /^1 record, of hosts\.alias\.test \(CNAME\)$/);
    assert.deepEqual(report.hosts[0]?.deletions[0]?.nsupdate, [
      "zone alias.test",
      `update delete hosts.alias.test. SRV 0 0 ${closed} old.alias.test.`,
      "send",
    ]);
  });

  it("names that no host has are judged and shown as a zone file has them, and no command is made of them", async () => {
    const odd = ["x $(reboot)", "x';y", "\u043a\u043c\u0441", "a\nsend", "a.b", "-f", Buffer.of(0, 27, 255)];
    const dns = await lyingDns(odd.map((label, i) => ({ port: 1000 + i, target: [label, "test"] })));
    try {
      const report = await find({ ...wanted("odd.test"), server: dns.server });
      assert.equal(report.hosts.length, odd.length);
      for (const { verdict, deletions } of report.hosts) {
        assert.equal(verdict, "stale");
        assert.ok(deletions.length > 0);
        assert.ok(deletions.every(({ nsupdate, powershell }) => nsupdate.length === 0 && powershell === ""));
      }
      assert.ok(report.hosts.some(({ target }) => target === "x \\$\\(reboot\\).test"));
      for (const line of finderLines(report)) assert.doesNotMatch(line, /\p{Cc}/u);
    } finally {
      await dns.stop();
    }
  });

  it("who takes a connection and says nothing is given up after the time a host has", async () => {
    const silent = await tcpStranger();
    strangers.push(silent);
    await bind.update(
      `add _countersign._tcp.silent.test 60 SRV 0 0 ${silent.port} it.silent.test`,
      "add it.silent.test 60 A 127.0.0.1",
    );
    const hasty = httpTransport({ connectTimeoutMs: 3_000, totalTimeoutMs: 200 });
    for (const bounds of [{ transport: hasty }, { addressMs: 200 }]) {
      const [host] = (await find({ ...wanted("silent.test"), ...bounds })).hosts;
      assert.equal(host?.verdict, "stale");
      assert.match(host.because, /TIMEOUT: reply/);
    }
  });

  it("the zone is found by its SOA from a domain below it", async () => {
    const { domains } = await found("berlin.wide.test");
    assert.equal(domains[0]?.zone, "wide.test");
  });
});
