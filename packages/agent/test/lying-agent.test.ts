import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { fixedIdentity, openLicense } from "@countersign/client/node";
import { LICENSE_STATUS } from "@countersign/domain";
import { agentInProcess } from "./agent-in-process.ts";
import { connected, type ServedSite, servedSite } from "./agent-world.ts";
import { bendingStatus, type Lie, lyingAgent, type Message } from "./lying-agent.ts";

const SEED = "pc-1";

/** An honest agent with a licensed product, and one more product, not activated. */
async function honestAgent(t: TestContext, served: ServedSite, seed = SEED) {
  const machine = await agentInProcess(t, served, seed);
  const asking = await connected(t, machine.sockets.everybody);
  const { publisherId, product, other, site } = served;
  await asking.request("register", { publisherId, activationId: product, setupKey: site.setupKey });
  await asking.request("register", { publisherId, activationId: other, setupKey: site.otherSetupKey });
  await asking.request("activate", { activationId: product });
  const statusOf = async (activationId: string) => {
    const { products } = (await asking.request("status", { activationId })) as { products: Message[] };
    const [only] = products;
    assert.ok(only);
    return only;
  };
  return { machine, asking, statusOf };
}

/** What the program makes of a false agent's word; its own machine is `seed`. */
async function believed(t: TestContext, served: ServedSite, liar: string, product = served.product) {
  const license = await openLicense({
    ...{ trust: served.site.trust, product, agent: liar, identity: fixedIdentity(SEED, SEED) },
  });
  t.after(() => license.close());
  assert.equal(license.status.keeper, "agent");
  return license;
}

const leaseOf = (product: Message) => product["lease"] as Message;
const withLease = (product: Message, change: Message): Message => ({
  ...product,
  lease: { ...leaseOf(product), ...change },
});
const flipped = (text: unknown, at: number): string => {
  const bytes = Buffer.from(String(text), "base64");
  bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ 1;
  return bytes.toString("base64");
};

