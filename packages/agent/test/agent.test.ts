import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { fixedIdentity, openLicense } from "@countersign/client/node";
import { dlvLines, LICENSE_STATUS, RefusalError } from "@countersign/domain";
import { type AgentMachine, agentMachine, connected, reasonOf, type ServedSite, servedSite } from "./agent-world.ts";

interface Reported {
  readonly activationId: string;
  readonly report: {
    readonly status: number;
    readonly cmid: string;
    readonly partialKey: string;
    readonly host: string;
  };
  readonly lease?: unknown;
}
const productsOf = (answer: unknown) => (answer as { readonly products: readonly Reported[] }).products;

/** A running agent that knows the site's publisher. */
async function running(t: TestContext, seed: string) {
  const served = await servedSite(t);
  const machine = agentMachine(t, seed, served.host);
  machine.trust("example", served.site);
  assert.match(await machine.start(), /^agent ready: 1 publishers/);
  return { served, machine };
}

/** What a vendor's program passes; its machine is the agent's. */
const optionsOf = ({ site, product }: ServedSite, { directory, seed }: AgentMachine) => ({
  ...{ trust: site.trust, product, setupKey: site.setupKey },
  ...{ identity: fixedIdentity(seed, seed), agent: join(directory, "run") },
});

describe("an agent", () => {
  it("licenses a product that a program registers, and keeps it licensed after a restart and after kill -9", async (t) => {
    const { served, machine } = await running(t, "pc-1");
    const { publisherId, product, site } = served;
    const first = await connected(t, machine.sockets.everybody);
    await first.request("register", { publisherId, activationId: product, setupKey: site.setupKey });
    const said = (await first.request("activate", { activationId: product })) as { activated: boolean };
    assert.equal(said.activated, true);
    assert.equal(await machine.stop(), 0);
    for (const signal of ["SIGKILL", "SIGTERM"] as const) {
      assert.match(await machine.start(), /^agent ready/);
      const again = await connected(t, machine.sockets.everybody);
      const [only] = productsOf(await again.request("status"));
      assert.equal(only?.report.status, LICENSE_STATUS.licensed);
      assert.equal(only?.lease, undefined, "the proof is for who asks for one product");
      await machine.stop(signal);
    }
  });

  it("keeps every product of every publisher, each publisher in a store of its own", async (t) => {
    const { served, machine } = await running(t, "pc-2");
    const second = await servedSite(t);
    machine.trust("second", second.site);
    const root = await connected(t, machine.sockets.root);
    await root.request("reload");
    await root.request("set", { name: "host", value: second.host, publisherId: second.publisherId });
    for (const key of [served.site.setupKey, served.site.otherSetupKey, second.site.setupKey]) {
      const installed = (await root.request("install-key", { key })) as { activationId: string };
      const said = (await root.request("activate", { activationId: installed.activationId })) as { activated: boolean };
      assert.equal(said.activated, true);
    }
    const products = productsOf(await root.request("status"));
    assert.equal(products.length, 3);
    assert.ok(products.every(({ report }) => report.status === LICENSE_STATUS.licensed));
    assert.equal(new Set(products.map(({ report }) => report.cmid)).size, 2, "one CMID a publisher");
  });

  it("takes a trust file up that is put into its directory while it runs", async (t) => {
    const { machine } = await running(t, "pc-3");
    const second = await servedSite(t);
    machine.trust("second", second.site);
    const asking = await connected(t, machine.sockets.everybody);
    const isKnown = async () => {
      const { publishers } = (await asking.request("publishers")) as { publishers: { publisherId: string }[] };
      return publishers.some(({ publisherId }) => publisherId === second.publisherId);
    };
    while (!(await isKnown())) assert.ok(!t.signal.aborted);
  });

  it("serves the others when one trust file is damaged, and names it", async (t) => {
    const { machine } = await running(t, "pc-4");
    writeFileSync(join(machine.directory, "trust.d", "bent.cstrust"), "no trust file");
    const root = await connected(t, machine.sockets.root);
    const { problems } = (await root.request("reload")) as { problems: string[] };
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? "", /bent\.cstrust/);
    const { publishers } = (await root.request("publishers")) as { publishers: unknown[] };
    assert.equal(publishers.length, 1);
  });

  it("lets nobody but root change anything: the method is refused by name and the socket is 0600", async (t) => {
    const { served, machine } = await running(t, "pc-5");
    assert.equal(statSync(machine.sockets.everybody).mode & 0o777, 0o666);
    assert.equal(statSync(machine.sockets.root).mode & 0o777, 0o600);
    const anybody = await connected(t, machine.sockets.everybody);
    const calls: readonly (readonly [string, object])[] = [
      ["install-key", { key: served.site.setupKey }],
      ["remove-key", { activationId: served.product }],
      ["rearm", { scope: "machine" }],
      ["generalize", {}],
      ["set", { name: "host", value: "elsewhere" }],
      ["clear", { name: "host" }],
      ["reload", {}],
    ];
    for (const [method, params] of calls)
      assert.equal(await reasonOf(anybody.request(method, params)), "NOT_AUTHORISED");
  });

  it("refuses to start beside another one, which goes on", async (t) => {
    const { machine } = await running(t, "pc-6");
    assert.equal(await machine.beside(), "not started: STORE_LOCKED");
    const asking = await connected(t, machine.sockets.everybody);
    assert.equal(productsOf(await asking.request("status")).length, 0);
  });
});

