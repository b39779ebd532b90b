import {
  environmentNameOf,
  HOST_SETTING_NAMES,
  HOST_SETTINGS,
  type HostSettingName,
  type HostSettings,
  isStoredHostSetting,
} from "./host-settings.ts";
import { type Refusal, refuse } from "./refusal.ts";

/** Where the value of a setting comes from; the first of these that has one decides (behaviour.md §5). */
export const HOST_SETTING_SOURCES = ["flag", "environment", "store", "file", "default"] as const;
/** One of them. */
export type HostSettingSource = (typeof HOST_SETTING_SOURCES)[number];

/** What one source says. `place`: the path of a file, else "". */
export interface HostSettingLayer {
  readonly source: HostSettingSource;
  readonly place: string;
  readonly values: Partial<HostSettings>;
}

/** Where a value was found: `place` names the option, the variable or the file. */
export interface HostSettingOrigin {
  readonly source: HostSettingSource;
  readonly place: string;
}

/** The settings in force, and for each where it comes from. */
export interface EffectiveHostSettings {
  readonly values: HostSettings;
  readonly origins: Readonly<Record<HostSettingName, HostSettingOrigin>>;
}

const DEFAULTS: HostSettingLayer = {
  source: "default",
  place: "",
  values: Object.fromEntries(HOST_SETTING_NAMES.map((name) => [name, HOST_SETTINGS[name].fallback])),
};

/** Decides every setting. The order of the layers does not matter: that of the sources does. */
export function effectiveHostSettings(layers: readonly HostSettingLayer[]): EffectiveHostSettings {
  const ordered = [...layers, DEFAULTS].toSorted((a, b) => rankOf(a) - rankOf(b));
  const decided = HOST_SETTING_NAMES.map((name) => {
    const layer = ordered.find(({ values }) => Object.hasOwn(values, name)) ?? DEFAULTS;
    return { name, value: layer.values[name], origin: { source: layer.source, place: placeOf(name, layer) } };
  });
  return {
    values: Object.fromEntries(decided.map(({ name, value }) => [name, value])) as unknown as HostSettings,
    origins: Object.fromEntries(decided.map(({ name, origin }) => [name, origin])) as EffectiveHostSettings["origins"],
  };
}

/** A change that may be made, or why not. Without a value, what was kept goes. */
export type HostSettingChange =
  | { readonly ok: true; readonly name: HostSettingName; readonly values: Partial<HostSettings> }
  | { readonly ok: false; readonly refusal: Refusal };

/** Judges a change to what the store keeps. `text` undefined takes back what was set. */
export function changeHostSetting(
  { origins }: EffectiveHostSettings,
  name: HostSettingName,
  text: string | undefined,
): HostSettingChange {
  const { source, place } = origins[name];
  if (!isStoredHostSetting(name)) {
    const found = `${name}, which option, environment and file set`;
    return { ok: false, refusal: refuse("USAGE_INVALID", { expected: "a setting of a running host", found }) };
  }
  if (source === "flag" || source === "environment")
    return { ok: false, refusal: refuse("SETTING_PINNED", { setting: name, place }) };
  if (text === undefined) return { ok: true, name, values: {} };
  const reading = HOST_SETTINGS[name].read(text);
  if (reading !== undefined) return { ok: true, name, values: { [name]: reading.value } };
  const expected = `${name} to be ${HOST_SETTINGS[name].expected}`;
  return { ok: false, refusal: refuse("USAGE_INVALID", { expected, found: text }) };
}

function rankOf({ source }: HostSettingLayer): number {
  return HOST_SETTING_SOURCES.indexOf(source);
}

function placeOf(name: HostSettingName, { source, place }: HostSettingLayer): string {
  if (source === "flag") return `the option ${HOST_SETTINGS[name].flag}`;
  return source === "environment" ? `the environment variable ${environmentNameOf(name)}` : place;
}
