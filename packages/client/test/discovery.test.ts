import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { EVENT, LICENSE_STATUS, MAX_TARGETS } from "@countersign/domain";
import type { LicensingClient } from "../src/index.ts";
import { addressOf, type DiscoveryWorld, openDiscovery, record, uncertified } from "./discovery-world.ts";
import { DAY_MS, openAllOn, pass, takeEvents } from "./machine.ts";
import { openHost, transportTo } from "./site.ts";

const clientOf = ({ licensing }: DiscoveryWorld): LicensingClient => {
  const [client] = licensing.clients();
  assert.ok(client);
  return client;
};
const at = (host: string, port = 1688) => `${host}/${addressOf(host)}:${port}`;
/** The real host stands at each of these. */
const honest = (world: DiscoveryWorld, ...hosts: readonly string[]) => {
  for (const host of hosts) world.stands.set(`${addressOf(host)}:1688`, transportTo(world.site.host));
};
const lookupsOf = (client: LicensingClient) =>
  client.facts().client?.lookups?.map(({ name, records, reason }) => [name, reason ?? records]);

describe("a machine without a host", () => {
  it("finds one under its publisher's own name, and never asks for the generic one", async () => {
    const world = await openDiscovery();
    const { names } = world;
    world.publish(names.own, record("h1.example.test"));
    world.publish(names.generic, record("h2.example.test"));
    honest(world, "h1.example.test", "h2.example.test");
    const client = clientOf(world);
    const result = await client.activate();
    assert.equal(result.ok && result.host, "h1.example.test:1688");
    assert.deepEqual(world.takeAsked(), [at("h1.example.test")]);
    assert.deepEqual(world.machine.zones.asked, [names.own, "h1.example.test"]);
    assert.deepEqual(result.tried[0], {
      ...{ host: "h1.example.test:1688", why: "discovered", address: "10.0.0.1" },
      ...{ reason: undefined, inner: undefined, detail: "" },
    });
  });

  it("asks the generic name when its own has no host that answers", async () => {
    const world = await openDiscovery();
    const { names } = world;
    world.publish(names.own, record("h1.example.test"));
    world.publish(names.generic, record("h1.example.test"), record("h2.example.test"));
    honest(world, "h2.example.test");
    const client = clientOf(world);
    assert.ok((await client.activate()).ok);
    assert.deepEqual(world.takeAsked(), [at("h1.example.test"), at("h2.example.test")], "h1 is asked once");
    assert.deepEqual(lookupsOf(client), [
      [names.own, 1],
      [names.generic, 2],
    ]);
    const told = world.machine.events.filter(({ id }) => id === EVENT.hostsLookedUp);
    assert.deepEqual(
      told.map(({ fields }) => [fields["resultCode"], fields["domain"], fields["origin"], fields["records"]]),
      [
        [0, "example.test", "fqdn", 1],
        [0, "example.test", "fqdn", 2],
      ],
    );
  });

  it("keeps for the next time the host that gave a statement, and asks DNS no more while it answers", async () => {
    const world = await openDiscovery();
    world.publish(world.names.own, record("h1.example.test"), record("h2.example.test", { priority: 1 }));
    honest(world, "h2.example.test");
    const client = clientOf(world);
    await client.activate();
    assert.deepEqual(world.takeAsked(), [at("h1.example.test"), at("h2.example.test")]);
    honest(world, "h1.example.test");
    world.machine.zones.asked.splice(0);
    assert.ok((await client.activate()).ok);
    assert.deepEqual(world.takeAsked(), [at("h2.example.test")]);
    assert.deepEqual(world.machine.zones.asked, ["h2.example.test"]);
    const { client: facts } = client.facts();
    assert.equal(facts?.discoveredHost, "h2.example.test:1688");
    assert.equal(facts?.hostAddress, "10.0.0.2");
    assert.equal(facts?.whyThisHost, "it answered last");
    assert.deepEqual(facts?.lookups, []);
  });

  it("looks in DNS again, in the same attempt, when the host it kept does not answer", async () => {
    const world = await openDiscovery();
    world.publish(world.names.own, record("h1.example.test"));
    honest(world, "h1.example.test", "h2.example.test");
    const client = clientOf(world);
    await client.activate();
    world.stands.delete("10.0.0.1:1688");
    world.publish(world.names.own, record("h1.example.test"), record("h2.example.test", { priority: 9 }));
    world.takeAsked();
    const result = await client.activate();
    assert.equal(result.ok && result.host, "h2.example.test:1688");
    assert.deepEqual(world.takeAsked(), [at("h1.example.test"), at("h2.example.test")]);
    assert.deepEqual(
      result.tried.map(({ why, reason }) => [why, reason]),
      [
        ["cached", "HOST_UNREACHABLE"],
        ["discovered", undefined],
      ],
    );
  });

  it("follows the host to another port that DNS names, when the old one is closed", async () => {
    const world = await openDiscovery();
    world.publish(world.names.own, record("h1.example.test", { port: 1700 }));
    world.stands.set("10.0.0.1:1700", transportTo(world.site.host));
    const client = clientOf(world);
    await client.activate();
    world.stands.delete("10.0.0.1:1700");
    world.stands.set("10.0.0.1:1701", transportTo(world.site.host));
    world.publish(world.names.own, record("h1.example.test", { port: 1701 }));
    const result = await client.activate();
    assert.equal(result.ok && result.host, "h1.example.test:1701");
  });

  it("with caching off never asks a lower priority while a higher one answers, and asks DNS each time", async () => {
    const world = await openDiscovery({ hostCaching: false });
    const far = (target: string) => record(target, { priority: 20, weight: 60_000 });
    world.publish(world.names.own, far("h2.example.test"), record("h1.example.test", { priority: 10 }));
    honest(world, "h2.example.test");
    const client = clientOf(world);
    await client.activate();
    assert.deepEqual(world.takeAsked(), [at("h1.example.test"), at("h2.example.test")]);
    honest(world, "h1.example.test");
    for (let contact = 0; contact < 20; contact++) {
      world.machine.fraction = contact / 20;
      pass(60_000, world.machine.time, world.time);
      const result = await client.activate();
      assert.ok(result.ok, JSON.stringify(result));
    }
    assert.deepEqual(new Set(world.takeAsked()), new Set([at("h1.example.test")]));
    assert.equal(world.machine.zones.asked.filter((name) => name === world.names.own).length, 21);
    assert.equal(client.status().whyThisHost, "discovered");
    assert.equal(client.facts().client?.discoveredHost, "h1.example.test:1688");
    assert.equal(client.facts().client?.whyThisHost, "it was found in DNS and answered last");
  });

  it("asks at most 16 targets over both names, and four addresses of each", async () => {
    const world = await openDiscovery();
    const many = Array.from({ length: 300 }, (_, i) => record(`t${i}.example.test`, { priority: i }));
    world.publish(world.names.own, ...many.slice(0, 5));
    world.publish(world.names.generic, ...many);
    const ten = Array.from({ length: 10 }, (_, i) => `10.9.0.${i}`);
    world.machine.zones.addresses["t0.example.test"] = ten;
    const result = await clientOf(world).activate();
    assert.equal(result.tried.length, MAX_TARGETS);
    assert.equal(new Set(result.tried.map(({ host }) => host)).size, MAX_TARGETS);
    const asked = world.takeAsked();
    assert.deepEqual(
      asked.filter((one) => one.startsWith("t0.")),
      ten.slice(0, 4).map((address) => `t0.example.test/${address}:1688`),
    );
    assert.equal(asked.length, MAX_TARGETS + 3);
  });

  it("is activated by the one of a target's addresses that answers", async () => {
    const world = await openDiscovery();
    world.publish(world.names.own, record("h1.example.test"));
    world.machine.zones.addresses["h1.example.test"] = ["fd00::1", "10.0.0.98", "10.0.0.99"];
    world.stands.set("10.0.0.99:1688", transportTo(world.site.host));
    const result = await clientOf(world).activate();
    assert.ok(result.ok);
    assert.equal(result.tried.length, 1, "a target is one host, whatever it has of addresses");
    assert.equal(clientOf(world).facts().client?.hostAddress, "10.0.0.99");
  });

  it("goes no further in a domain that declines the service: the target is `.`", async () => {
    const world = await openDiscovery();
    world.publish(world.names.own, record("", { port: 0 }));
    world.publish(world.names.generic, record("h1.example.test"));
    honest(world, "h1.example.test");
    const result = await clientOf(world).activate();
    assert.equal(result.ok ? "" : result.refusal.reason, "DNS_NO_RECORDS");
    assert.deepEqual(world.takeAsked(), []);
    assert.deepEqual(
      result.lookups.map(({ name, detail }) => [name, detail]),
      [[world.names.own, "declined: the target is ."]],
    );
  });

  it("passes over a record with port 0", async () => {
    const world = await openDiscovery();
    world.publish(world.names.own, record("h1.example.test", { port: 0 }), record("h2.example.test", { priority: 9 }));
    honest(world, "h1.example.test", "h2.example.test");
    const result = await clientOf(world).activate();
    assert.equal(result.ok && result.host, "h2.example.test:1688");
  });
});

