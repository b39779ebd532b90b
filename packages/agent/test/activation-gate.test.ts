import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import type { Transport } from "@countersign/client";
import { fixedIdentity, httpTransport, openLicense } from "@countersign/client/node";
import { agentInProcess } from "./agent-in-process.ts";
import { connected, type ServedSite, servedSite } from "./agent-world.ts";
import { virtualClock } from "./virtual-clock.ts";

interface Told {
  readonly error?: { readonly reason: string; readonly retryAfterS?: number };
}

/** An agent whose clock the test moves, and how often its hosts were asked. */
async function countedAgent(t: TestContext) {
  const clock = virtualClock();
  const served = await servedSite(t);
  const asked = { count: 0 };
  const http = httpTransport();
  const transport: Transport = (target, method, request) => {
    if (method === "Activate") asked.count++;
    return http(target, method, request);
  };
  const machine = await agentInProcess(t, served, "pc-1", { clock, transport });
  const root = await connected(t, machine.sockets.root);
  for (const key of [served.site.setupKey, served.site.otherSetupKey]) await root.request("install-key", { key });
  return { clock, served, asked, machine, root, anybody: await connected(t, machine.sockets.everybody) };
}

type Connection = Awaited<ReturnType<typeof connected>>;

/** Seconds to wait; 0: the hosts were asked. */
async function waitOf(connection: Connection, activationId: string): Promise<number> {
  const { error } = await connection.request("activate", { activationId }).then(
    (): Told => ({}),
    ({ refusal: { reason, retryAfterS } }): Told => ({ error: { reason, retryAfterS } }),
  );
  if (error === undefined) return 0;
  assert.equal(error.reason, "RATE_LIMITED");
  return error.retryAfterS ?? 0;
}

const optionsOf = ({ site, product }: ServedSite, agent: string) => ({
  ...{ trust: site.trust, product, setupKey: site.setupKey },
  ...{ identity: fixedIdentity("pc-1", "pc-1"), agent },
});

describe("programs without root", () => {
  it("have hosts asked five times, are then told how long to wait, and are served when they waited that long", async (t) => {
    const { clock, served, asked, anybody } = await countedAgent(t);
    for (let i = 0; i < 5; i++) assert.equal(await waitOf(anybody, served.product), 0, `attempt ${i}`);
    assert.equal(await waitOf(anybody, served.product), 720);
    assert.equal(asked.count, 5, "what is refused reaches no host");
    clock.pass(719_000);
    assert.equal(await waitOf(anybody, served.product), 1);
    clock.pass(1_000);
    assert.equal(await waitOf(anybody, served.product), 0);
    assert.equal(asked.count, 6);
  });

  it("share what there is, over all connections and products of the publisher; asking in a loop for a day gains nothing", async (t) => {
    const { clock, served, asked, machine } = await countedAgent(t);
    for (let minute = 0; minute < 24 * 60; minute += 4) {
      const loop = await connected(t, machine.sockets.everybody);
      await waitOf(loop, minute % 8 === 0 ? served.product : served.other);
      loop.close();
      clock.pass(4 * 60_000);
    }
    assert.equal(asked.count, 5 + 24 * 5 - 1);
  });

  it("join an attempt that is under way for nothing", async (t) => {
    const { served, asked, anybody } = await countedAgent(t);
    for (let i = 0; i < 4; i++) await Promise.all(Array.from({ length: 16 }, () => waitOf(anybody, served.product)));
    assert.equal(asked.count, 4);
    assert.equal(await waitOf(anybody, served.product), 0, "four attempts were counted, not sixty-four");
  });

  it("limit neither root nor the SDK's next answer, which is a refusal with its time and no exception", async (t) => {
    const { served, asked, machine, root, anybody } = await countedAgent(t);
    const license = await openLicense(optionsOf(served, `${machine.directory}/run`));
    t.after(() => license.close());
    for (let i = 0; i < 5; i++) assert.equal(await waitOf(anybody, served.product), 0);
    const result = await license.activate();
    assert.ok(!result.ok);
    assert.deepEqual([result.refusal.reason, result.refusal.retryAfterS], ["RATE_LIMITED", 720]);
    assert.match(result.refusal.message, /ask again in 720 s/);
    for (let i = 0; i < 8; i++) assert.equal(await waitOf(root, served.product), 0);
    assert.equal(asked.count, 13);
  });
});
