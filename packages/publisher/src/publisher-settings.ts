import { HOST_SETTINGS, type HostSettingRow, type HostSettings } from "@countersign/domain";

/** What a vendor can set on the publisher's service. */
export type PublisherSettings = Pick<HostSettings, "listeningPort" | "listenAddress" | "logLevel">;
/** The name of one, as files and `-o json` spell it. */
export type PublisherSettingName = keyof PublisherSettings;

/** One setting: read as a host reads its own of that name. */
type PublisherSettingRow<Value> = Pick<HostSettingRow<Value>, "expected" | "read" | "fallback" | "flag">;

/** THE table of a publisher's settings. Its store keeps none: what is in it is signed or secret. */
export const PUBLISHER_SETTINGS: {
  readonly [Name in PublisherSettingName]: PublisherSettingRow<PublisherSettings[Name]>;
} = {
  listeningPort: { ...HOST_SETTINGS.listeningPort, fallback: 1690 },
  listenAddress: HOST_SETTINGS.listenAddress,
  logLevel: HOST_SETTINGS.logLevel,
};

/** Every setting, in the order it is shown. */
export const PUBLISHER_SETTING_NAMES = Object.keys(PUBLISHER_SETTINGS) as readonly PublisherSettingName[];

/** What one place says. Layers come in the order in which they decide. */
export interface PublisherSettingLayer {
  readonly source: "flag" | "environment" | "file";
  /** The path of the file; "" elsewhere. */
  readonly place: string;
  readonly values: Partial<PublisherSettings>;
}

/** The values in force, and where each comes from. */
export interface EffectivePublisherSettings {
  readonly values: PublisherSettings;
  readonly origins: Readonly<
    Record<
      PublisherSettingName,
      { readonly source: PublisherSettingLayer["source"] | "default"; readonly place: string }
    >
  >;
}

/** The first layer that says a setting decides it; else its default. */
export function effectivePublisherSettings(layers: readonly PublisherSettingLayer[]): EffectivePublisherSettings {
  const decided = PUBLISHER_SETTING_NAMES.map((name) => {
    const layer = layers.find(({ values }) => values[name] !== undefined);
    if (layer === undefined)
      return { name, value: PUBLISHER_SETTINGS[name].fallback, origin: { source: "default", place: "" } };
    return { name, value: layer.values[name], origin: { source: layer.source, place: placeOf(name, layer) } };
  });
  return {
    values: Object.fromEntries(decided.map(({ name, value }) => [name, value])) as unknown as PublisherSettings,
    origins: Object.fromEntries(
      decided.map(({ name, origin }) => [name, origin]),
    ) as EffectivePublisherSettings["origins"],
  };
}

/** `COUNTERSIGN_PUBLISHER_LISTENING_PORT`: a host in the same environment has variables of its own. */
export function publisherVariableOf(name: PublisherSettingName): string {
  return `COUNTERSIGN_PUBLISHER_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

function placeOf(name: PublisherSettingName, { source, place }: PublisherSettingLayer): string {
  if (source === "flag") return `the option ${PUBLISHER_SETTINGS[name].flag}`;
  return source === "environment" ? `the environment variable ${publisherVariableOf(name)}` : place;
}
