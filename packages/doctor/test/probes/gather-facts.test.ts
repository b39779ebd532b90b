import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { after, describe, it } from "node:test";
import { FACTS_FORMAT, type Facts } from "../../src/facts/facts.ts";
import { type GatherQuestion, gatherFacts, type InnerLooks } from "../../src/probes/gather-facts.ts";
import { healthPortLife } from "../../src/probes/health-port.ts";
import { hostsFileAddresses, hurriedLookUp, type LookUp } from "../../src/probes/look-up.ts";
import { aheadOf, askPublisher } from "../../src/probes/publisher-reach.ts";
import { readClocks } from "../../src/probes/read-clocks.ts";
import {
  healthyClient,
  healthyHost,
  healthyMachine,
  healthyNetwork,
  healthySeat,
  healthyTarget,
} from "../healthy-facts.ts";

const NOW_MS = Date.UTC(2026, 10, 25, 9);
const nowMs = () => NOW_MS;

/** A world that notes who was asked. */
function world(answer: Partial<LookUp> = {}) {
  const asked: string[] = [];
  const none = { kind: "none", reason: "DNS_NAME_NOT_FOUND", detail: "ENOTFOUND" } as const;
  const note = <T>(what: string, value: T) => {
    asked.push(what);
    return Promise.resolve(value);
  };
  const lookUp: LookUp = {
    records: (name) => note(`SRV ${name}`, none),
    zone: (domain) => note(`SOA ${domain}`, { zone: "", primary: "" }),
    addresses: (target) => note(`A ${target}`, none),
    ...answer,
  };
  const refused = { kind: "failure", reason: "HOST_UNREACHABLE", detail: "refused" } as const;
  const ports = {
    transport: async ({ host, port }: { readonly host: string; readonly port: number }) =>
      note(`tcp ${host}:${port}`, refused),
    ...{ cryptography: undefined as never, random: (length: number) => new Uint8Array(length), nowMs, lookUp },
  };
  return { asked, ports };
}

const looks = (change: Partial<InnerLooks> = {}): InnerLooks => ({
  machine: async () => healthyMachine(),
  hosts: async () => [],
  clients: async () => [],
  trusts: async () => [],
  uses: async () => [],
  ...change,
});

const question = (change: Partial<GatherQuestion> = {}): GatherQuestion => ({
  standpoint: (hosts, clients) => (hosts.length > 0 ? "host" : clients.length > 0 ? "client" : "outside"),
  named: { domains: [], hosts: [], candidates: [] },
  isOffline: false,
  ...change,
});

const gapOf = ({ gaps }: Facts, source: string) => gaps.find((gap) => gap.source === source);

describe("gathering facts", () => {
  it("makes a gap of each look that fails, and goes on with the others", async () => {
    const fail = async () => {
      throw new Error("no rights");
    };
    const facts = await gatherFacts(looks({ machine: fail, hosts: fail }), question(), world().ports);
    assert.equal(facts.format, FACTS_FORMAT);
    assert.deepEqual([gapOf(facts, "machine")?.why, gapOf(facts, "host")?.why], ["no rights", "no rights"]);
    assert.deepEqual([facts.machine, facts.hosts, facts.standpoint], [undefined, [], "outside"]);
  });

  it("asks nobody when it is offline, and says so of each source outside the machine", async () => {
    const { asked, ports } = world();
    const facts = await gatherFacts(
      looks({ clients: async () => [healthyClient()] }),
      question({ isOffline: true }),
      ports,
    );
    assert.deepEqual(asked, []);
    for (const source of ["dns", "targets", "publisher", "clock"]) assert.equal(gapOf(facts, source)?.why, "--offline");
    assert.equal(facts.network, undefined);
  });

  it("asks the domain of the machine, the look-up domain, and those of its search list, each once", async () => {
    const { asked, ports } = world();
    const client = healthyClient({ lookupDomain: "other.example", cachedHost: "" });
    const named = { domains: ["corp.example"], hosts: [], candidates: ["corp.example", "third.example"] };
    await gatherFacts(looks({ clients: async () => [client] }), question({ named }), ports);
    const domains = asked.filter((what) => what.startsWith("SOA ")).toSorted();
    assert.deepEqual(domains, ["SOA corp.example", "SOA other.example", "SOA third.example"]);
  });

  it("asks the search list of no machine but a client's: a host is not looked for where it never was", async () => {
    const { asked, ports } = world();
    const named = { domains: [], hosts: [], candidates: ["third.example"] };
    const host = healthyHost({ seats: [] });
    await gatherFacts(looks({ hosts: async () => [host] }), question({ named }), ports);
    assert.deepEqual(
      asked.filter((what) => what.startsWith("SOA ")),
      ["SOA corp.example"],
    );
  });

  it("probes the fixed and the cached host, at the address they had last where their name has none", async () => {
    const { ports } = world();
    const [product] = healthyClient().products;
    assert.ok(product);
    const tried = [
      { host: "kms1.corp.example:1688", why: "cached", reason: "", inner: "", detail: "", address: "127.0.0.1" },
    ];
    const client = healthyClient({
      fixedHost: "[::1]:9",
      products: [{ ...product, lastAttempt: { atMs: NOW_MS, tried } }],
    });
    const { network } = await gatherFacts(looks({ clients: async () => [client] }), question(), ports);
    const names = network?.targets.map(({ target, port }) => `${target} ${port}`);
    assert.deepEqual(names, ["::1 9", "kms1.corp.example 1688"]);
    const resolution = network?.targets[1]?.resolution;
    assert.equal(resolution?.kind === "none" && resolution.lastKnown?.address, "127.0.0.1");
  });

  it("knows a publisher that answers, one that is gone, and one whose place somebody else has", async () => {
    const answering = await serve((_, response) => response.end("{}"));
    const strange = await serve((_, response) => response.writeHead(404).end());
    for (const [url, reachable, detail] of [
      [answering, true, ""],
      [strange, false, "it answers HTTP 404, as no publisher does"],
      ["http://127.0.0.1:1", false, /ECONNREFUSED|bad port/],
    ] as const) {
      const host = healthyHost({ seats: [healthySeat({ serviceUrl: url })] });
      const facts = await gatherFacts(
        looks({ hosts: async () => [host] }),
        question(),
        world({ addresses: async () => here }).ports,
      );
      const seen = facts.hosts[0]?.seats[0]?.publisher;
      assert.equal(seen?.reachable, reachable, url);
      if (typeof detail === "string") assert.equal(seen?.detail, detail);
      else assert.match(seen?.detail ?? "", detail);
    }
  });
});

