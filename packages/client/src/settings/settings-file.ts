import { type Refusal, refuse } from "@countersign/domain";
import type { HostTarget } from "../transport.ts";
import type { ClientSettings, SettingName } from "./client-settings.ts";
import { readSetting, SETTING_NAMES, writeSetting } from "./setting-values.ts";

/** What `settings.json` and `managed.json` hold: values for the machine, and for single publishers. */
export interface SettingsFile {
  readonly machine: Partial<ClientSettings>;
  /** By publisher id, 32 hexadecimal digits. */
  readonly publishers: Readonly<Record<string, Partial<ClientSettings>>>;
}

/** A file that says nothing. */
export const EMPTY_SETTINGS_FILE: SettingsFile = { machine: {}, publishers: {} };

/** A read file, or the one thing in it that is wrong. */
export type ReadSettings =
  | { readonly ok: true; readonly file: SettingsFile }
  | { readonly ok: false; readonly refusal: Refusal };

type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly refusal: Refusal };

/** Reads a settings file. An unknown name is refused, not passed over: a misspelt setting must not look like one in force. */
export function readSettingsFile(text: string, place: string): ReadSettings {
  const wrong = (expected: string, found: string) =>
    ({ ok: false, refusal: refuse("CONFIGURATION_INVALID", { expected, found, file: place }) }) as const;
  const whole = jsonObject(text);
  if (whole === undefined) return wrong("one JSON object", text.length > 40 ? "something else" : `"${text.trim()}"`);
  const { format, publishers = {}, ...machine } = whole;
  if (format !== 1) return wrong('"format": 1', JSON.stringify(format) ?? "no format");
  if (!isObject(publishers)) return wrong('"publishers" to be an object', JSON.stringify(publishers));
  const own = readValues(machine, wrong);
  if (!own.ok) return own;
  const ofPublishers: Record<string, Partial<ClientSettings>> = {};
  for (const [id, values] of Object.entries(publishers)) {
    if (!/^[0-9a-f]{32}$/.test(id)) return wrong("a publisher id of 32 lower-case hexadecimal digits", `"${id}"`);
    if (!isObject(values)) return wrong(`the settings of publisher ${id} to be an object`, JSON.stringify(values));
    const read = readValues(values, wrong);
    if (!read.ok) return read;
    ofPublishers[id] = read.value;
  }
  return { ok: true, file: { machine: own.value, publishers: ofPublishers } };
}

/** The text of a settings file. */
export function writeSettingsFile({ machine, publishers }: SettingsFile): string {
  const written = (values: Partial<ClientSettings>) =>
    Object.fromEntries(
      SETTING_NAMES.filter((name) => Object.hasOwn(values, name)).map((name) => [name, writeSetting(name, values)]),
    );
  const ofPublishers = Object.entries(publishers).filter(([, values]) => Object.keys(values).length > 0);
  const whole = {
    format: 1,
    ...written(machine),
    ...(ofPublishers.length > 0 && {
      publishers: Object.fromEntries(ofPublishers.map(([id, values]) => [id, written(values)])),
    }),
  };
  return `${JSON.stringify(whole, undefined, 2)}\n`;
}

function readValues(
  values: Readonly<Record<string, unknown>>,
  wrong: (expected: string, found: string) => { readonly ok: false; readonly refusal: Refusal },
): Outcome<Partial<ClientSettings>> {
  const read: Record<string, ClientSettings[SettingName]> = {};
  const before: HostTarget | undefined = undefined;
  for (const [name, value] of Object.entries(values)) {
    const outcome = readSetting(name, value, before);
    if (!outcome.ok) return wrong(outcome.expected, outcome.found);
    read[name] = outcome.value;
  }
  return { ok: true, value: read as Partial<ClientSettings> };
}

function jsonObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
