import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { after, before, describe, it } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { httpTransport } from "@countersign/client/node";
import { publisherTag } from "@countersign/domain";
import { GetHostInfoRequestSchema } from "@countersign/protocol/gen/activation";
import { nodeCryptography } from "@countersign/protocol/node";
import { type BindServer, startBind, TEST_KEY, withoutBind } from "@countersign/testkit/node";
import { type FinderReport, judgeHosts } from "../../src/index.ts";
import { dnsLookUp, type FinderQuestion, gatherFinderFacts } from "../../src/probes/index.ts";
import { type Site, startSite } from "./site.ts";
import { freePort, httpStranger, type Stranger, tcpStranger } from "./strangers.ts";

const DOMAIN = "corp.test";
const transport = httpTransport({ connectTimeoutMs: 3_000, totalTimeoutMs: 10_000 });

describe("the finder, with a real BIND, real hosts and real strangers", { skip: withoutBind }, () => {
  const sites: Site[] = [];
  const strangers: Stranger[] = [];
  let bind: BindServer;
  let ports: Record<string, number>;
  let microsoft: Stranger;
  let tag: string;

  before(async () => {
    const [site, rogueSite] = [await startSite(), await startSite()];
    sites.push(site, rogueSite);
    tag = publisherTag(site.trust.publisherId, nodeCryptography.sha256);
    const ours = (await site.host("ours")).port;
    const [original, copy] = await site.cloned("copied");
    const rogue = (await rogueSite.host("rogue")).port;
    const behind =
      (port: number, change: (body: Uint8Array, path: string) => Uint8Array) =>
      async (body: Uint8Array, path: string) => {
        const method = path.endsWith("GetDocuments") ? "GetDocuments" : "GetHostInfo";
        const reply = await transport({ host: "127.0.0.1", port }, method, change(body, path));
        return reply.kind === "answer" ? reply.bytes : new Uint8Array();
      };
    const asRogue = (body: Uint8Array) => {
      const { nonce } = fromBinary(GetHostInfoRequestSchema, body);
      const request = create(GetHostInfoRequestSchema, { nonce, publisherId: rogueSite.trust.publisherId });
      return toBinary(GetHostInfoRequestSchema, request);
    };
    const nothingNew = (body: Uint8Array, path: string) => (path.endsWith("GetDocuments") ? body : asRogue(body));
    const otherNonce = (body: Uint8Array) => {
      const { publisherId } = fromBinary(GetHostInfoRequestSchema, body);
      return toBinary(
        GetHostInfoRequestSchema,
        create(GetHostInfoRequestSchema, { nonce: randomBytes(32), publisherId }),
      );
    };
    microsoft = await tcpStranger();
    strangers.push(
      microsoft,
      await httpStranger(behind(rogue, nothingNew)),
      await httpStranger(behind(ours, otherNonce)),
      await httpStranger(behind(ours, (body) => body)),
      await tcpStranger("220 mail.corp.test ESMTP\r\n"),
    );
    const [, forging, replaying, relaying, mail] = strangers.map(({ port }) => port);
    ports = {
      ...{ ours, "other-site": (await site.host("other")).port },
      ...{ original: original.port, copy: copy.port },
      ...{ keyless: (await site.host("keyless", "with-trust")).port },
      ...{ inactive: (await site.host("inactive", "with-key")).port },
      ...{
        forging: forging ?? 0,
        replaying: replaying ?? 0,
        relaying: relaying ?? 0,
        mail: mail ?? 0,
        stranger: rogue,
      },
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
        { name: "declined.test", records: ["_countersign._tcp SRV 0 0 0 ."] },
        { name: "empty.test", records: ["_countersign._tcp TXT nothing"] },
        { name: "many.test", records: Array.from({ length: 300 }, (_, i) => `_countersign._tcp SRV 0 0 0 t${i}`) },
      ],
    });
  });

  after(async () => {
    await bind?.stop();
    for (const stranger of strangers) await stranger.stop();
    for (const site of sites) await site.stop();
  });

  async function find(
    domains: readonly string[] = [DOMAIN],
    change: Partial<FinderQuestion> = {},
  ): Promise<FinderReport> {
    const [site] = sites;
    if (site === undefined) throw new Error("expected a site, found none");
    const ownHosts = [{ host: "127.0.0.1", port: ports["ours"] ?? 0 }];
    const facts = await gatherFinderFacts(
      { domains, trusts: [site.trust], ownHosts, uses: [], ...change },
      {
        ...{ transport, cryptography: nodeCryptography, nowMs: Date.now },
        random: (length) => new Uint8Array(randomBytes(length)),
        lookUp: dnsLookUp([bind.server]),
      },
    );
    return judgeHosts(JSON.parse(JSON.stringify(facts)));
  }
  const verdicts = ({ hosts }: FinderReport) =>
    Object.fromEntries(hosts.map(({ target, verdict }) => [target.replace(`.${DOMAIN}`, ""), verdict]));

  it("every host is named for what it is", async () => {
    assert.deepEqual(verdicts(await find()), {
      ...{ ours: "ours", relaying: "ours", "other-site": "other-site", stranger: "other-publisher" },
      ...{ original: "clone", copy: "clone", keyless: "uncertified", inactive: "uncertified" },
      ...{ forging: "uncertified", replaying: "uncertified", mail: "foreign" },
      ...{ closed: "stale", nameless: "stale", portless: "stale" },
    });
  });

  it("what is said of each names its evidence", async () => {
    const { hosts } = await find();
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
    const { hosts } = await find();
    const relaying = hosts.find(({ target }) => target === `relaying.${DOMAIN}`);
    assert.deepEqual(relaying?.sameAs, [`ours.${DOMAIN}:${ports["ours"]}`]);
    assert.equal(
      relaying.certified[0]?.hostId,
      hosts.find(({ target }) => target === `ours.${DOMAIN}`)?.certified[0]?.hostId,
    );
  });

  it("a Microsoft KMS is looked up and connected to, and gets no byte", async () => {
    const before = microsoft.connections();
    const found = (await find()).microsoft;
    assert.deepEqual(
      found.map(({ host, answers }) => [host, answers]).toSorted(),
      [
        [`win.${DOMAIN}:${ports["closed"]}`, false],
        [`win.${DOMAIN}:${microsoft.port}`, true],
      ].toSorted(),
    );
    assert.equal(microsoft.connections(), before + 1);
    assert.equal(microsoft.bytes(), 0);
  });

  it("the split count: hosts of ours that count alone, with what each needs", async () => {
    const own = (name: string) => ({ host: "127.0.0.1", port: ports[name] ?? 0 });
    // Nobody said who we are, and hosts of several customers are there: no count is ours.
    assert.deepEqual((await find([DOMAIN], { ownHosts: [] })).counts, []);
    const [named] = (await find([DOMAIN], { ownHosts: [own("ours"), own("other-site")] })).counts;
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
    const report = await find();
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
    const again = await find();
    assert.deepEqual(
      again.hosts.flatMap(({ deletions }) => deletions),
      [],
    );
    for (const line of before.filter((one) => !now.includes(one)))
      await bind.update(`add ${line.replace(" IN ", " ")}`);
  });

  it("a domain says what it answered: no such name, no record, declined, and a server that is not there", async () => {
    const sentences = async (domain: string) =>
      (await find([domain])).domains.flatMap(({ names }) =>
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
    const { hosts } = await find(["many.test"]);
    assert.equal(hosts.length, 300);
    assert.equal(hosts.filter(({ verdict }) => verdict === "not-probed").length, 44);
  });

  it("the zone is found by its SOA from a domain below it", async () => {
    const { domains } = await find([`berlin.${DOMAIN}`]);
    assert.equal(domains[0]?.zone, DOMAIN);
  });
});