describe("which domain is asked", () => {
  it("is the look-up domain alone, when one is set", async () => {
    const world = await openDiscovery({ lookupDomain: "other.test" });
    world.publish(world.names.own, record("h1.example.test"));
    honest(world, "h1.example.test");
    const client = clientOf(world);
    assert.equal((await client.activate()).ok, false);
    assert.ok(world.machine.zones.asked.every((name) => name.endsWith(".other.test")));
    assert.equal(world.machine.zones.asked.length, 2);
    const [first] = client.facts().client?.lookups ?? [];
    assert.equal(first?.domain, "other.test");
    assert.equal(first?.origin, "the look-up domain: it was set on this machine");
  });

  it("is none where a host is fixed, even if it does not answer", async () => {
    const world = await openDiscovery({ host: { host: "h9.example.test", port: 1688 } });
    world.publish(world.names.own, record("h1.example.test"));
    world.machine.zones.addresses["h9.example.test"] = ["10.0.0.9"];
    honest(world, "h1.example.test");
    const result = await clientOf(world).activate();
    assert.equal(result.ok ? "" : result.refusal.reason, "HOST_UNREACHABLE");
    assert.deepEqual(world.takeAsked(), [at("h9.example.test")]);
    assert.deepEqual(result.lookups, []);
  });

  it("is none for a machine in no domain, and one that is no name is told and not asked", async () => {
    for (const [domain, problem] of [
      [undefined, "this machine is in no domain"],
      ["münchen.test", "münchen.test is not a domain name"],
      [`${"a".repeat(63)}.`.repeat(4), "is not a domain name"],
    ] as const) {
      const world = await openDiscovery();
      if (domain === undefined) delete world.machine.zones.domain;
      else world.machine.zones.domain = { domain, origin: "environment" };
      const result = await clientOf(world).activate();
      assert.deepEqual(world.machine.zones.asked, []);
      assert.equal(result.ok ? "" : result.refusal.reason, "ALL_HOSTS_FAILED");
      assert.ok(!result.ok && result.refusal.message.includes(problem), result.ok ? "" : result.refusal.message);
      assert.equal(result.lookups.length, 1);
    }
  });
});

