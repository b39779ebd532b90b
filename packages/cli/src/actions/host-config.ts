import { effectiveHostSettings, HOST_SETTING_NAMES, hostSettingText } from "@countersign/domain";
import type { readHostConfiguration } from "@countersign/host/main";
import type { Action } from "../command.ts";
import { askHost } from "../host-door.ts";
import { isSetUp, targetDirectory } from "../target.ts";
import { EXIT } from "../terminal.ts";
import { textOf } from "./words.ts";

/** Every mistake of the file. */
export const check: Action = async (given, { env, platform, terminal }) => {
  const { checkHostConfiguration, readHostConfiguration } = await import("@countersign/host/main");
  const sources = { env, platform, configFile: textOf(given, "config") };
  const { path, problems } = await checkHostConfiguration(sources);
  const rows = problems.map(({ path: place, expected, found }) => ({ place: place || "the file", expected, found }));
  if (rows.length === 0) await readHostConfiguration(sources);
  const verdict = path === "" ? "there is no configuration file; the defaults are sound" : `${path} is sound`;
  const lines = rows.length === 0 ? [verdict] : undefined;
  const answer = { json: { file: path, problems: rows }, rows, short: String(rows.length) };
  terminal.answer(lines === undefined ? answer : { ...answer, lines });
  return rows.length === 0 ? EXIT.ok : EXIT.usage;
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
