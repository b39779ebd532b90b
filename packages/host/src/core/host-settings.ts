import {
  changeHostSetting,
  type EffectiveHostSettings,
  effectiveHostSettings,
  HOST_SETTING_NAMES,
  HOST_SETTINGS,
  type HostSettingLayer,
  type HostSettingName,
  type HostSettings,
  hostSettingText,
  isStoredHostSetting,
  RefusalError,
  refuse,
} from "@countersign/domain";
import { inTurn, type NewEvent } from "@countersign/storage";
import type { HostParts } from "./host-parts.ts";

/** The settings of a running host. */
export interface SettingsInForce {
  readonly effective: EffectiveHostSettings;
  /** What each place says, the store's own among them. */
  layers(): readonly HostSettingLayer[];
  /**
   * Keeps a value, or with undefined takes back what was kept, and puts it in force at once. Rejects with a RefusalError
   * that names what pins it, what was expected of it, or what cannot be put in force: then nothing has changed.
   */
  change(name: HostSettingName, text: string | undefined, event: () => NewEvent): Promise<EffectiveHostSettings>;
}

/** What a change waits for outside the core: opened before the commit, finished after it or undone. */
export interface SettingsChange {
  finish(): void;
  undo(): Promise<void>;
}

const NOTHING_TO_OPEN: SettingsChange = { finish: () => {}, undo: async () => {} };

/** Takes up what the store keeps. */
export async function openSettings(parts: HostParts): Promise<SettingsInForce> {
  const given = parts.settingLayers ?? [];
  const layersWith = (stored: Partial<HostSettings>): readonly HostSettingLayer[] => [
    ...given,
    { source: "store", place: "", values: stored },
  ];
  let stored = storedSettings(await parts.store.settings());
  let effective = effectiveHostSettings(layersWith(stored));
  const turn = inTurn();
  return {
    get effective() {
      return effective;
    },
    layers: () => layersWith(stored),
    change: (name, text, event) =>
      turn(async () => {
        const change = changeHostSetting(effective, name, text);
        if (!change.ok) throw new RefusalError(change.refusal);
        const { [name]: _, ...others } = stored;
        const wanted = { ...others, ...change.values };
        const next = effectiveHostSettings(layersWith(wanted));
        const outside = (await parts.putInForce?.(next.values)) ?? NOTHING_TO_OPEN;
        try {
          await parts.store.transact(async (unit) => {
            const value = wanted[name];
            await unit.saveSetting(rowName(name), value === undefined ? undefined : hostSettingText(name, value));
            await unit.appendEvents([event()]);
          });
        } catch (fault) {
          await outside.undo();
          throw fault;
        }
        stored = wanted;
        effective = next;
        outside.finish();
        return effective;
      }),
  };
}

/** What a store keeps of the settings; a value that is none is a damaged store. */
export function storedSettings(rows: ReadonlyMap<string, string>): Partial<HostSettings> {
  const found = HOST_SETTING_NAMES.filter(isStoredHostSetting).flatMap((name) => {
    const text = rows.get(rowName(name));
    if (text === undefined) return [];
    const reading = HOST_SETTINGS[name].read(text);
    if (reading !== undefined) return [[name, reading.value] as const];
    throw new RefusalError(refuse("STORE_CORRUPT", { detail: `setting ${name} is "${text}"` }));
  });
  return Object.fromEntries(found);
}

function rowName(name: HostSettingName): string {
  return `setting.${name}`;
}