describe("what DNS did not have", () => {
  it("is said in the words of DNS, with the name that everybody publishes", async () => {
    const world = await openDiscovery();
    const { names } = world;
    const said = async () => {
      const result = await clientOf(world).activate();
      return result.ok ? "" : result.refusal;
    };
    const unknown = await said();
    assert.ok(unknown !== "" && unknown.reason === "DNS_NAME_NOT_FOUND" && unknown.message.includes(names.generic));
    world.publish(names.generic);
    const empty = await said();
    assert.ok(empty !== "" && empty.reason === "DNS_NO_RECORDS" && empty.message.includes(names.generic));
    world.machine.zones.failure = "SERVFAIL";
    const failure = await said();
    assert.ok(failure !== "" && failure.reason === "DNS_SERVER_FAILURE");
  });

  it("is not asked for again within five minutes, save by a person or another server", async () => {
    const world = await openDiscovery();
    const client = clientOf(world);
    const asks = async (interactive: boolean) => {
      world.machine.zones.asked.splice(0);
      await client.activate({ interactive });
      return world.machine.zones.asked.length;
    };
    assert.equal(await asks(false), 2);
    pass(5 * 60_000 - 1, world.machine.time);
    assert.equal(await asks(false), 0);
    assert.equal(await asks(true), 2);
    pass(5 * 60_000 - 1, world.machine.time);
    assert.equal(await asks(false), 0);
    pass(1, world.machine.time);
    assert.equal(await asks(false), 2);
    world.settings({ dnsServers: ["192.0.2.53:53"] });
    assert.equal(await asks(false), 2);
  });

  it("is asked for again at once where the server only failed: that was no answer", async () => {
    const world = await openDiscovery();
    world.machine.zones.failure = "no answer in time";
    const client = clientOf(world);
    await client.activate({ interactive: false });
    await client.activate({ interactive: false });
    assert.equal(world.machine.zones.asked.length, 4);
  });

  it("is shown after a restart: each domain, where it came from, and what each name gave", async () => {
    const world = await openDiscovery();
    world.publish(world.names.generic, record("h1.example.test"));
    await clientOf(world).activate();
    await world.licensing.close();
    const [client] = (await openAllOn(world.machine, world.site, world.layers)).clients();
    const { lookups, tried } = client?.facts().client ?? {};
    assert.deepEqual(lookups, [
      {
        ...{ domain: "example.test", origin: "of this machine's full name", name: world.names.own },
        ...{ records: 0, code: 0x8007232b, reason: "DNS_NAME_NOT_FOUND", detail: "" },
      },
      {
        ...{ domain: "example.test", origin: "of this machine's full name", name: world.names.generic },
        ...{ records: 1, code: 0, reason: undefined, detail: "" },
      },
    ]);
    assert.deepEqual(tried, [{ host: "h1.example.test:1688", code: 0x800706ba, reason: "HOST_UNREACHABLE" }]);
  });
});

