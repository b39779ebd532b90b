import { homedir } from "node:os";
import { join } from "node:path";
import type { SettingsPlaces } from "./settings-files.ts";

/** Where the store of a publisher is kept by default: one directory per publisher and machine, or per user without root. */
export function defaultStoreDirectory(publisherId: string): string {
  return join(clientDirectory(), publisherId);
}

/** Where a person's settings and the site's managed configuration are, beside the stores in `stores`. */
export function settingsPlaces(stores = clientDirectory()): SettingsPlaces {
  const explicit = process.env["COUNTERSIGN_MANAGED"] ?? "";
  return { stored: join(stores, "settings.json"), managed: explicit === "" ? managedPlace() : explicit };
}

/** The directory with a store per publisher, and the settings. */
export function clientDirectory(): string {
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

function managedPlace(): string {
  const { env, platform } = process;
  if (platform === "win32") return join(env["ProgramData"] ?? "C:\\ProgramData", "Countersign", "managed.json");
  if (platform === "darwin") return "/Library/Application Support/Countersign/managed.json";
  return "/etc/countersign/managed.json";
}
