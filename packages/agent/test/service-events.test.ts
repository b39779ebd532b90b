import assert from "node:assert/strict";
import { cpSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { agentPlacesIn, fixedIdentity, readEvents } from "@countersign/client/node";
import { REFUSALS, SOFTWARE_VERSION } from "@countersign/domain";
import { startAgent } from "../src/index.ts";
import { type AgentMachine, agentMachine, servedSite } from "./agent-world.ts";

/** What the service itself wrote. */
const written = ({ directory }: AgentMachine) =>
  readEvents(join(directory, "client")).map(({ id, fields }) => [id, Object.values(fields)[0]]);

describe("the agent's own events", () => {
  it("say when it started and that it was asked to stop; without 903 before a 902 it was killed", async (t) => {
    const served = await servedSite(t);
    const machine = agentMachine(t, "pc-1", served.host);
    assert.match(await machine.start(), /^agent ready/);
    await machine.stop();
    assert.match(await machine.start(), /^agent ready/);
    await machine.stop("SIGKILL");
    assert.match(await machine.start(), /^agent ready/);
    await machine.stop();
    const [up, down] = [
      [902, SOFTWARE_VERSION],
      [903, "stop requested"],
    ];
    assert.deepEqual(written(machine), [up, down, up, up, down]);
    const [first] = readEvents(join(machine.directory, "client"));
    assert.deepEqual([first?.computer, first?.level, first?.log], ["pc-1", "information", "Application"]);
  });

  it("say once that it stopped, however often it is told to", async (t) => {
    const served = await servedSite(t);
    const machine = agentMachine(t, "pc-2", served.host);
    const agent = await startAgent(optionsOf(machine));
    await Promise.all([agent.stop(), agent.stop()]);
    await agent.stop();
    assert.deepEqual(
      written(machine).map(([id]) => id),
      [902, 903],
    );
  });

  it("say that a publisher's products are not renewed when its store is of somebody else, and why", async (t) => {
    const [served, other] = [await servedSite(t), await servedSite(t)];
    const machine = agentMachine(t, "pc-3", served.host);
    machine.trust("example", served.site);
    const agent = await startAgent(optionsOf(machine));
    await agent.stop();
    const stores = join(machine.directory, "client");
    // The store of one publisher under the other's name: no machine comes to that by itself.
    cpSync(join(stores, served.publisherId), join(stores, other.publisherId), { recursive: true });
    machine.trust("other", other.site);
    const again = await startAgent(optionsOf(machine));
    t.after(() => again.stop());
    const codes = written(machine).flatMap(([id, value]) => (id === 12292 ? [value] : []));
    assert.deepEqual(codes, [REFUSALS.CONFIGURATION_INVALID.code]);
  });

  it("say that nothing is renewed when it could not start, and nothing when another one renews", async (t) => {
    const served = await servedSite(t);
    const machine = agentMachine(t, "pc-4", served.host);
    writeFileSync(join(machine.directory, "run"), "a file where the sockets' directory should be");
    await assert.rejects(startAgent(optionsOf(machine)));
    assert.deepEqual(written(machine), [[12292, REFUSALS.FILE_UNWRITABLE.code]]);
    rmSync(join(machine.directory, "run"));
    const first = await startAgent(optionsOf(machine));
    t.after(() => first.stop());
    await assert.rejects(startAgent(optionsOf(machine)));
    assert.deepEqual(
      written(machine).map(([id]) => id),
      [12292, 902],
    );
  });
});

function optionsOf({ directory, seed }: AgentMachine) {
  return {
    trustDirectory: join(directory, "trust.d"),
    stores: join(directory, "client"),
    managed: join(directory, "managed.json"),
    sockets: agentPlacesIn(join(directory, "run")),
    identity: fixedIdentity(seed, seed),
    log: () => undefined,
  };
}
