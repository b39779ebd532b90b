import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fixedIdentity, type License, openLicense } from "@countersign/client/node";
import { refused } from "./error-report.ts";

/** What `client init` keeps in `client.json`, beside the trust file and the trusted store. */
export interface ClientSettings {
  readonly format: 1;
  /** The activation id of the product, a UUID. */
  readonly product: string;
  readonly productName: string;
  /** Public: it selects a product and opens nothing. */
  readonly setupKey: string;
  readonly host: string;
  /** A machine of the demonstration: the seed and name of its made-up hardware. */
  readonly demonstration?: { readonly seed: string; readonly computerName: string };
}

const TRUST_FILE = "publisher.cstrust";

/** Writes the settings and the trust file of one client directory. */
export async function writeClientSettings(
  directory: string,
  settings: ClientSettings,
  trust: Uint8Array,
): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await writeFile(join(directory, TRUST_FILE), trust, { mode: 0o600 });
  await writeFile(join(directory, "client.json"), `${JSON.stringify(settings, undefined, 2)}\n`, { mode: 0o600 });
}

/** Opens the licence of a client directory without a schedule: who opened it asks when it wants to. */
export async function openClient(directory: string): Promise<{ license: License; settings: ClientSettings }> {
  const settings = readSettings(await readFile(join(directory, "client.json"), "utf8"), directory);
  const { product, setupKey, host, demonstration } = settings;
  const license = await openLicense({
    ...{ product, setupKey, host, schedule: false },
    trust: await readFile(join(directory, TRUST_FILE)),
    store: join(directory, "store"),
    ...(demonstration && { identity: fixedIdentity(demonstration.seed, demonstration.computerName) }),
  });
  return { license, settings };
}

function readSettings(text: string, directory: string): ClientSettings {
  const found = parsedJson(text) as Partial<ClientSettings> | undefined;
  const texts = [found?.product, found?.productName, found?.setupKey, found?.host];
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
