import { parseDocument } from "yaml";
import { z } from "zod";
import { PUBLISHER_SETTING_NAMES, PUBLISHER_SETTINGS, type PublisherSettings } from "../publisher-settings.ts";

/** What `publisher.yaml` says, read and found sound. */
export interface PublisherFile {
  readonly settings: Partial<PublisherSettings>;
  readonly signer: PublisherSigner | undefined;
  readonly passphraseFile: string | undefined;
}

/** How a signer process is started (docs/protocol/external-signer.md). */
export interface PublisherSigner {
  /** An absolute path. */
  readonly command: string;
  readonly arguments: readonly string[];
  /** All of its environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** One thing that is wrong with the file. `path`: `keys.signer.command`; "" = the file as a whole. */
export interface PublisherFileProblem {
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/** A sound file, or everything that is wrong with it. */
export type ReadPublisherFile =
  | { readonly ok: true; readonly file: PublisherFile }
  | { readonly ok: false; readonly problems: readonly PublisherFileProblem[] };

/** Well above any configuration; YAML that is longer is something else. */
const MAX_BYTES = 256 * 1024;
const MOST_FOUND = 60;

const absolutePath = z.string("an absolute path").regex(/^([/\\]|[A-Za-z]:[/\\])/, "an absolute path");
const milliseconds = "a whole number from 1 to 600000";
const signer = z.strictObject({
  command: absolutePath,
  arguments: z.array(z.string("a word"), "a list of words").default([]),
  environment: z.record(z.string(), z.string("a text"), "names and texts").default({}),
  timeoutMs: z.int(milliseconds).min(1, milliseconds).max(600_000, milliseconds).default(10_000),
});

/** THE form of `publisher.yaml`: every setting of the table, then where the keys are. */
const SCHEMA = z.strictObject({
  ...Object.fromEntries(
    PUBLISHER_SETTING_NAMES.map((name) => {
      const { expected, read } = PUBLISHER_SETTINGS[name];
      return [name, z.custom((found) => read(found) !== undefined, expected).optional()];
    }),
  ),
  keys: z.strictObject({ passphraseFile: absolutePath.optional(), signer: signer.optional() }).default({}),
});

/** Reads the text of a configuration file; every problem is collected and named with its path. */
export function readPublisherFile(text: string): ReadPublisherFile {
  if (text.length > MAX_BYTES)
    return broken([{ path: "", expected: `at most ${MAX_BYTES} bytes`, found: `${text.length}` }]);
  const document = parseDocument(text, { prettyErrors: false, uniqueKeys: true });
  const faults = document.errors.map(({ message, pos }) => ({
    ...{ path: "", expected: "YAML" },
    found: `${message.split("\n")[0]} in line ${text.slice(0, pos[0]).split("\n").length}`,
  }));
  if (faults.length > 0) return broken(faults);
  let raw: unknown;
  try {
    raw = document.toJS({ maxAliasCount: 100 }) ?? {};
  } catch (error) {
    return broken([{ path: "", expected: "YAML", found: (error as Error).message }]);
  }
  const parsed = SCHEMA.safeParse(raw);
  if (!parsed.success) return broken(parsed.error.issues.flatMap((issue) => problemsOf(issue, raw)));
  const said = raw as Readonly<Record<string, unknown>>;
  const named = PUBLISHER_SETTING_NAMES.filter((name) => said[name] !== undefined);
  const settings = Object.fromEntries(named.map((name) => [name, PUBLISHER_SETTINGS[name].read(said[name])?.value]));
  const { signer: command, passphraseFile } = parsed.data.keys;
  return { ok: true, file: { settings: settings as Partial<PublisherSettings>, signer: command, passphraseFile } };
}

function problemsOf(issue: z.core.$ZodIssue, raw: unknown): readonly PublisherFileProblem[] {
  const path = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    const known = path === "" ? "a name of the configuration" : `a name of ${path}`;
    return issue.keys.map((key) => ({ path: path === "" ? key : `${path}.${key}`, expected: known, found: key }));
  }
  const found = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], raw);
  const expected = issue.code === "invalid_type" && issue.expected === "object" ? "names and values" : issue.message;
  return [{ path, expected, found: foundText(found) }];
}

function foundText(found: unknown): string {
  return found === undefined ? "nothing" : (JSON.stringify(found) ?? String(found)).slice(0, MOST_FOUND);
}

function broken(problems: readonly PublisherFileProblem[]): ReadPublisherFile {
  return { ok: false, problems };
}
