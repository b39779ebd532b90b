import { join, resolve } from "node:path";
import type { Shell } from "./command.ts";

/** The roles that have a data directory. */
export type Role = "publisher" | "host" | "client";

/** Where things are unless somebody says otherwise (architecture.md, "Ports and places"). */
export const DEFAULT_PORTS = { activation: 1688, hostHealth: 1689, publisher: 1690, publisherAdmin: 1691 } as const;

/** Flag, then environment, then the context's place, then the system's. */
export function dataDirectory(
  role: Role,
  flag: string | undefined,
  shell: Pick<Shell, "env" | "home" | "isRoot" | "platform">,
): string {
  const said = flag ?? shell.env["COUNTERSIGN_DATA"];
  return said !== undefined && said !== "" ? resolve(said) : join(stateRoot(shell), role);
}

/** The directory over all roles. */
export function stateRoot({
  env,
  home,
  isRoot,
  platform,
}: Pick<Shell, "env" | "home" | "isRoot" | "platform">): string {
  if (platform === "win32") return join(env["ProgramData"] ?? "C:\\ProgramData", "Countersign");
  if (isRoot) return "/var/lib/countersign";
  const state = env["XDG_STATE_HOME"];
  return join(state !== undefined && state !== "" ? state : join(home, ".local", "state"), "countersign");
}

/** The file of contexts: where `demo` says what it brought up. */
export function contextFile({ env, home }: Pick<Shell, "env" | "home">): string {
  const config = env["XDG_CONFIG_HOME"];
  return join(config !== undefined && config !== "" ? config : join(home, ".config"), "countersign", "contexts.json");
}
