import { existsSync } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { Given, Shell } from "./command.ts";
import { readContexts } from "./context-file.ts";
import { contextFile, dataDirectory, type Role } from "./places.ts";
import { refused } from "./refusal-report.ts";

/** The file whose presence says that a role was set up in a directory. */
const SET_UP: Readonly<Record<Role, string>> = {
  publisher: "publisher.sqlite",
  host: "host.db",
  client: "client.json",
};

/** The directory a command is about: its flag, the environment, the context in use (and says so), the system's. */
export async function targetDirectory(role: Role, given: Given, shell: Shell): Promise<string> {
  const flag = given["data"] as string | undefined;
  if (flag !== undefined || shell.env["COUNTERSIGN_DATA"] !== undefined) return dataDirectory(role, flag, shell);
  const { current, contexts } = await readContexts(contextFile(shell));
  const context = contexts.find((one) => one.name === current);
  if (context === undefined) return dataDirectory(role, undefined, shell);
  shell.terminal.note(`context ${context.name}: ${role} at ${context[role]}`);
  return context[role];
}

/** The same, where something must be there already. STORE_MISSING otherwise. */
export async function setUpDirectory(role: Role, given: Given, shell: Shell): Promise<string> {
  const directory = await targetDirectory(role, given, shell);
  if (await isSetUp(role, directory)) return directory;
  throw refused("STORE_MISSING", { role, path: directory });
}

/** Whether `init` was run there. */
export async function isSetUp(role: Role, directory: string): Promise<boolean> {
  return stat(join(directory, SET_UP[role])).then(
    () => true,
    () => false,
  );
}

/** Where the sockets of this machine's agent are, when they are there: only then is its client loaded. */
export function agentDirectory({ env, platform }: Shell): string | undefined {
  const said = env["COUNTERSIGN_AGENT"] ?? "";
  if (said === "off") return undefined;
  const directory = said !== "" ? said : platform === "darwin" ? "/var/run/countersign" : "/run/countersign";
  return existsSync(join(directory, "agent.sock")) ? directory : undefined;
}
