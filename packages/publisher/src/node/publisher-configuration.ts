import { readFileSync } from "node:fs";
import { RefusalError, refuse } from "@countersign/domain";
import { secretInFile, secretSource } from "@countersign/keyring";
import {
  PUBLISHER_SETTING_NAMES,
  PUBLISHER_SETTINGS,
  type PublisherSettingLayer,
  type PublisherSettings,
  publisherVariableOf,
} from "../publisher-settings.ts";
import type { PublisherFile, PublisherFileProblem, PublisherSigner, ReadPublisherFile } from "./configuration-file.ts";

/** Where a publisher is configured. */
export interface PublisherSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--config`; undefined: COUNTERSIGN_PUBLISHER_CONFIG, else the system's file where it is there. */
  readonly configFile: string | undefined;
  readonly platform: string;
}

/** What environment and file say together. */
export interface PublisherConfiguration {
  /** In the order in which they decide; an option goes before both. */
  readonly settingLayers: readonly PublisherSettingLayer[];
  readonly keys: { readonly passphrase: string | undefined; readonly signer: PublisherSigner | undefined };
}

/** Reads environment and file. Rejects with a RefusalError that names the first problem and how many more there are. */
export async function readPublisherConfiguration(sources: PublisherSources): Promise<PublisherConfiguration> {
  const { path, text } = fileText(sources);
  const read = await readText(text);
  if (!read.ok) throw refusedFile(read.problems, path);
  const { settings, signer, passphraseFile } = read.file;
  const file: PublisherSettingLayer = { source: "file", place: path, values: settings };
  return {
    settingLayers: [environmentLayer(sources.env), file],
    keys: { passphrase: passphraseOf(sources.env, passphraseFile), signer },
  };
}

/** Everything wrong with the file alone; empty when it is sound or not there. `path` "": there is none. */
export async function checkPublisherConfiguration(sources: PublisherSources): Promise<{
  readonly path: string;
  readonly problems: readonly PublisherFileProblem[];
}> {
  const { path, text } = fileText(sources);
  const read = await readText(text);
  return { path, problems: read.ok ? [] : read.problems };
}

const NO_FILE: PublisherFile = { settings: {}, signer: undefined, passphraseFile: undefined };

/** YAML and its form are loaded for a publisher that has a file. */
async function readText(text: string | undefined): Promise<ReadPublisherFile> {
  if (text === undefined) return { ok: true, file: NO_FILE };
  const { readPublisherFile } = await import("./configuration-file.ts");
  return readPublisherFile(text);
}

function environmentLayer(env: PublisherSources["env"]): PublisherSettingLayer {
  const said = PUBLISHER_SETTING_NAMES.flatMap((name) => {
    const text = env[publisherVariableOf(name)] ?? "";
    if (text === "") return [];
    const reading = PUBLISHER_SETTINGS[name].read(text);
    if (reading !== undefined) return [[name, reading.value] as const];
    const expected = `${publisherVariableOf(name)} to be ${PUBLISHER_SETTINGS[name].expected}`;
    throw new RefusalError(refuse("CONFIGURATION_INVALID", { expected, found: text }));
  });
  return { source: "environment", place: "", values: Object.fromEntries(said) as Partial<PublisherSettings> };
}

/** The environment goes before the file: an option would stand in the list of processes. */
function passphraseOf(env: PublisherSources["env"], passphraseFile: string | undefined): string | undefined {
  const source = secretSource(env, "COUNTERSIGN_KEY_PASSPHRASE");
  if (source.kind === "value") return source.value;
  const path = source.kind === "file" ? source.path : passphraseFile;
  return path === undefined ? undefined : secretInFile(readNamed(path), path);
}

/** A file somebody named must be there; the system's need not. */
function fileText({ env, configFile, platform }: PublisherSources) {
  const named = configFile ?? (env["COUNTERSIGN_PUBLISHER_CONFIG"] || undefined);
  const path = named ?? systemFile(env, platform);
  try {
    return { path, text: readFileSync(path, "utf8") };
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    if (named === undefined && (code === "ENOENT" || code === "ENOTDIR")) return { path: "", text: undefined };
    throw unreadable(path, error);
  }
}

function readNamed(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): RefusalError {
  const detail = (error as NodeJS.ErrnoException).code ?? "";
  return new RefusalError(refuse("FILE_UNREADABLE", { path, detail }), { cause: error });
}

function systemFile(env: PublisherSources["env"], platform: string): string {
  if (platform === "win32") return `${env["ProgramData"] ?? "C:\\ProgramData"}\\Countersign\\publisher.yaml`;
  return "/etc/countersign/publisher.yaml";
}

function refusedFile(problems: readonly PublisherFileProblem[], path: string): RefusalError {
  const [first] = problems;
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more: countersign publisher config check)` : "";
  const where = first === undefined || first.path === "" ? "" : `${first.path} to be `;
  const expected = `${where}${first?.expected ?? ""}`;
  return new RefusalError(refuse("CONFIGURATION_INVALID", { expected, found: `${first?.found}${more}`, file: path }));
}
