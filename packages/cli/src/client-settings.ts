import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  fixedIdentity,
  type License,
  openLicense,
  type SettingsFiles,
  settingsFiles,
  settingsPlaces,
} from "@countersign/client/node";
import { RefusalError } from "@countersign/domain";
import { refused } from "./refusal-report.ts";

/** What `client init` keeps in `client.json`, beside the trust file, the settings and the trusted store. */
export interface ClientSettings {
  readonly format: 1;
  /** The activation id of the product, a UUID. */
  readonly product: string;
  readonly productName: string;
  /** Public: it selects a product and opens nothing. "" = a person removed it. */
  readonly setupKey: string;
  /** A machine of the demonstration: the seed and name of its made-up hardware. */
  readonly demonstration?: { readonly seed: string; readonly computerName: string };
}

const TRUST_FILE = "publisher.cstrust";

/** How the machine is to find its host; "": by itself. */
export interface FindWishes {
  readonly host: string;
  readonly lookupDomain: string;
  readonly dnsServers: string;
}

/** Writes the settings, the host to ask and the trust file of one client directory. */
export async function makeClient(
  directory: string,
  { trust, find, ...settings }: ClientSettings & { readonly trust: Uint8Array; readonly find: FindWishes },
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(join(directory, TRUST_FILE), trust, { mode: 0o600 });
  await writeClientSettings(directory, settings);
  for (const [name, value] of Object.entries(find)) {
    if (value === "") continue;
    const refusal = await clientSettingsFiles(directory).change({ name, value, publisherId: undefined });
    if (refusal !== undefined) throw new RefusalError(refusal);
  }
}

/** Replaces `client.json`. */
export async function writeClientSettings(directory: string, settings: ClientSettings): Promise<void> {
  await writeFile(join(directory, "client.json"), `${JSON.stringify(settings, undefined, 2)}\n`, { mode: 0o600 });
}

/** The settings that slmgr changes, and what the site's management placed over them. */
export function clientSettingsFiles(directory: string): SettingsFiles {
  return settingsFiles(settingsPlaces(directory));
}

/** What `client init` kept. */
export async function readClientDirectory(directory: string) {
  const settings = readSettings(await readFile(join(directory, "client.json"), "utf8"), directory);
  return { settings, trust: await readFile(join(directory, TRUST_FILE)), store: join(directory, "store") };
}

/** The made-up machine of a demonstration; undefined: this machine. */
export function demonstrationIdentity({ demonstration }: ClientSettings) {
  return demonstration && fixedIdentity(demonstration.seed, demonstration.computerName);
}

/** Opens the licence of a client directory without a schedule: who opened it asks when it wants to. */
export async function openClient(directory: string): Promise<{ license: License; settings: ClientSettings }> {
  const { settings, trust, store } = await readClientDirectory(directory);
  const { product, setupKey } = settings;
  const identity = demonstrationIdentity(settings);
  const license = await openLicense({
    ...{ product, trust, store, schedule: false },
    ...(setupKey !== "" && { setupKey }),
    ...(identity && { identity }),
  });
  return { license, settings };
}

function readSettings(text: string, directory: string): ClientSettings {
  const found = parsedJson(text) as Partial<ClientSettings> | undefined;
  const texts = [found?.product, found?.productName, found?.setupKey];
  if (found?.format === 1 && texts.every((one) => typeof one === "string")) return found as ClientSettings;
  throw refused("CONFIGURATION_INVALID", {
    expected: "the settings that client init writes",
    found: "something else",
    file: join(directory, "client.json"),
  });
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
