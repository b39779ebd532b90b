import { randomUUID } from "node:crypto";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { type Refusal, refuse } from "@countersign/domain";
import { changeSetting, type SettingChange } from "../settings/change-setting.ts";
import { type EffectiveSettings, effectiveSettings, type SettingLayers } from "../settings/effective-settings.ts";
import {
  EMPTY_SETTINGS_FILE,
  readSettingsFile,
  type SettingsFile,
  writeSettingsFile,
} from "../settings/settings-file.ts";

/** Where the settings of a machine's client are. */
export interface SettingsPlaces {
  /** `settings.json`: what a person set here. */
  readonly stored: string;
  /** `managed.json`: what the site's management placed. */
  readonly managed: string;
}

/** The settings of a machine's client as files. They are small, and read again whenever they are asked for. */
export interface SettingsFiles {
  /** In force for one publisher now, 32 hexadecimal digits. A file that is wrong leaves what it last said. */
  read(publisherId: string): Promise<EffectiveSettings>;
  /** Durable when it answers undefined; a refusal changed nothing. */
  change(change: SettingChange): Promise<Refusal | undefined>;
  /** What is wrong with a file since it was last read; empty while both are sound. */
  problems(): readonly Refusal[];
}

/** Opens the two files; neither need be there. */
export function settingsFiles(places: SettingsPlaces, flags?: SettingLayers["flags"]): SettingsFiles {
  const stored = watchedFile(places.stored);
  const managed = watchedFile(places.managed);
  const layers = async (): Promise<SettingLayers> => ({
    ...(flags && { flags }),
    managed: { file: await managed.read(), place: places.managed },
    stored: { file: await stored.read(), place: places.stored },
  });
  return {
    read: async (publisherId) => effectiveSettings(await layers(), publisherId),
    change: async (change) => {
      const { stored: own, ...above } = await layers();
      const [problem] = stored.problems();
      if (problem !== undefined) return problem;
      const effective = effectiveSettings({ ...above, ...(own && { stored: own }) }, change.publisherId ?? "");
      const changed = changeSetting(own?.file ?? EMPTY_SETTINGS_FILE, change, effective);
      return changed.ok ? write(places.stored, writeSettingsFile(changed.file)) : changed.refusal;
    },
    problems: () => [...managed.problems(), ...stored.problems()],
  };
}

function watchedFile(path: string) {
  let last: SettingsFile = EMPTY_SETTINGS_FILE;
  let problem: Refusal | undefined;
  return {
    async read(): Promise<SettingsFile> {
      const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => error);
      if (text instanceof Error) {
        const isAbsent = text.code === "ENOENT" || text.code === "ENOTDIR";
        problem = isAbsent ? undefined : refuse("FILE_UNREADABLE", { path, detail: text.code ?? text.message });
        if (isAbsent) last = EMPTY_SETTINGS_FILE;
        return last;
      }
      const read = readSettingsFile(text, path);
      problem = read.ok ? undefined : read.refusal;
      if (read.ok) last = read.file;
      return last;
    },
    problems: () => (problem === undefined ? [] : [problem]),
  };
}

/** Whole or not at all: a crash leaves the file as it was. Anybody may read it, and there is no secret in it. */
async function write(path: string, text: string): Promise<Refusal | undefined> {
  const draft = `${path}.${randomUUID()}`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(draft, "wx", 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
    return undefined;
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined);
    const { code, message } = error as NodeJS.ErrnoException;
    return refuse("FILE_UNWRITABLE", { path, detail: code ?? message });
  }
}
