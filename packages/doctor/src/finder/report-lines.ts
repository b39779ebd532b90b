import { COUNT_WINDOW_MS, hresultText, printableText, timeText } from "@countersign/domain";
import type { FinderReport, FoundHost, HostMachine, RecordDeletion, SplitCount } from "./report.ts";
import { VERDICT_NAMES, VERDICTS } from "./verdicts.ts";

const MOST_MACHINES = 5;
const WINDOW_DAYS = COUNT_WINDOW_MS / 86_400_000;

/** The report as a person reads it: domains, hosts with what harms first, counts, and what to type. */
export function finderLines(report: FinderReport): readonly string[] {
  const { hosts, microsoft, counts, unpublished } = report;
  return [
    ...domainLines(report),
    ...block("Hosts", hosts.flatMap(hostLines)),
    ...block(
      "Not in DNS, but machines ask them",
      unpublished.flatMap((one) => [one.host, machinesLine(one.machines)]),
    ),
    ...block(
      "Microsoft KMS (looked up and connected to, nothing sent)",
      microsoft.map(({ host, because }) => `${host}  ${because}`),
    ),
    ...block("Counts", counts.flatMap(countLines)),
    ...deletionLines(hosts.flatMap(({ deletions }) => deletions)),
    "",
    `${finderSummary(report)}.`,
  ].map(printableText);
}

/** One sentence: how many hosts, and what they are. */
export function finderSummary({ hosts }: FinderReport): string {
  const parts = VERDICT_NAMES.flatMap((verdict) => {
    const many = hosts.filter((host) => host.verdict === verdict).length;
    return many === 0 ? [] : [`${many} ${verdict}`];
  });
  return hosts.length === 0
    ? "no host found"
    : `${hosts.length} hosts: ${parts.join(", ")}`.replace(/^1 hosts/, "1 host");
}

function domainLines({ domains }: FinderReport): readonly string[] {
  const width = Math.max(0, ...domains.flatMap(({ names }) => names.map(({ name }) => name.length)));
  return domains.flatMap(({ domain, zone, names }) => [
    zone === "" || zone === domain ? domain : `${domain} (zone ${zone})`,
    ...names.map(({ name, sentence }) => `  ${name.padEnd(width)}  ${sentence}`),
  ]);
}

function hostLines(host: FoundHost): readonly string[] {
  const { verdict, because, certified, sameAs, machines, addresses } = host;
  const { remedy, gravity } = VERDICTS[verdict];
  const [own] = certified;
  const differing = addresses.filter((one) => one.verdict !== verdict);
  return [
    `${host.host}  ${verdict}: ${because}`,
    ...differing.map((one) => `  at ${one.address}  ${one.verdict}: ${one.because}`),
    ...(own === undefined
      ? []
      : [
          `  host id ${own.hostId}, version ${own.softwareVersion}, certificate until ${timeText(own.notAfterMs).slice(0, 10)}`,
        ]),
    ...(sameAs.length === 0 ? [] : [`  the same host as ${sameAs.join(", ")}`]),
    ...(machines.length === 0 ? [] : [machinesLine(machines)]),
    ...(gravity === "good" ? [] : [`  ${remedy}`]),
  ];
}

function machinesLine(machines: readonly HostMachine[]): string {
  const shown = machines.slice(0, MOST_MACHINES).map(({ machine, resultCode }) => {
    return resultCode === 0 ? machine : `${machine} (${hresultText(resultCode)})`;
  });
  const more = machines.length - shown.length;
  const names = [...shown, ...(more > 0 ? [`${more} more`] : [])].join(", ");
  const many = machines.length === 1 ? "1 machine" : `${machines.length} machines`;
  return `  ${many} asked it in the last ${WINDOW_DAYS} days: ${names}`;
}

const COUNT_STATES: Readonly<Record<SplitCount["state"], string>> = {
  enough: "each host reaches what it needs",
  split: "no host reaches what it needs, together they may: let one host serve, or give all of them one shared store",
  "partly-split": "some hosts do not reach what they need: machines that find those are not activated",
  "too-few": "too few machines even together",
  unknown: "a host did not tell its count to this network",
};

function countLines({ application, hosts, sum, state }: SplitCount): readonly string[] {
  const each = hosts.map(({ host, currentCount, required }) => `${host} ${currentCount ?? "?"} of ${required}`);
  const together = hosts.length > 1 ? [`  ${hosts.length} hosts count alone, together at most ${sum}`] : [];
  return [`${application}: ${each.join(", ")}`, ...together, `  ${COUNT_STATES[state]}`];
}

/** One block a way, so that a block can be pasted whole. */
function deletionLines(deletions: readonly RecordDeletion[]): readonly string[] {
  const able = deletions.filter(({ nsupdate }) => nsupdate.length > 0);
  const inWindows = able.flatMap(({ powershell }) => (powershell === "" ? [] : [powershell]));
  return [
    ...block(
      "To delete what does not belong, in a zone file",
      deletions.map(({ record }) => record),
    ),
    ...block(
      "To delete what does not belong, with nsupdate -k <key file>",
      able.flatMap(({ nsupdate }) => nsupdate),
    ),
    ...block("To delete what does not belong, in Windows DNS (PowerShell)", inWindows),
  ];
}

function block(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines.map((line) => `  ${line}`)];
}