describe("a whole host without a certificate, in the same SRV set", () => {
  const besideRogue = async (priorityOfHonest: number) => {
    const world = await openDiscovery();
    const honestOne = record("h1.example.test", { priority: priorityOfHonest });
    world.publish(world.names.own, record("h6.example.test"), honestOne);
    honest(world, "h1.example.test");
    world.stands.set("10.0.0.6:1688", await uncertified(world.machine.time));
    return world;
  };

  it("licenses nobody, costs one connection, is never kept, and is named by event 30010", async () => {
    const world = await besideRogue(10);
    const client = clientOf(world);
    const result = await client.activate({ interactive: false });
    assert.equal(result.ok && result.host, "h1.example.test:1688");
    assert.deepEqual(
      result.tried.map(({ host, reason }) => [host, reason]),
      [
        ["h6.example.test:1688", "UNTRUSTED_HOST"],
        ["h1.example.test:1688", undefined],
      ],
    );
    assert.ok(takeEvents(world.machine).includes(30010));
    assert.equal(client.facts().client?.discoveredHost, "h1.example.test:1688");
    world.stands.delete("10.0.0.1:1688");
    world.takeAsked();
    const failed = await client.activate({ interactive: false });
    assert.equal(failed.ok, false);
    assert.deepEqual(world.takeAsked(), [at("h1.example.test"), at("h6.example.test")], "one connection an attempt");
    assert.equal(client.facts().client?.discoveredHost, "h1.example.test:1688", "what is kept stays the true one");
    assert.equal(client.status().status, LICENSE_STATUS.licensed);
  });

  it("alone leaves a machine as it is, and an attempt soon finds a host that is published after it", async () => {
    const world = await openDiscovery();
    world.publish(world.names.own, record("h6.example.test"));
    world.stands.set("10.0.0.6:1688", await uncertified(world.machine.time));
    const client = clientOf(world);
    const before = client.status();
    await client.tick();
    await client.activate({ interactive: false });
    assert.equal(client.status().status, before.status);
    assert.equal(client.facts().client?.discoveredHost, "");
    world.publish(world.names.own, record("h6.example.test"), record("h1.example.test", { priority: 10 }));
    honest(world, "h1.example.test");
    pass(3 * 3_600_000, world.machine.time);
    await client.tick();
    assert.equal(client.status().status, LICENSE_STATUS.licensed);
  });

  it("that takes the connection and says nothing leaves the others their share of the time", async () => {
    const world = await openDiscovery();
    world.publish(world.names.own, record("h6.example.test"), record("h1.example.test", { priority: 10 }));
    honest(world, "h1.example.test");
    world.stands.set("10.0.0.6:1688", async (_target, _method, _request, limits) => {
      pass(limits?.withinMs ?? Number.POSITIVE_INFINITY, world.machine.time);
      return { kind: "failure", reason: "TIMEOUT", detail: "reply" };
    });
    const startMs = world.machine.time.monotonicMs;
    const result = await clientOf(world).activate();
    assert.equal(result.ok && result.host, "h1.example.test:1688");
    assert.equal(world.machine.time.monotonicMs - startMs, 10_000, "a third: two here, and the generic name to come");
  });
});

describe("a walk through many silent hosts", () => {
  it("ends after 30 s and a connection, whoever is left", async () => {
    const world = await openDiscovery();
    const many = Array.from({ length: 16 }, (_, i) => record(`h${i}.example.test`, { priority: i }));
    world.publish(world.names.own, ...many);
    for (let i = 0; i < 16; i++)
      world.stands.set(`10.0.0.${i}:1688`, async (_target, _method, _request, limits) => {
        pass(Math.min(3_000, limits?.withinMs ?? 3_000), world.machine.time);
        return { kind: "failure", reason: "TIMEOUT", detail: "connect" };
      });
    const startMs = world.machine.time.monotonicMs;
    const result = await clientOf(world).activate();
    assert.equal(world.machine.time.monotonicMs - startMs, 30_000);
    assert.equal(result.tried.length, 10);
  });
});

describe("two hosts of one publisher", () => {
  it("each count alone, and a machine goes on at the other where its own is gone", async () => {
    const world = await openDiscovery();
    const { site, machine } = world;
    const other = await openHost(site.parts, machine.time, { trust: site.trust, keyGroup: site.product.keyGroup });
    world.publish(world.names.own, record("h1.example.test"), record("h2.example.test", { priority: 10 }));
    honest(world, "h1.example.test");
    world.stands.set("10.0.0.2:1688", transportTo(other));
    const client = clientOf(world);
    await client.activate();
    const first = client.facts().client?.hostId;
    pass(8 * DAY_MS, machine.time);
    world.stands.delete("10.0.0.1:1688");
    await client.tick();
    assert.equal(client.facts().client?.discoveredHost, "h2.example.test:1688");
    assert.notEqual(client.facts().client?.hostId, first);
    assert.equal(client.status().currentCount, 1);
  });
});
