import { type ClientSettings, DEFAULT_SETTINGS, type SettingName, type SettingSource } from "./client-settings.ts";
import type { SettingsFile } from "./settings-file.ts";

/** A settings file and the place to name when it decides. */
export interface PlacedFile {
  readonly file: SettingsFile;
  readonly place: string;
}

/** Everything that may decide a setting, whoever wrote it. */
export interface SettingLayers {
  /** Arguments; `place` names them: `the --host option`. */
  readonly flags?: { readonly values: Partial<ClientSettings>; readonly place: string };
  readonly managed?: PlacedFile;
  readonly stored?: PlacedFile;
}

/** The settings in force, and for each where it comes from. */
export interface EffectiveSettings {
  readonly values: ClientSettings;
  readonly origins: Readonly<Record<SettingName, SettingOrigin>>;
}

/** `place`: a path or an option; "" for a default. */
export interface SettingOrigin {
  readonly source: SettingSource;
  readonly place: string;
}

interface Layer extends SettingOrigin {
  readonly values: Partial<ClientSettings>;
}

/** flag > managed > setting > default; in a file what is said of the publisher goes before what is said of the machine. */
export function effectiveSettings(layers: SettingLayers, publisherId: string): EffectiveSettings {
  const ordered = [
    ...layersOf(layers, publisherId),
    { source: "default", place: "", values: DEFAULT_SETTINGS } as const,
  ];
  const names = Object.keys(DEFAULT_SETTINGS) as SettingName[];
  const deciding = names.map((name) => [name, decidingLayer(ordered, name)] as const);
  return {
    values: Object.fromEntries(deciding.map(([name, { values }]) => [name, values[name]])) as unknown as ClientSettings,
    origins: Object.fromEntries(
      deciding.map(([name, { source, place }]) => [name, { source, place }]),
    ) as EffectiveSettings["origins"],
  };
}

/** True when a setter on this machine must refuse: what decides lies above it. */
export function isPinned({ source }: SettingOrigin): boolean {
  return source === "flag" || source === "managed";
}

function layersOf({ flags, managed, stored }: SettingLayers, publisherId: string): readonly Layer[] {
  const fromFile = (source: SettingSource, placed: PlacedFile | undefined): readonly Layer[] => {
    if (placed === undefined) return [];
    const { file, place } = placed;
    const ofPublisher = file.publishers[publisherId];
    const machine = { source, place, values: file.machine };
    return ofPublisher === undefined ? [machine] : [{ source, place, values: ofPublisher }, machine];
  };
  const given: readonly Layer[] = flags === undefined ? [] : [{ source: "flag", ...flags }];
  return [...given, ...fromFile("managed", managed), ...fromFile("setting", stored)];
}

function decidingLayer(layers: readonly Layer[], name: SettingName): Layer {
  const found = layers.find(({ values }) => Object.hasOwn(values, name));
  if (found === undefined) throw new Error("the defaults have every setting");
  return found;
}