describe("root's methods", () => {
  it("change a setting: the next attempt goes there, and it survives a restart", async (t) => {
    const { served, machine } = await running(t, "pc-7");
    const root = await connected(t, machine.sockets.root);
    await root.request("install-key", { key: served.site.setupKey });
    await root.request("set", { name: "host", value: "127.0.0.1:1" });
    const failed = (await root.request("activate", { activationId: served.product })) as {
      activated: boolean;
      reason: string;
    };
    assert.equal(failed.reason, "HOST_UNREACHABLE");
    assert.equal(await reasonOf(root.request("set", { name: "host", value: "a b" })), "USAGE_INVALID");
    await machine.stop();
    await machine.start();
    const again = await connected(t, machine.sockets.root);
    const [only] = productsOf(await again.request("status"));
    assert.equal(only?.report.host, "127.0.0.1:1");
    const { facts } = (await again.request("licence-facts")) as {
      facts: { client: { tried: { reason: string }[] } }[];
    };
    assert.equal(facts[0]?.client.tried[0]?.reason, "HOST_UNREACHABLE", "and the last attempt is told after a restart");
    await again.request("set", { name: "host", value: served.host });
    const said = (await again.request("activate", { activationId: served.product })) as { activated: boolean };
    assert.equal(said.activated, true);
  });

  it("change no setting that managed configuration pins, which wins at once", async (t) => {
    const { served, machine } = await running(t, "pc-8");
    writeFileSync(
      join(machine.directory, "managed.json"),
      JSON.stringify({ format: 1, host: served.host, keepPort: true }),
    );
    const root = await connected(t, machine.sockets.root);
    await root.request("reload");
    assert.equal(await reasonOf(root.request("set", { name: "host", value: "elsewhere" })), "SETTING_PINNED");
    const { settings } = (await root.request("settings")) as {
      settings: { name: string; source: string; place: string }[];
    };
    const host = settings.find(({ name }) => name === "host");
    assert.equal(host?.source, "managed");
    assert.equal(host?.place, join(machine.directory, "managed.json"));
  });

  it("remove a key, rearm a product, and say NOT_FOUND of what is not there", async (t) => {
    const { served, machine } = await running(t, "pc-9");
    const root = await connected(t, machine.sockets.root);
    const activationId = served.product;
    await root.request("install-key", { key: served.site.setupKey });
    await root.request("activate", { activationId });
    await root.request("rearm", { scope: "product", activationId });
    const statusNow = async () => productsOf(await root.request("status", { activationId }))[0]?.report;
    assert.equal((await statusNow())?.status, LICENSE_STATUS.initialGrace);
    await root.request("remove-key", { activationId });
    assert.equal((await statusNow())?.status, LICENSE_STATUS.unlicensed);
    assert.equal(await reasonOf(root.request("remove-key", { activationId })), "KEY_NOT_INSTALLED");
    const nobody = "11111111-2222-3333-4444-555555555555";
    assert.equal(await reasonOf(root.request("rearm", { scope: "product", activationId: nobody })), "NOT_FOUND");
    assert.equal(await reasonOf(root.request("rearm", { scope: "house" })), "USAGE_INVALID");
    assert.equal(await reasonOf(root.request("install-key", { key: "no key" })), "KEY_INVALID");
  });

  it("install no key of another publisher, whether one is known here or several", async (t) => {
    const { machine } = await running(t, "pc-10");
    const foreign = await servedSite(t);
    const root = await connected(t, machine.sockets.root);
    // One foreign key in four is two symbols away from one of ours: then both readings are named.
    const readings = ["KEY_FOR_OTHER_PUBLISHER", "KEY_INVALID"];
    assert.ok(readings.includes(await reasonOf(root.request("install-key", { key: foreign.site.setupKey }))));
    machine.trust("second", (await servedSite(t)).site);
    await root.request("reload");
    assert.ok(readings.includes(await reasonOf(root.request("install-key", { key: foreign.site.setupKey }))));
    assert.equal(productsOf(await root.request("status")).length, 0);
  });

  it("tell a misspelt key from a foreign one where several publishers are known", async (t) => {
    const { served, machine } = await running(t, "pc-11");
    machine.trust("second", (await servedSite(t)).site);
    const root = await connected(t, machine.sockets.root);
    await root.request("reload");
    const key = served.site.setupKey;
    const misspelt = `${key.slice(0, -1)}${key.endsWith("7") ? "8" : "7"}`;
    assert.equal(await reasonOf(root.request("install-key", { key: misspelt })), "KEY_INVALID");
  });
});

