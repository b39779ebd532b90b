import type { AgentConnection } from "@countersign/client/node";
import { textOf } from "../actions/words.ts";
import type { Given, Shell } from "../command.ts";
import { stateRoot } from "../places.ts";
import { refused } from "../refusal-report.ts";
import { withLocalCall } from "../slmgr/host-side.ts";
import { remoteCall } from "../slmgr/remote-host.ts";
import { agentDirectory, isSetUp, targetDirectory } from "../target.ts";
import type { EventSource } from "./event-source.ts";
import { hostSource } from "./host-source.ts";

/** Both logs of this machine, or that of the host elsewhere; undefined = not there. */
export interface EventSources {
  readonly host: EventSource | undefined;
  readonly client: EventSource | undefined;
}

/** Opens what the options name for the length of the work: a running host is asked, a stopped one's store opened under its lock. */
export async function withSources<T>(
  given: Given,
  shell: Shell,
  work: (sources: EventSources) => Promise<T>,
): Promise<T> {
  const target = textOf(given, "host");
  if (target !== undefined) {
    const flags = { tokenFile: textOf(given, "tokenFile"), caFile: textOf(given, "caFile") };
    return work({ host: hostSource(await remoteCall(target, flags, shell)), client: undefined });
  }
  const side = textOf(given, "side") ?? "";
  if (!SIDES.includes(side))
    throw refused("USAGE_INVALID", { expected: "--side to be host, client or agent", found: side });
  const host = side === "" || side === "host" ? await directoryOf("host", given, shell) : undefined;
  return withClient(side, given, shell, (client) => {
    if (host !== undefined) return withLocalCall(host, shell, (call) => work({ host: hostSource(call), client }));
    if (client !== undefined) return work({ host: undefined, client });
    const path = textOf(given, "data") ?? stateRoot(shell);
    throw refused("STORE_MISSING", { role: side || "host", path });
  });
}

const SIDES: readonly string[] = ["", "host", "client", "agent"];

/** The client's log: of a directory that was set up, else of the machine's agent, which is asked and read by anybody. */
async function withClient<T>(
  side: string,
  given: Given,
  shell: Shell,
  work: (client: EventSource | undefined) => Promise<T>,
): Promise<T> {
  if (side === "host") return work(undefined);
  const directory = side === "agent" ? undefined : await directoryOf("client", given, shell);
  if (directory !== undefined) return work((await import("./client-source.ts")).clientSource(directory));
  const agent = await connectedAgent(side, given, shell);
  if (agent === undefined) return work(undefined);
  try {
    return await work((await import("./agent-source.ts")).agentSource(agent));
  } finally {
    agent.close();
  }
}

/** Only who names the agent is told that it does not answer: sockets may be what a killed one left behind. */
async function connectedAgent(side: string, given: Given, shell: Shell): Promise<AgentConnection | undefined> {
  const isNamed = side === "agent";
  const directory = textOf(given, "data") === undefined || isNamed ? agentDirectory(shell) : undefined;
  if (directory === undefined && !isNamed) return undefined;
  const { agentPlacesIn, connectAgent, defaultAgentPlaces } = await import("@countersign/client/node");
  const places = directory === undefined ? defaultAgentPlaces() : agentPlacesIn(directory);
  if (places === undefined) throw refused("CONFIGURATION_INVALID", { expected: AGENT_PLACE, found: "off" });
  return connectAgent(places.everybody).catch((error) => (isNamed ? Promise.reject(error) : undefined));
}

const AGENT_PLACE = "COUNTERSIGN_AGENT to name the directory of the agent's sockets";

async function directoryOf(role: "host" | "client", given: Given, shell: Shell): Promise<string | undefined> {
  const directory = await targetDirectory(role, given, shell);
  return (await isSetUp(role, directory)) ? directory : undefined;
}
