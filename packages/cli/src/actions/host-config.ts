import { effectiveHostSettings, HOST_SETTING_NAMES, hostSettingText } from "@countersign/domain";
import type { readHostConfiguration } from "@countersign/host/main";
import type { Action } from "../command.ts";
import { askHost } from "../host-door.ts";
import { isSetUp, targetDirectory } from "../target.ts";
import { EXIT } from "../terminal.ts";
import { fileVerdict } from "./file-verdict.ts";
import { textOf } from "./words.ts";

/** Every mistake of the file. */
export const check: Action = async (given, shell) => {
  const { checkHostConfiguration, readHostConfiguration } = await import("@countersign/host/main");
  const sources = { env: shell.env, platform: shell.platform, configFile: textOf(given, "config") };
  const found = await checkHostConfiguration(sources);
  if (found.problems.length === 0) await readHostConfiguration(sources);
  return fileVerdict(found, shell);
};

/** Every setting with its source: a running host's own, else what one would start with. */
export const show: Action = async (given, shell) => {
  const directory = await targetDirectory("host", given, shell);
  const by = { env: shell.env, platform: shell.platform, configFile: textOf(given, "config") };
  const rows = (await isSetUp("host", directory))
    ? await askHost(directory, async (host) => (await host.listSettings({})).settings.map(settingRow), by)
    : await withoutStore(by);
  shell.terminal.answer({ json: rows, rows, short: String(rows.length) });
  return EXIT.ok;
};

async function withoutStore(by: Parameters<typeof readHostConfiguration>[0]) {
  const { readHostConfiguration } = await import("@countersign/host/main");
  const { configuration } = await readHostConfiguration(by);
  const { values, origins } = effectiveHostSettings(configuration.settingLayers ?? []);
  return HOST_SETTING_NAMES.map((name) =>
    settingRow({ name, value: hostSettingText(name, values[name]), ...origins[name] }),
  );
}

function settingRow({ name, value, source, place }: Readonly<Record<"name" | "value" | "source" | "place", string>>) {
  return { setting: name, value, source, place };
}
