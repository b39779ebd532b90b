import { readFileSync } from "node:fs";
import {
  environmentNameOf,
  HOST_SETTING_NAMES,
  HOST_SETTINGS,
  type HostSettingLayer,
  type HostSettings,
  RefusalError,
  refuse,
} from "@countersign/domain";
import type { ConfigurationFile, ConfigurationProblem, ReadConfiguration } from "./configuration-file.ts";
import type { HostConfiguration } from "./host-options.ts";
import { type Environment, readSecretFile, secretFrom } from "./secret.ts";

/** Where a host is configured. */
export interface ConfigurationSources {
  readonly env: Environment;
  /** `--config`; undefined: COUNTERSIGN_CONFIG, else the system's file where it is there. */
  readonly configFile: string | undefined;
  readonly platform: string;
}

/** What the sources say together, and which file it was. */
export interface FoundConfiguration {
  readonly configuration: HostConfiguration;
  /** "" = there is none. */
  readonly path: string;
}

/** Reads environment and file. Rejects with a RefusalError that names the first problem and how many more there are. */
export async function readHostConfiguration(sources: ConfigurationSources): Promise<FoundConfiguration> {
  const { path, text } = fileText(sources);
  const read = await readText(text);
  if (!read.ok) throw refusedFile(read.problems, path);
  const { settings, limits, adminHostNames, tls, signer, dns, alerts, passphraseFile } = read.file;
  const configuration: HostConfiguration = {
    ...{ limits, adminHostNames, tls, signer, dns, alerts },
    passphrase: passphraseOf(sources.env, passphraseFile),
    settingLayers: [environmentLayer(sources.env), { source: "file", place: path, values: settings }],
  };
  return { configuration, path };
}

/** Everything wrong with the file alone; empty when it is sound or not there. */
export async function checkHostConfiguration(sources: ConfigurationSources): Promise<{
  readonly path: string;
  readonly problems: readonly ConfigurationProblem[];
}> {
  const { path, text } = fileText(sources);
  const read = await readText(text);
  return { path, problems: read.ok ? [] : read.problems };
}

const NO_FILE: ConfigurationFile = {
  ...{ settings: {}, limits: {}, adminHostNames: [] },
  ...{ tls: undefined, signer: undefined, passphraseFile: undefined, alerts: undefined },
  dns: { hostName: undefined, servers: [], subName: true, unpublishOnStop: false, domains: undefined },
};

/** YAML and its form are loaded for a host that has a file: they are a fifth of the modules a start would load. */
async function readText(text: string | undefined): Promise<ReadConfiguration> {
  if (text === undefined) return { ok: true, file: NO_FILE };
  const { readConfiguration } = await import("./configuration-file.ts");
  return readConfiguration(text);
}

/** Seals the keys: the environment goes before the file. */
function passphraseOf(env: Environment, passphraseFile: ConfigurationFile["passphraseFile"]): string | undefined {
  const said = secretFrom(env, "COUNTERSIGN_KEY_PASSPHRASE");
  return said ?? (passphraseFile === undefined ? undefined : readSecretFile(passphraseFile));
}

function environmentLayer(env: Environment): HostSettingLayer {
  const said = HOST_SETTING_NAMES.flatMap((name) => {
    const text = env[environmentNameOf(name)] ?? "";
    if (text === "") return [];
    const reading = HOST_SETTINGS[name].read(text);
    if (reading !== undefined) return [[name, reading.value] as const];
    const expected = `${environmentNameOf(name)} to be ${HOST_SETTINGS[name].expected}`;
    throw new RefusalError(refuse("CONFIGURATION_INVALID", { expected, found: text }));
  });
  return { source: "environment", place: "", values: Object.fromEntries(said) as Partial<HostSettings> };
}

/** A file somebody named must be there; the system's need not. */
function fileText({ env, configFile, platform }: ConfigurationSources) {
  const named = configFile ?? (env["COUNTERSIGN_CONFIG"] || undefined);
  const path = named ?? systemFile(env, platform);
  try {
    return { path, text: readFileSync(path, "utf8") };
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (named === undefined && (code === "ENOENT" || code === "ENOTDIR")) return { path: "", text: undefined };
    throw new RefusalError(refuse("FILE_UNREADABLE", { path, detail: code }), { cause: error });
  }
}

function systemFile(env: Environment, platform: string): string {
  if (platform === "win32") return `${env["ProgramData"] ?? "C:\\ProgramData"}\\Countersign\\host.yaml`;
  return "/etc/countersign/host.yaml";
}

function refusedFile(problems: readonly ConfigurationProblem[], path: string): RefusalError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more: countersign host config check)` : "";
  const where = first === undefined || first.path === "" ? "" : `${first.path} to be `;
  const expected = `${where}${first?.expected ?? ""}`;
  return new RefusalError(refuse("CONFIGURATION_INVALID", { expected, found: `${first?.found}${more}`, file: path }));
}
