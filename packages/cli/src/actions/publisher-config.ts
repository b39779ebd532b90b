import { effectivePublisherSettings, PUBLISHER_SETTING_NAMES } from "@countersign/publisher";
import { checkPublisherConfiguration, readPublisherConfiguration } from "@countersign/publisher/main";
import type { Action, Given, Shell } from "../command.ts";
import { EXIT } from "../terminal.ts";
import { fileVerdict } from "./file-verdict.ts";
import { textOf } from "./words.ts";

/** Every mistake of the file. */
export const check: Action = async (given, shell) => {
  const sources = sourcesOf(given, shell);
  const found = await checkPublisherConfiguration(sources);
  if (found.problems.length === 0) await readPublisherConfiguration(sources);
  return fileVerdict(found, shell);
};

/** Every setting with its source, as a service would start with it. */
export const show: Action = async (given, shell) => {
  const { settingLayers } = await readPublisherConfiguration(sourcesOf(given, shell));
  const { values, origins } = effectivePublisherSettings(settingLayers);
  const rows = PUBLISHER_SETTING_NAMES.map((name) => ({
    setting: name,
    value: String(values[name]),
    ...origins[name],
  }));
  shell.terminal.answer({ json: rows, rows, short: String(rows.length) });
  return EXIT.ok;
};

function sourcesOf(given: Given, { env, platform }: Shell) {
  return { env, platform, configFile: textOf(given, "config") };
}
