import { join } from "node:path";

/** Where the machine's agent listens. */
export interface AgentPlaces {
  /** Status and activate, for everybody. */
  readonly everybody: string;
  /** Keys, rearm and settings, for root. */
  readonly root: string;
}

/** The sockets in a directory: of tests, or of a container that was given the node's. */
export function agentPlacesIn(directory: string): AgentPlaces {
  return { everybody: join(directory, "agent.sock"), root: join(directory, "agent-root.sock") };
}

/** The machine's; COUNTERSIGN_AGENT names another directory, or says `off`. Undefined: no agent is to be used. */
export function defaultAgentPlaces(): AgentPlaces | undefined {
  const explicit = process.env["COUNTERSIGN_AGENT"] ?? "";
  if (explicit === "off") return undefined;
  if (explicit !== "") return agentPlacesIn(explicit);
  if (process.platform === "win32") {
    return { everybody: "\\\\.\\pipe\\countersign-agent", root: "\\\\.\\pipe\\countersign-agent-root" };
  }
  return agentPlacesIn(process.platform === "darwin" ? "/var/run/countersign" : "/run/countersign");
}