describe("openLicense on a machine with an agent", () => {
  it("has the agent keep the licence, and says so", async (t) => {
    const { served, machine } = await running(t, "pc-20");
    const license = await openLicense(optionsOf(served, machine));
    t.after(() => license.close());
    assert.equal(license.status.keeper, "agent");
    assert.equal(license.status.status, LICENSE_STATUS.initialGrace);
    const result = await license.activate();
    assert.ok(result.ok, JSON.stringify(result));
    assert.equal(license.status.status, LICENSE_STATUS.licensed);
    assert.equal(result.tried.length, 1);
    const facts = await license.facts();
    assert.ok(facts);
    const lines = dlvLines("0.1.0", [facts]).map((line) => line.trim());
    assert.ok(lines.includes("License Status: Licensed"), "what slmgr prints, over the socket too");
    assert.ok(lines.includes(`Client Machine ID (CMID): ${license.status.cmid}`));
  });

  it("tells a refusal of a host as a value with every host tried", async (t) => {
    const { served, machine } = await running(t, "pc-21");
    const root = await connected(t, machine.sockets.root);
    await root.request("set", { name: "host", value: "127.0.0.1:1" });
    const license = await openLicense(optionsOf(served, machine));
    t.after(() => license.close());
    const result = await license.activate();
    assert.equal(result.ok ? "" : result.refusal.reason, "HOST_UNREACHABLE");
    assert.equal(result.tried[0]?.host, "127.0.0.1:1");
  });

  it("hears of what happens to the licence, and shows it when it hears", async (t) => {
    const { served, machine } = await running(t, "pc-22");
    const license = await openLicense(optionsOf(served, machine));
    t.after(() => license.close());
    const heard = new Promise<number>((resolve) => {
      license.events.on(({ id }) => {
        if (id === 1036) resolve(license.status.status);
      });
    });
    const other = await connected(t, machine.sockets.everybody);
    await other.request("activate", { activationId: served.product });
    assert.equal(await heard, LICENSE_STATUS.licensed);
  });

  it("survives a restart of the agent: away while it is gone, and back with its events", async (t) => {
    const { served, machine } = await running(t, "pc-23");
    const license = await openLicense(optionsOf(served, machine));
    t.after(() => license.close());
    await license.activate();
    await machine.stop();
    const refused = await license.activate();
    assert.equal(refused.ok ? "" : refused.refusal.reason, "SERVICE_NOT_RUNNING");
    assert.equal(license.status.flags.agentAway, true);
    assert.equal(license.status.status, LICENSE_STATUS.licensed, "what was verified stays true");
    await machine.start();
    const heard = new Promise<number>((resolve) => license.events.on(({ id }) => resolve(id)));
    assert.ok((await license.activate()).ok);
    assert.equal(license.status.flags.agentAway, false);
    assert.ok((await heard) > 0);
  });

  it("comes back by itself when the agent does", async (t) => {
    const { served, machine } = await running(t, "pc-24");
    const license = await openLicense(optionsOf(served, machine));
    t.after(() => license.close());
    const heard = new Promise<void>((resolve) => {
      license.events.on(({ id }) => {
        if (id === 12289) resolve();
      });
    });
    await machine.stop("SIGKILL");
    await machine.start();
    const other = await connected(t, machine.sockets.root);
    // Until the program has subscribed again it hears nothing, so it is told until it does.
    let isHeard = false;
    void heard.then(() => {
      isHeard = true;
    });
    while (!isHeard) await other.request("activate", { activationId: served.product });
    assert.equal(license.status.flags.agentAway, false);
  });

  it("keeps a store of its own where there is no agent, where it does not know the publisher, and where it is asked to", async (t) => {
    const { served, machine } = await running(t, "pc-25");
    const stranger = await servedSite(t);
    const home = mkdtempSync(join(tmpdir(), "csh-"));
    t.after(() => rmSync(home, { recursive: true, force: true }));
    const before = process.env["COUNTERSIGN_DATA"];
    process.env["COUNTERSIGN_DATA"] = home;
    t.after(() => {
      if (before === undefined) delete process.env["COUNTERSIGN_DATA"];
      else process.env["COUNTERSIGN_DATA"] = before;
    });
    const cases = [
      { ...optionsOf(served, machine), agent: join(home, "nobody") },
      optionsOf(stranger, machine),
      { ...optionsOf(served, machine), store: join(home, "own") },
    ];
    for (const options of cases) {
      const license = await openLicense({ ...options, host: "127.0.0.1:1", schedule: false });
      assert.equal(license.status.keeper, "own-store");
      await license.close();
    }
  });

  it("throws for a setup key of another product, agent or not", async (t) => {
    const { served, machine } = await running(t, "pc-26");
    await assert.rejects(
      openLicense({ ...optionsOf(served, machine), setupKey: served.site.otherSetupKey }),
      (error) => error instanceof RefusalError && error.refusal.reason === "KEY_FOR_OTHER_PRODUCT",
    );
  });

  it("never replaces a key that is installed: the person's stays", async (t) => {
    const { served, machine } = await running(t, "pc-27");
    const root = await connected(t, machine.sockets.root);
    await root.request("install-key", { key: served.site.setupKey });
    const anybody = await connected(t, machine.sockets.everybody);
    const { publisherId, product } = served;
    const setupKey = served.site.otherSetupKey;
    const kept = (await anybody.request("register", { publisherId, activationId: product, setupKey })) as {
      partialKey: string;
    };
    assert.equal(kept.partialKey, served.site.setupKey.slice(-5));
  });
});