describe("a name that nobody answers for", () => {
  it("is given up after its time, and nothing else waits for it", async () => {
    const never = () => new Promise<never>(() => {});
    const hurried = hurriedLookUp({ records: never, zone: never, addresses: never }, 20);
    const [records, zone, addresses] = await Promise.all([
      hurried.records("a.example"),
      hurried.zone("a.example"),
      hurried.addresses("a.example"),
    ]);
    assert.deepEqual(
      [records, addresses],
      Array(2).fill({ kind: "none", reason: "TIMEOUT", detail: "no answer within 0.02 s" }),
    );
    assert.deepEqual(zone, { zone: "", primary: "" });
  });
});

describe("a hosts file", () => {
  it("has the addresses of a name, whatever stands beside and behind it", () => {
    const text =
      "127.0.0.1 localhost\n# 192.0.2.1 kms\n192.0.2.2\tKMS.corp.example kms # ours\nfe80::1 kms\nnonsense kms\n";
    assert.deepEqual(hostsFileAddresses(text, "kms"), ["192.0.2.2", "fe80::1"]);
    assert.deepEqual(hostsFileAddresses(text, "kms.corp.example"), ["192.0.2.2"]);
    assert.deepEqual(hostsFileAddresses(text, "ours"), []);
  });
});

describe("the clock of a host whose answer does not verify", () => {
  const unverified = (address: string, port: number) => {
    const answers = [
      { kind: "unverified", publisherId: "aa", reason: "CERTIFICATE_NOT_YET_VALID", detail: "" } as const,
    ];
    const target = healthyTarget();
    return healthyNetwork({
      targets: [
        { ...target, port, resolution: { kind: "addresses", endpoints: [{ address, answers }], notProbed: 0 } },
      ],
    });
  };

  it("is read from the head of its answer", async () => {
    const date = new Date(NOW_MS + 9 * 3_600_000).toUTCString();
    const url = new URL(await serve((_, response) => response.setHeader("date", date).end()));
    const clocks = await readClocks(unverified(url.hostname, Number(url.port)), nowMs);
    assert.deepEqual(
      clocks.map(({ kind, aheadMs }) => [kind, aheadMs]),
      [["host", 9 * 3_600_000]],
    );
  });

  it("is not known where it says nothing, or nonsense", async () => {
    const url = new URL(await serve((_, response) => response.setHeader("date", "soon").end()));
    assert.deepEqual(await readClocks(unverified(url.hostname, Number(url.port)), nowMs), []);
    assert.deepEqual(await readClocks(unverified("127.0.0.1", 1), nowMs), []);
    assert.equal(aheadOf(null, NOW_MS), undefined);
  });

  it("is not asked of one that signed its time", async () => {
    assert.deepEqual(await readClocks(healthyNetwork(), nowMs), []);
  });
});

describe("life beside a closed port", () => {
  it("is a port that takes a connection, and not one that takes none", async () => {
    const port = Number(new URL(await serve(() => {})).port);
    assert.equal(await healthPortLife("127.0.0.1", port), `port ${port} answers`);
    assert.equal(await healthPortLife("127.0.0.1", 1), "");
  });
});

const here = { kind: "addresses", addresses: ["127.0.0.1"] } as const;
const publisherPorts = { lookUp: { addresses: async () => here }, nowMs };

describe("the publisher", () => {
  it("whose name nobody answers for is not gone after", async () => {
    const none = { kind: "none", reason: "TIMEOUT", detail: "no answer" } as const;
    const reach = await askPublisher("https://activation.example/", { lookUp: { addresses: async () => none }, nowMs });
    assert.deepEqual([reach.reachable, reach.detail], [false, "activation.example: TIMEOUT"]);
  });

  it("is asked for what anybody may ask for, and its clock is read on the way", async () => {
    const asked: string[] = [];
    const url = await serve((request, response) => {
      asked.push(`${request.method} ${request.url}`);
      response.setHeader("date", new Date(NOW_MS - 5_000).toUTCString()).end("{}");
    });
    assert.deepEqual(await askPublisher(`${url}/`, publisherPorts), { reachable: true, detail: "", aheadMs: -5_000 });
    assert.deepEqual(asked, ["POST /countersign.v1.PublisherService/GetTrust"]);
  });

  it("that sends elsewhere is not followed", async () => {
    const url = await serve((_, response) => response.writeHead(302, { location: "http://192.0.2.1/" }).end());
    assert.equal((await askPublisher(url, publisherPorts)).reachable, false);
  });
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  after(() => server.close());
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