describe("a false agent", () => {
  const lies: readonly (readonly [string, Lie])[] = [
    ["takes the lease away", ({ lease: _, ...product }) => product],
    ["gives an empty lease", (product) => ({ ...product, lease: {} })],
    [
      "flips a bit of the statement",
      (product) => withLease(product, { reply: flipped(leaseOf(product)["reply"], 40) }),
    ],
    [
      "flips the last bit of the reply",
      (product) => withLease(product, { reply: flipped(leaseOf(product)["reply"], -1 + 1e6) }),
    ],
    ["cuts the reply", (product) => withLease(product, { reply: String(leaseOf(product)["reply"]).slice(0, 400) })],
    ["names another nonce", (product) => withLease(product, { nonce: Buffer.alloc(32, 7).toString("base64") })],
    ["names another CMID", (product) => withLease(product, { cmid: "11111111-2222-4333-8444-555555555555" })],
    [
      "names other components",
      (product) => withLease(product, { components: flipped(leaseOf(product)["components"], 3) }),
    ],
    ["names no components", (product) => withLease(product, { components: "" })],
    [
      "names another salt, so that nothing matches",
      (product) => withLease(product, { salt: Buffer.alloc(16, 7).toString("base64") }),
    ],
    ["gives text for bytes", (product) => withLease(product, { reply: "%%%" })],
    ["says it was received in another year", (product) => withLease(product, { receivedWallMs: Date.UTC(2090, 0) })],
  ];
  for (const [what, lie] of lies) {
    it(`that ${what} grants nothing: AGENT_NOT_BELIEVED`, async (t) => {
      const served = await servedSite(t);
      const { machine, statusOf } = await honestAgent(t, served);
      const said = lie(await statusOf(served.product));
      assert.equal((said["report"] as Message)["status"], LICENSE_STATUS.licensed, "it does say licensed");
      const liar = await lyingAgent(t, machine.sockets.everybody, bendingStatus(lie));
      const license = await believed(t, served, liar);
      assert.equal(license.status.status, LICENSE_STATUS.unlicensed);
      assert.equal(license.status.reason, "AGENT_NOT_BELIEVED");
    });
  }

  it("that changes nothing is believed: the lies above are refused for what they change", async (t) => {
    const served = await servedSite(t);
    const { machine } = await honestAgent(t, served);
    const liar = await lyingAgent(
      t,
      machine.sockets.everybody,
      bendingStatus((product) => product),
    );
    assert.equal((await believed(t, served, liar)).status.status, LICENSE_STATUS.licensed);
  });

  it("that gives no chain, or another publisher's, is judged by the program's own trust file", async (t) => {
    const served = await servedSite(t);
    const { machine } = await honestAgent(t, served);
    const foreign = await servedSite(t);
    const theirs = await honestAgent(t, foreign);
    const { chain } = leaseOf(await theirs.statusOf(foreign.product));
    for (const other of ["", chain]) {
      const liar = await lyingAgent(
        t,
        machine.sockets.everybody,
        bendingStatus((each) => withLease(each, { chain: other })),
      );
      assert.equal((await believed(t, served, liar)).status.status, LICENSE_STATUS.licensed);
    }
  });

  it("that shows the lease of another product, machine or publisher grants nothing", async (t) => {
    const served = await servedSite(t);
    const { machine, statusOf } = await honestAgent(t, served);
    const neighbour = await honestAgent(t, served, "pc-2");
    const foreign = await servedSite(t);
    const stranger = await honestAgent(t, foreign);
    const leases: readonly (readonly [string, string, Message])[] = [
      ["another product", served.other, leaseOf(await statusOf(served.product))],
      ["another machine", served.product, leaseOf(await neighbour.statusOf(served.product))],
      ["another publisher", served.product, leaseOf(await stranger.statusOf(foreign.product))],
    ];
    for (const [whose, product, lease] of leases) {
      const lie: Lie = (each) => ({
        ...each,
        lease,
        report: { ...(each["report"] as Message), status: LICENSE_STATUS.licensed },
      });
      const liar = await lyingAgent(t, machine.sockets.everybody, bendingStatus(lie));
      const license = await believed(t, served, liar, product);
      assert.equal(license.status.reason, "AGENT_NOT_BELIEVED", `the lease of ${whose}`);
    }
  });

  it("that says an attempt succeeded which did not is not believed either", async (t) => {
    const served = await servedSite(t);
    const { machine } = await honestAgent(t, served);
    const bend = (method: string, answer: Message): Message => {
      const isOther = method === "activate";
      if (isOther)
        return { ...answer, result: { activated: true, host: "h:1", count: 9, requiredCount: 9, tried: [] } };
      const saying: Lie = ({ lease: _, ...each }) => ({
        ...each,
        report: { ...(each["report"] as Message), status: 1 },
      });
      return bendingStatus(saying)(method, answer);
    };
    const license = await believed(t, served, await lyingAgent(t, machine.sockets.everybody, bend));
    const result = await license.activate();
    assert.equal(result.ok ? "" : result.refusal.reason, "AGENT_NOT_BELIEVED");
  });

  it("can withhold: a program whose agent says unlicensed shows that", async (t) => {
    const served = await servedSite(t);
    const { machine } = await honestAgent(t, served);
    const lie: Lie = (each) => ({
      ...each,
      report: { ...(each["report"] as Message), status: 0, reason: "KEY_NOT_INSTALLED" },
    });
    const license = await believed(t, served, await lyingAgent(t, machine.sockets.everybody, bendingStatus(lie)));
    assert.equal(license.status.reason, "KEY_NOT_INSTALLED");
  });

  it("that talks nonsense is no agent: the program keeps a store of its own", async (t) => {
    const served = await servedSite(t);
    const { machine } = await honestAgent(t, served);
    const nonsense: readonly ((method: string, answer: Message) => Message)[] = [
      () => ({}),
      () => ({ id: 99, result: {} }),
      (method, answer) => (method === "status" ? { ...answer, result: { products: "many" } } : answer),
      (method, answer) =>
        method === "status" ? { ...answer, result: { products: [{ report: { status: 9 } }] } } : answer,
      (method, answer) =>
        method === "hello" ? { id: answer["id"], error: { reason: "WHATEVER", message: 7 } } : answer,
    ];
    for (const bend of nonsense) {
      const liar = await lyingAgent(t, machine.sockets.everybody, bend);
      const license = await openLicense({
        ...{ trust: served.site.trust, product: served.product, agent: liar, schedule: false },
        ...{ identity: fixedIdentity(SEED, SEED), host: "127.0.0.1:1" },
      });
      assert.equal(license.status.keeper, "own-store");
      await license.close();
    }
  });
});
