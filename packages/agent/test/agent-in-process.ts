import { join } from "node:path";
import type { TestContext } from "node:test";
import { agentPlacesIn, fixedIdentity } from "@countersign/client/node";
import { type AgentOptions, startAgent } from "../src/index.ts";
import { type AgentMachine, agentMachine, type ServedSite } from "./agent-world.ts";

/** An agent in the test's own process, where nothing needs a process of its own: quicker, and its faults end the test. */
export async function agentInProcess(
  t: TestContext,
  served: ServedSite,
  seed: string,
  change: AgentOptions = {},
): Promise<AgentMachine> {
  const machine = agentMachine(t, seed, served.host);
  machine.trust("example", served.site);
  const agent = await startAgent({
    trustDirectory: join(machine.directory, "trust.d"),
    stores: join(machine.directory, "client"),
    managed: join(machine.directory, "managed.json"),
    sockets: agentPlacesIn(join(machine.directory, "run")),
    identity: fixedIdentity(seed, seed),
    log: () => undefined,
    ...change,
  });
  t.after(() => agent.stop());
  return machine;
}
