import { type Refusal, refuse } from "@countersign/domain";
import type { ClientSettings, SettingName } from "./client-settings.ts";
import { type EffectiveSettings, isPinned } from "./effective-settings.ts";
import { isSettingName, readSetting, SETTING_NAMES } from "./setting-values.ts";
import type { SettingsFile } from "./settings-file.ts";

/** One wish of an administrator. */
export interface SettingChange {
  readonly name: string;
  /** As JSON has it; undefined: cleared, so that what lies below decides again. */
  readonly value: unknown;
  /** 32 hexadecimal digits: for that publisher only; undefined: for the machine. */
  readonly publisherId: string | undefined;
}

/** The settings file as it is to be written, or why the wish is refused and nothing changes. */
export type ChangedSettings =
  | { readonly ok: true; readonly file: SettingsFile }
  | { readonly ok: false; readonly refusal: Refusal };

/** Decides one wish. `effective`: what is in force where the wish is for; a pinned setting is refused and its place named. */
export function changeSetting(
  file: SettingsFile,
  change: SettingChange,
  effective: EffectiveSettings,
): ChangedSettings {
  const { name, value, publisherId } = change;
  if (!isSettingName(name)) {
    const expected = `one of ${SETTING_NAMES.join(", ")}`;
    return { ok: false, refusal: refuse("USAGE_INVALID", { expected, found: `"${name}"` }) };
  }
  const origin = effective.origins[name];
  if (isPinned(origin)) {
    return { ok: false, refusal: refuse("SETTING_PINNED", { setting: name, place: origin.place }) };
  }
  if (value === undefined) return { ok: true, file: withValues(file, publisherId, (values) => without(values, name)) };
  const read = readSetting(name, value, effective.values.host);
  if (!read.ok) return { ok: false, refusal: refuse("USAGE_INVALID", { expected: read.expected, found: read.found }) };
  return { ok: true, file: withValues(file, publisherId, (values) => ({ ...values, [name]: read.value })) };
}

type Change = (values: Partial<ClientSettings>) => Partial<ClientSettings>;

function withValues(file: SettingsFile, publisherId: string | undefined, change: Change): SettingsFile {
  if (publisherId === undefined) return { ...file, machine: change(file.machine) };
  const values = change(file.publishers[publisherId] ?? {});
  return { ...file, publishers: { ...file.publishers, [publisherId]: values } };
}

function without(values: Partial<ClientSettings>, name: SettingName): Partial<ClientSettings> {
  return Object.fromEntries(Object.entries(values).filter(([other]) => other !== name));
}
