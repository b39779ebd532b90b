import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { after, before, describe, it } from "node:test";
import { publisherTag } from "@countersign/domain";
import { nodeCryptography } from "@countersign/protocol/node";
import { type BindServer, startBind, TEST_KEY, withoutBind } from "@countersign/testkit/node";
import type { FinderReport } from "../../src/index.ts";
import { find } from "./find.ts";
import { forging, relaying, replaying } from "./impostors.ts";
import { type Site, startSite } from "./site.ts";
import { freePort, type Stranger, tcpStranger } from "./strangers.ts";

const DOMAIN = "corp.test";

describe("the finder, with a real BIND, real hosts and real strangers", { skip: withoutBind }, () => {
  const sites: Site[] = [];
  const strangers: Stranger[] = [];
  let bind: BindServer;
  let ports: Record<string, number>;
  let microsoft: Stranger;

  before(async () => {
    const [site, rogueSite] = [await startSite(), await startSite()];
    sites.push(site, rogueSite);
    const tag = publisherTag(site.trust.publisherId, nodeCryptography.sha256);
    const { port: ours } = await site.host("ours");
    const { port: rogue } = await rogueSite.host("rogue");
    const [original, copy] = await site.cloned("copied");
    const impostors = {
      forging: await forging(rogue, rogueSite.trust.publisherId),
      replaying: await replaying(ours),
      relaying: await relaying(ours),
      mail: await tcpStranger("220 mail.corp.test ESMTP\r\n"),
    };
    microsoft = await tcpStranger();
    strangers.push(microsoft, ...Object.values(impostors));
    ports = {
      ...{ ours, "other-site": (await site.host("other")).port, stranger: rogue },
      ...{ original: original.port, copy: copy.port },
      ...{ keyless: (await site.host("keyless", "with-trust")).port },
      ...{ inactive: (await site.host("inactive", "with-key")).port },
      ...Object.fromEntries(Object.entries(impostors).map(([name, { port }]) => [name, port])),
      ...{ closed: await freePort(), nameless: 1688, portless: 0 },
    };
    const names = Object.keys(ports);
    bind = await startBind({
      zones: [
        {
          name: DOMAIN,
          records: [
            ...names.filter((name) => name !== "nameless").map((name) => `${name} A 127.0.0.1`),
            ...names.map((name) => `_countersign._tcp SRV 10 5 ${ports[name]} ${name}`),
            `_${tag}._sub._countersign._tcp SRV 0 0 ${ours} ours`,
            `_vlmcs._tcp SRV 0 0 ${microsoft.port} win`,
            `_vlmcs._tcp SRV 0 0 ${ports["closed"]} win`,
            "win A 127.0.0.1",
          ],
        },
      ],
    });
  });

  after(async () => {
    await bind?.stop();
    for (const stranger of strangers) await stranger.stop();
    for (const site of sites) await site.stop();
  });

  async function found(...named: readonly string[]): Promise<FinderReport> {
    const [site] = sites;
    if (site === undefined) throw new Error("expected a site, found none");
    const ourPorts = named.map((name) => ports[name] ?? 0);
    return find({ domains: [DOMAIN], trust: site.trust, server: bind.server, ourPorts });
  }
  const verdicts = ({ hosts }: FinderReport) =>
    Object.fromEntries(hosts.map(({ target, verdict }) => [target.replace(`.${DOMAIN}`, ""), verdict]));

  it("every host is named for what it is", async () => {
    assert.deepEqual(verdicts(await found("ours")), {
      ...{ ours: "ours", relaying: "ours", "other-site": "other-site", stranger: "other-publisher" },
      ...{ original: "clone", copy: "clone", keyless: "uncertified", inactive: "uncertified" },
      ...{ forging: "uncertified", replaying: "uncertified", mail: "foreign" },
      ...{ closed: "stale", nameless: "stale", portless: "stale" },
    });
  });

  it("what is said of each names its evidence", async () => {
    const { hosts } = await found("ours");
    const because = (name: string) => hosts.find(({ target }) => target === `${name}.${DOMAIN}`)?.because ?? "";
    assert.match(because("forging"), /ISSUER_NOT_TRUSTED/);
    assert.match(because("replaying"), /STATEMENT_MISMATCH: answers another nonce/);
    assert.match(because("inactive"), /HOST_NOT_ACTIVATED/);
    assert.match(because("keyless"), /HOST_NOT_ENABLED/);
    assert.match(because("mail"), /expected HTTP/);
    assert.match(because("closed"), /HOST_UNREACHABLE: refused/);
    assert.match(because("nameless"), /DNS_NAME_NOT_FOUND/);
    assert.match(because("portless"), /port 0/);
    assert.match(because("copy"), new RegExp(`original\\.${DOMAIN.replace(".", "\\.")}:${ports["original"]}`));
    assert.match(because("other-site"), /of customer [0-9a-f]{32}/);
  });

  it("who passes questions on to a host of ours is that host under another name", async () => {
    const { hosts } = await found("ours");
    const relaying = hosts.find(({ target }) => target === `relaying.${DOMAIN}`);
    assert.deepEqual(relaying?.sameAs, [`ours.${DOMAIN}:${ports["ours"]}`]);
    assert.equal(
      relaying.certified[0]?.hostId,
      hosts.find(({ target }) => target === `ours.${DOMAIN}`)?.certified[0]?.hostId,
    );
  });

  it("a Microsoft KMS is looked up and connected to, and gets no byte", async () => {
    const before = microsoft.connections();
    const report = await found("ours");
    assert.deepEqual(
      report.microsoft.map(({ host, answers }) => [host, answers]).toSorted(),
      [
        [`win.${DOMAIN}:${ports["closed"]}`, false],
        [`win.${DOMAIN}:${microsoft.port}`, true],
      ].toSorted(),
    );
    assert.equal(microsoft.connections(), before + 1);
    assert.equal(microsoft.bytes(), 0);
  });

  it("the split count: hosts of ours that count alone, with what each needs", async () => {
    // Nobody said who we are, and hosts of several customers are there: no count is ours.
    assert.deepEqual((await found()).counts, []);
    const [named] = (await found("ours", "other-site")).counts;
    assert.deepEqual(
      named?.hosts.map(({ host, currentCount, required }) => [host.split(".")[0], currentCount, required]),
      [
        ["other-site", 0, 5],
        ["ours", 0, 5],
      ],
    );
    assert.equal(named.state, "too-few");
  });

  it("the deletions that nsupdate is given take exactly the records of what is stale, uncertified or foreign", async () => {
    const report = await found("ours");
    const before = await bind.transfer(DOMAIN);
    const doomed = [
      "keyless",
      "inactive",
      "forging",
      "replaying",
      "mail",
      "closed",
      "nameless",
      "portless",
      "other-site",
    ];
    const lines = report.hosts.flatMap(({ deletions }) => deletions.flatMap(({ nsupdate }) => nsupdate));
    const { algorithm, name, secretBase64 } = TEST_KEY;
    const input = [`server ${bind.address} ${bind.port}`, ...lines, ""].join("\n");
    const ran = spawnSync("nsupdate", ["-y", `${algorithm}:${name}:${secretBase64}`], { input, encoding: "utf8" });
    assert.equal(ran.status, 0, ran.stderr);
    const now = await bind.transfer(DOMAIN);
    assert.deepEqual(
      before
        .filter((line) => !now.includes(line))
        .map((line) => line.split(" ").at(-1)?.split(".")[0])
        .toSorted(),
      doomed.toSorted(),
    );
    assert.deepEqual(
      now.filter((line) => !before.includes(line)),
      [],
    );
    const again = await found("ours");
    assert.deepEqual(
      again.hosts.flatMap(({ deletions }) => deletions),
      [],
    );
    for (const line of before.filter((one) => !now.includes(one)))
      await bind.update(`add ${line.replace(" IN ", " ")}`);
  });
});
