import { hresultText } from "@countersign/domain";
import type { DnsDomainStatus, DnsStatus } from "@countersign/protocol/gen/host_admin";
import type { Action, Given, Shell } from "../command.ts";
import { FORMAT_HINTS, RECORD_FORMATS, recordLines } from "../dns-records.ts";
import { askHost, type HostAdmin } from "../host-door.ts";
import { setUpDirectory } from "../target.ts";
import { EXIT } from "../terminal.ts";
import { choiceOf, instantText, textOf } from "./words.ts";

/** What is published where, or the records for somebody else's hands. */
export const show: Action = async (given, shell) => {
  const { dns } = await asked(given, shell, (host) => host.getStatus({}));
  const { domains = [], whyNone = "" } = dns ?? {};
  const format = textOf(given, "format") === undefined ? undefined : choiceOf(given, "format", RECORD_FORMATS);
  const rows = domains.flatMap(recordRows);
  const json = { whyNone, domains: domains.map(domainFacts) };
  const lines =
    format === undefined
      ? domains.flatMap((domain, i) => [...(i === 0 ? [] : [""]), ...domainLines(domain)])
      : domains.flatMap((domain) => recordLines(format, domain));
  shell.terminal.answer({ json, rows, short: domains.map(({ domain }) => domain).join(" "), lines });
  if (whyNone !== "") shell.terminal.note(`nothing is published: ${whyNone}`);
  if (format !== undefined && rows.length > 0) shell.terminal.note(FORMAT_HINTS[format]);
  return EXIT.ok;
};

/** In every domain, at once. */
export const publish: Action = async (given, shell) => {
  const { dns } = await asked(given, shell, (host) => host.publishDns({}));
  return told(dns, "published", shell);
};

/** The host's own records, out of every domain. */
export const unpublish: Action = async (given, shell) => {
  const { dns } = await asked(given, shell, (host) => host.unpublishDns({}));
  const code = told(dns, "unpublished", shell);
  if (code === EXIT.ok && dns?.whyNone === "")
    shell.terminal.note("publishing is on: the records come back with the next start or day; slmgr /cdns turns it off");
  return code;
};

/** For the status: where it is published, where it failed, or why it is not. */
export function publishedText(dns: DnsStatus | undefined): string {
  const { domains = [], whyNone = "" } = dns ?? {};
  if (whyNone !== "") return `none: ${whyNone}`;
  return domains
    .map(({ domain, last }) => {
      if (last === undefined) return `${domain} not tried yet`;
      return last.code === 0
        ? `${domain} since ${instantText(Number(last.lastSuccessMs))}`
        : `${domain} failed, ${last.reason}`;
    })
    .join("; ");
}

/** One line a domain. What to do about a failure is a hint, not part of the answer. */
function told(dns: DnsStatus | undefined, done: string, { terminal }: Shell): number {
  const domains = (dns?.domains ?? []).filter(({ last }) => last !== undefined);
  const rows = domains.map((domain) => ({ domain: domain.domain, ...lastFacts(domain) }));
  const lines = domains.map(({ domain, last }) =>
    last === undefined || last.code === 0
      ? `${domain}: ${done} at ${last?.server}`
      : `${domain}: ${last.detail} (${last.reason}, ${hresultText(last.code)})`,
  );
  const failed = domains.flatMap(({ last }) => (last !== undefined && last.code !== 0 ? [last] : []));
  terminal.answer({ json: rows, rows, short: failed.length === 0 ? done : "failed", lines });
  for (const remedy of new Set(failed.map((last) => last.remedy))) terminal.note(`  hint: ${remedy}`);
  return failed.length === 0 ? EXIT.ok : EXIT.failed;
}

function domainLines(domain: DnsDomainStatus): readonly string[] {
  const { last } = domain;
  const outcome =
    last === undefined
      ? "not tried yet"
      : last.code === 0
        ? `done at ${last.server}, ${instantText(Number(last.atMs))}`
        : `failed at ${instantText(Number(last.atMs))}: ${last.detail} (${hresultText(last.code)})`;
  return [
    `${domain.domain}: ${outcome}`,
    ...domain.records.map(
      ({ name, ttlS, priority, weight, port, target }) =>
        `  ${name} ${ttlS} SRV ${priority} ${weight} ${port} ${target}`,
    ),
  ];
}

function recordRows({ domain, records }: DnsDomainStatus) {
  return records.map(({ name, ttlS, priority, weight, port, target }) => ({
    ...{ domain, name, type: "SRV", ttlS, priority, weight, port, target },
  }));
}

function domainFacts(domain: DnsDomainStatus) {
  const records = recordRows(domain).map(({ domain: _, ...record }) => record);
  return { domain: domain.domain, signed: domain.isSigned, records, last: lastFacts(domain) };
}

function lastFacts({ last }: DnsDomainStatus) {
  if (last === undefined) return { outcome: "none yet", server: "", at: "", lastSuccess: "", code: "", detail: "" };
  return {
    outcome: last.code === 0 ? "done" : last.reason,
    server: last.server,
    at: instantText(Number(last.atMs)),
    lastSuccess: last.lastSuccessMs === 0n ? "" : instantText(Number(last.lastSuccessMs)),
    code: hresultText(last.code),
    detail: last.detail,
  };
}

async function asked<T>(given: Given, shell: Shell, ask: (host: HostAdmin) => Promise<T>): Promise<T> {
  const by = { env: shell.env, platform: shell.platform, configFile: textOf(given, "config") };
  return askHost(await setUpDirectory("host", given, shell), ask, by);
}
