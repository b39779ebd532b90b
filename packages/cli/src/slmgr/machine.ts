import type { Shell } from "../command.ts";
import { type Role, stateRoot } from "../places.ts";
import { refused } from "../refusal-report.ts";
import { agentDirectory, isSetUp, targetDirectory } from "../target.ts";

/** What was found on this machine: undefined = that role is not set up. */
export interface Machine {
  readonly hostDirectory: string | undefined;
  readonly client: ClientPlace | undefined;
}

/** Who keeps this machine's products: the agent, or a directory of `client init`. */
export type ClientPlace =
  | { readonly kind: "agent"; readonly directory: string }
  | { readonly kind: "directory"; readonly directory: string };

/** `data`: one directory, whatever was set up in it; without it the context's, the agent's, the system's. */
export async function findMachine(data: string | undefined, shell: Shell): Promise<Machine> {
  const given = { data };
  const hostDirectory = await foundIn("host", given, shell);
  const clientDirectory = await foundIn("client", given, shell);
  const client = clientPlace(clientDirectory, data === undefined ? agentDirectory(shell) : undefined);
  if (hostDirectory !== undefined || client !== undefined) return { hostDirectory, client };
  throw refused("STORE_MISSING", { role: "host or client", path: data ?? stateRoot(shell) });
}

function clientPlace(directory: string | undefined, agent: string | undefined): ClientPlace | undefined {
  if (directory !== undefined) return { kind: "directory", directory };
  return agent === undefined ? undefined : { kind: "agent", directory: agent };
}

async function foundIn(role: Role, given: { readonly data: string | undefined }, shell: Shell) {
  const directory = await targetDirectory(role, given, shell);
  return (await isSetUp(role, directory)) ? directory : undefined;
}
