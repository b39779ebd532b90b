import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { publisherTag } from "@countersign/domain";
import { nodeCryptography } from "@countersign/protocol/node";
import { type BindServer, startBind, withoutBind } from "@countersign/testkit/node";
import { bendingProxy } from "./bending-proxy.ts";
import {
  dnsEvents,
  domainOf,
  HOST_KEY,
  openPublishingSite,
  policyFor,
  sectionOf,
  servicesIn,
} from "./published-host.ts";

const OTHERS = [
  "_countersign._tcp 1200 SRV 7 3 1688 other",
  "_countersign._tcp 1200 SRV 0 0 1688 kms",
  "www A 127.0.0.9",
];

describe("a host publishes itself in BIND", { skip: withoutBind }, () => {
  let site: Awaited<ReturnType<typeof openPublishingSite>>;
  let bind: BindServer;
  let own = "";
  before(async () => {
    site = await openPublishingSite();
    const zones = ["example.test", "branch.test", "closed.test", "bare.test"].map((name) => ({
      name,
      ...(name === "closed.test"
        ? {}
        : name === "bare.test"
          ? { allowUpdate: ["any"] }
          : { updatePolicy: policyFor(name) }),
      records: name === "branch.test" ? OTHERS : [],
    }));
    bind = await startBind({ zones, keys: [HOST_KEY] });
    const status = await (
      await site.start(await site.directory(), sectionOf(bind.server, { domains: [] }))
    ).admin.getStatus({});
    const tag = publisherTag(status.seats[0]?.publisherId ?? new Uint8Array(), nodeCryptography.sha256);
    own = `_${tag}._sub._countersign._tcp`;
  });
  after(async () => {
    await site?.close();
    await bind?.stop();
  });

  const difference = (from: readonly string[], to: readonly string[]) => ({
    added: to.filter((line) => !from.includes(line)),
    removed: from.filter((line) => !to.includes(line)),
  });

  it("adds exactly its records, says so by event and status, and takes exactly them back", async () => {
    const zone = await bind.transfer("example.test");
    const { admin, port } = await site.start(await site.directory(), sectionOf(bind.server));
    const { dns } = await admin.publishDns({});
    const published = await bind.transfer("example.test");
    assert.deepEqual(difference(zone, published), {
      added: [
        `_countersign._tcp.example.test. 3600 IN SRV 0 0 ${port} kms.example.test.`,
        `${own}.example.test. 3600 IN SRV 0 0 ${port} kms.example.test.`,
      ].sort(),
      removed: [],
    });
    assert.equal(dns?.domains[0]?.last?.code, 0);
    assert.equal(dns?.domains[0]?.last?.server, bind.server);
    assert.deepEqual(new Set(await dnsEvents(admin)), new Set(["12294 example.test"]));
    const licence = JSON.parse((await admin.getLicence({})).licencesJson[0] ?? "");
    assert.deepEqual(
      licence.host.dnsPublications.map(({ domain, code }: { domain: string; code: number }) => [domain, code]),
      [["example.test", 0]],
    );
    await admin.unpublishDns({});
    assert.deepEqual(await bind.transfer("example.test"), zone);
    assert.equal((await dnsEvents(admin)).at(-1), "30023 example.test");
  });

  it("publishes by itself when it starts, and keeps its record over a stop", async () => {
    const directory = await site.directory();
    const host = await site.start(directory, sectionOf(bind.server, { hostName: "one.example.test" }));
    // A stop waits for the round under way, or breaks it off: the question comes after the round.
    await host.admin.publishDns({});
    await host.stop();
    assert.equal(
      (await servicesIn(bind, "example.test")).filter((line) => line.includes("one.example.test.")).length,
      2,
    );
    const again = await site.start(directory, sectionOf(bind.server, { hostName: "two.example.test" }));
    await again.admin.publishDns({});
    const lines = await servicesIn(bind, "example.test");
    assert.deepEqual(
      [lines.filter((line) => line.includes("one.")).length, lines.filter((line) => line.includes("two.")).length],
      [0, 2],
      "another name takes the old record's place",
    );
    await again.admin.unpublishDns({});
  });

  it("unpublishes on a stop only where the configuration says so", async () => {
    const before = await bind.transfer("example.test");
    const host = await site.start(await site.directory(), sectionOf(bind.server, { unpublishOnStop: true }));
    await host.admin.publishDns({});
    assert.notDeepEqual(await bind.transfer("example.test"), before);
    await host.stop();
    assert.deepEqual(await bind.transfer("example.test"), before);
  });

  it("never touches another host's record, nor its TTL, nor one like its own that it did not publish", async () => {
    const before = await bind.transfer("branch.test");
    const domains = [domainOf("branch.test", { priority: 5, weight: 60, ttl: 600 })];
    const host = await site.start(await site.directory(), sectionOf(bind.server, { domains }));
    await host.admin.publishDns({});
    assert.deepEqual(difference(before, await bind.transfer("branch.test")), {
      added: [
        `_countersign._tcp.branch.test. 1200 IN SRV 5 60 ${host.port} kms.example.test.`,
        `${own}.branch.test. 1200 IN SRV 5 60 ${host.port} kms.example.test.`,
      ].sort(),
      removed: [],
    });
    await host.admin.unpublishDns({});
    assert.deepEqual(await bind.transfer("branch.test"), before);
  });

  it("publishes in several domains, each with its own numbers and key; one that fails keeps no other back", async () => {
    const domains = [
      domainOf("closed.test"),
      domainOf("branch.test", { priority: 1 }),
      domainOf("nowhere.test"),
      domainOf("example.test", { weight: 9, ttl: 60 }),
    ];
    const host = await site.start(await site.directory(), sectionOf(bind.server, { domains, subName: false }));
    const { dns } = await host.admin.publishDns({});
    assert.deepEqual(
      dns?.domains.map(({ domain, last }) => [domain, last?.reason]),
      [
        ["closed.test", "DNS_REFUSED"],
        ["branch.test", ""],
        ["nowhere.test", "DNS_ZONE_NOT_FOUND"],
        ["example.test", ""],
      ],
    );
    assert.deepEqual(await servicesIn(bind, "example.test"), [
      `_countersign._tcp.example.test. 60 IN SRV 0 9 ${host.port} kms.example.test.`,
    ]);
    assert.deepEqual(
      [...new Set(await dnsEvents(host.admin))],
      ["12293 closed.test 0x8007232d", "12294 branch.test", "12293 nowhere.test 0x80072581", "12294 example.test"],
    );
    assert.equal((await host.admin.getStatus({})).seats[0]?.hostStatus, "licensed", "and it serves all the same");
    await host.admin.unpublishDns({});
  });

  it("takes its records out of a domain that left the configuration, and only its own", async () => {
    const other = "_countersign._tcp.bare.test 3600 SRV 0 0 1688 other.test.";
    await bind.update(`add ${other}`);
    const before = await bind.transfer("bare.test");
    const directory = await site.directory();
    const domains = [domainOf("bare.test", { key: undefined })];
    const host = await site.start(directory, sectionOf(bind.server, { domains }));
    await host.admin.publishDns({});
    assert.equal((await servicesIn(bind, "bare.test")).length, 3);
    await host.stop();
    const again = await site.start(directory, sectionOf(bind.server));
    await again.admin.publishDns({});
    assert.deepEqual(await bind.transfer("bare.test"), before);
    assert.ok((await dnsEvents(again.admin)).includes("30023 bare.test"));
    await again.admin.unpublishDns({});
  });

  it("follows a port changed by /sprt: the new record is there, the old one is not", async () => {
    // A port of an option would be pinned.
    const settingLayers = [{ source: "file", place: "", values: { listeningPort: 0 } }] as const;
    const host = await site.start(await site.directory(), sectionOf(bind.server), { port: undefined, settingLayers });
    await host.admin.publishDns({});
    await host.admin.setSetting({ name: "listeningPort", value: String(await unusedPort()) });
    const { listeningPort } = await host.admin.getStatus({});
    // The change itself has begun a round; this one comes after it.
    await host.admin.publishDns({});
    const ports = (await servicesIn(bind, "example.test")).map((line) => Number(line.split(" ")[6]));
    assert.deepEqual(ports, [listeningPort, listeningPort]);
    await host.admin.unpublishDns({});
  });

  it("publishes nothing once /cdns said so, and takes it up again at /sdns", async () => {
    const host = await site.start(await site.directory(), sectionOf(bind.server));
    await host.admin.publishDns({});
    await host.admin.setSetting({ name: "dnsPublishing", value: "off" });
    await assert.rejects(
      host.admin.publishDns({}),
      /expected something to publish in DNS, found that publishing is off/,
    );
    await host.admin.unpublishDns({});
    assert.deepEqual(await servicesIn(bind, "example.test"), []);
    await host.admin.setSetting({ name: "dnsPublishing", value: "on" });
    await host.admin.publishDns({});
    assert.equal((await servicesIn(bind, "example.test")).length, 2);
    await host.admin.unpublishDns({});
  });

  it("says with a wrong key what failed and what to do, once a day and whenever somebody asks; service goes on", async () => {
    const key = { name: HOST_KEY.name, algorithm: "hmac-sha256", secret: "QSBzZWNyZXQgdGhhdCBpcyB3cm9uZw==" } as const;
    const domains = [domainOf("example.test", { key: { ...key, secretFile: undefined } })];
    const directory = await site.directory();
    const host = await site.start(directory, sectionOf(bind.server, { domains }));
    const { dns } = await host.admin.publishDns({});
    const last = dns?.domains[0]?.last;
    assert.deepEqual(
      [last?.reason, last?.code, last?.remedy, last?.lastSuccessMs],
      ["DNS_BADSIG", 0x80072338, "compare the TSIG secret and algorithm on both sides", 0n],
    );
    assert.deepEqual(new Set(await dnsEvents(host.admin)), new Set(["12293 example.test 0x80072338"]));
    const { length } = await dnsEvents(host.admin);
    assert.equal((await host.admin.getStatus({})).seats[0]?.hostStatus, "licensed");
    await host.stop();
    // The same failure at the next start is no news; a person who asks is told all the same.
    const again = await site.start(directory, sectionOf(bind.server, { domains }));
    await again.admin.unpublishDns({});
    assert.equal((await dnsEvents(again.admin)).length, length + 1);
    assert.doesNotMatch(JSON.stringify(await again.admin.getStatus({}), bigintText), /QSBzZWNyZXQ|A secret/);
  });

  it("starts, serves and stops as ever while the DNS server says nothing; that says nothing of the server", async () => {
    const asked = Promise.withResolvers<void>();
    const silent = await bendingProxy(bind, async () => asked.resolve());
    try {
      const directory = await site.directory();
      const host = await site.start(directory, sectionOf(silent.server));
      await asked.promise;
      const { seats, dns } = await host.admin.getStatus({});
      assert.deepEqual([seats[0]?.hostStatus, dns?.domains[0]?.last], ["licensed", undefined]);
      await host.stop();
      const later = await site.start(directory, sectionOf(bind.server));
      await later.admin.publishDns({});
      assert.deepEqual(new Set(await dnsEvents(later.admin)), new Set(["12294 example.test"]));
      await later.admin.unpublishDns({});
    } finally {
      await silent.stop();
    }
  });

  it("is given rights over its own names alone: BIND refuses its key every other name, type and record of the zone", async () => {
    const before = await bind.transfer("branch.test");
    for (const line of [
      "add www.branch.test 60 A 127.0.0.1",
      'add _countersign._tcp.branch.test 60 TXT "x"',
      "add _countersign._udp.branch.test 60 SRV 0 0 1688 evil.test.",
      "add _vlmcs._tcp.branch.test 60 SRV 0 0 1688 evil.test.",
      "delete www.branch.test A",
      "delete branch.test NS",
      "add branch.test 60 SRV 0 0 1688 evil.test.",
    ])
      await assert.rejects(bind.updateAs(HOST_KEY, line), /REFUSED/, line);
    assert.deepEqual(await bind.transfer("branch.test"), before);
  });
});

async function unusedPort(): Promise<number> {
  const { createServer } = await import("node:net");
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}

function bigintText(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}
