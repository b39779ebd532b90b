import { homedir } from "node:os";
import { dirname, join } from "node:path";
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

/** Where the publishers' trust files are that the machine's agent reads: `trust.d`, beside the managed configuration. */
export function trustPlace(): string {
  const explicit = process.env["COUNTERSIGN_TRUST"] ?? "";
  return explicit === "" ? join(dirname(managedPlace()), "trust.d") : explicit;
}

/** The directory with a store per publisher, and the settings: of whoever runs this, or `machine`, as its agent keeps it. */
export function clientDirectory(of: "program" | "machine" = "program"): string {
  const { env, platform } = process;
  const explicit = env["COUNTERSIGN_DATA"];
  if (explicit !== undefined && explicit !== "") return join(explicit, "client");
  const isRoot = process.getuid?.() === 0;
  if (platform === "win32") {
    const programData = env["ProgramData"] ?? "C:\\ProgramData";
    return join(of === "machine" ? programData : (env["LOCALAPPDATA"] ?? homedir()), "Countersign", "client");
  }
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
