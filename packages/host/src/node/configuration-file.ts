import { HOST_SETTING_NAMES, HOST_SETTINGS, type HostSettings } from "@countersign/domain";
import { parseDocument } from "yaml";
import { z } from "zod";
import { DEFAULT_LIMITS, type HostLimits } from "../core/limits.ts";
import { DNS_SCHEMA, type DnsSection } from "./dns/dns-section.ts";
import type { SignerProcessOptions, TlsFiles } from "./host-options.ts";
import { ALERTS_SCHEMA, type AlertsSection } from "./watch/alerts-section.ts";

/** What `host.yaml` says, read and found sound. */
export interface ConfigurationFile {
  readonly settings: Partial<HostSettings>;
  readonly limits: Partial<HostLimits>;
  readonly adminHostNames: readonly string[];
  readonly tls: TlsFiles | undefined;
  readonly signer: SignerProcessOptions | undefined;
  readonly passphraseFile: string | undefined;
  readonly dns: DnsSection;
  readonly alerts: AlertsSection | undefined;
}

/** One thing that is wrong with the file. `path`: `tls.keyFile`; "" = the file as a whole. */
export interface ConfigurationProblem {
  readonly path: string;
  readonly expected: string;
  readonly found: string;
}

/** A sound file, or everything that is wrong with it. */
export type ReadConfiguration =
  | { readonly ok: true; readonly file: ConfigurationFile }
  | { readonly ok: false; readonly problems: readonly ConfigurationProblem[] };

/** Well above any configuration; YAML that is longer is something else. */
const MAX_BYTES = 256 * 1024;
const MOST_FOUND = 60;
/** In place of a secret, which is never printed. */
const SECRET = "…";

const absolutePath = z.string("an absolute path").regex(/^([/\\]|[A-Za-z]:[/\\])/, "an absolute path");
const words = z.array(z.string("a word"), "a list of words");
const signer = z.strictObject({
  command: absolutePath,
  arguments: words.default([]),
  environment: z.record(z.string(), z.string("a text"), "names and texts").default({}),
  timeoutMs: wholeNumber(1, 600_000).default(10_000),
});
const limits = z.strictObject(
  Object.fromEntries(
    Object.entries(DEFAULT_LIMITS).map(([name, value]) => {
      const one = typeof value === "boolean" ? z.boolean("true or false") : wholeNumber(1, 1_000_000_000);
      return [name, one.optional()];
    }),
  ),
);

/** THE form of `host.yaml`: every setting of the table, then what is no setting. */
const SCHEMA = z.strictObject({
  ...Object.fromEntries(
    HOST_SETTING_NAMES.map((name) => {
      const { expected, read } = HOST_SETTINGS[name];
      return [name, z.custom((found) => read(found) !== undefined, expected).optional()];
    }),
  ),
  adminHostNames: words.default([]),
  limits: limits.default({}),
  tls: z.strictObject({ certificateFile: absolutePath, keyFile: absolutePath }).optional(),
  dns: DNS_SCHEMA.prefault({}),
  alerts: ALERTS_SCHEMA.optional(),
  keys: z.strictObject({ passphraseFile: absolutePath.optional(), signer: signer.optional() }).default({}),
});

/** Reads the text of a configuration file; every problem is collected and named with its path. */
export function readConfiguration(text: string): ReadConfiguration {
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
  return { ok: true, file: fileOf(parsed.data, raw as Readonly<Record<string, unknown>>) };
}

function fileOf(found: z.infer<typeof SCHEMA>, raw: Readonly<Record<string, unknown>>): ConfigurationFile {
  const named = HOST_SETTING_NAMES.filter((name) => raw[name] !== undefined);
  const settings = Object.fromEntries(named.map((name) => [name, HOST_SETTINGS[name].read(raw[name])?.value]));
  return {
    settings: settings as Partial<HostSettings>,
    limits: found.limits as Partial<HostLimits>,
    adminHostNames: found.adminHostNames,
    tls: found.tls,
    signer: found.keys.signer,
    passphraseFile: found.keys.passphraseFile,
    dns: found.dns as DnsSection,
    alerts: found.alerts as AlertsSection | undefined,
  };
}

function problemsOf(issue: z.core.$ZodIssue, raw: unknown): readonly ConfigurationProblem[] {
  const path = issue.path.map(String).join(".");
  if (issue.code === "unrecognized_keys") {
    const known = issue.path.length === 0 ? "a name of the configuration" : `a name of ${path}`;
    return issue.keys.map((key) => ({ path: path === "" ? key : `${path}.${key}`, expected: known, found: key }));
  }
  const found = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], raw);
  const expected = issue.code === "invalid_type" && issue.expected === "object" ? "names and values" : issue.message;
  return [{ path, expected, found: issue.path.at(-1) === "secret" ? SECRET : foundText(found) }];
}

function foundText(found: unknown): string {
  if (found === undefined) return "nothing";
  const text = JSON.stringify(found, (name, value) => (name === "secret" ? SECRET : value));
  return (text ?? String(found)).slice(0, MOST_FOUND);
}

function broken(problems: readonly ConfigurationProblem[]): ReadConfiguration {
  return { ok: false, problems };
}

function wholeNumber(least: number, most: number) {
  const expected = `a whole number from ${least} to ${most}`;
  return z.int(expected).min(least, expected).max(most, expected);
}
