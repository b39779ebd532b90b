import { homedir } from "node:os";
import { join } from "node:path";

/** Where the store of a publisher is kept by default: one directory per publisher and machine, or per user without root. */
export function defaultStoreDirectory(publisherId: string): string {
  return join(clientDirectory(), publisherId);
}

function clientDirectory(): string {
  const { env, platform } = process;
  const explicit = env["COUNTERSIGN_DATA"];
  if (explicit !== undefined && explicit !== "") return join(explicit, "client");
  const isRoot = process.getuid?.() === 0;
  if (platform === "win32") return join(env["LOCALAPPDATA"] ?? homedir(), "Countersign", "client");
  if (platform === "darwin") {
    return join(
      isRoot ? "/Library/Application Support" : join(homedir(), "Library", "Application Support"),
      "Countersign",
      "client",
    );
  }
  if (isRoot) return "/var/lib/countersign/client";
  return join(env["XDG_STATE_HOME"] ?? join(homedir(), ".local", "state"), "countersign", "client");
}
