import type { HostFacts } from "@countersign/doctor";
import {
  type EffectiveHostSettings,
  HOST_SETTING_NAMES,
  HOST_SETTING_SOURCES,
  type HostSettingLayer,
  type HostSettingName,
  hostSettingText,
} from "@countersign/domain";

/** Every setting in force, where it was decided, and what another place says otherwise. */
export function settingsFacts(
  { values, origins }: EffectiveHostSettings,
  layers: readonly HostSettingLayer[],
): HostFacts["settings"] {
  const ranked = layers.toSorted((a, b) => rankOf(a) - rankOf(b));
  const told = HOST_SETTING_NAMES.map((name) => {
    const value = hostSettingText(name, values[name]);
    const overruled = overruledIn(name, value, ranked);
    return [name, { value, ...origins[name], ...(overruled === undefined ? {} : { overruled }) }] as const;
  });
  return Object.fromEntries(told);
}

/** The next place that has the setting, where it says something else. */
function overruledIn(name: HostSettingName, value: string, ranked: readonly HostSettingLayer[]) {
  const [, next] = ranked.filter(({ values }) => Object.hasOwn(values, name));
  if (next === undefined) return undefined;
  const said = hostSettingText(name, next.values[name]);
  return said === value ? undefined : { value: said, place: next.place || next.source };
}

function rankOf({ source }: HostSettingLayer): number {
  return HOST_SETTING_SOURCES.indexOf(source);
}
