import type { Facts } from "../facts/facts.ts";
import { deletionOf } from "../finder/delete-record.ts";
import { judgeHosts } from "../finder/judge-hosts.ts";
import type { FoundHost } from "../finder/report.ts";
import { failingHosts } from "./asked-hosts.ts";
import { type Check, check, type Found, judged, moot } from "./check.ts";
import { deleteCommand, digCommand, updateCommand } from "./dns-commands.ts";
import { type HostSight, hostSights, isGone, isServing, type SightState, sightText } from "./host-sights.ts";
import { bareName, portOf } from "./names.ts";
import { distinct, firstOf } from "./phrases.ts";
import { dataOption } from "./told-hosts.ts";

const targetsResolve = check({
  id: "CS-DNS-005",
  good: "each record's target has an address",
  about: "An SRV record names a host, never an address: without an A or AAAA record of that name nobody gets there.",
  byHand: ["dig SRV _countersign._tcp.corp.example", "dig A kms1.corp.example"],
  needs: [],
  reads: ["dns"],
  findings: {
    SRV_TARGET_UNRESOLVED: {
      gravity: "error",
      cause: "{target}, to which a record of {domain} leads, has no address",
      effect: "machines that draw this record lose time on it{others}",
      remedy: "{command}",
      advice: "give the name its A or AAAA record, or delete the SRV record if the host is gone",
    },
  },
  judge: (facts) => {
    const view = viewOf(facts);
    if (view.hosts.length === 0) return moot("no record leads to a host");
    return judged(view.hosts.flatMap((host) => unresolvedTarget(host, view)));
  },
});

const recordsLeadToHosts = check({
  id: "CS-DNS-006",
  good: "each record leads to a host that answers",
  about:
    "The record of a host that is gone costs each machine that draws it seconds, and whoever gets its name or address answers in its place.",
  byHand: ["countersign hosts find --domain corp.example"],
  needs: [],
  reads: ["dns", "targets"],
  findings: {
    SRV_STALE: {
      gravity: "warning",
      cause: "a record of {domain} leads to {host}, where nothing answers; other hosts do",
      effect: "machines that draw it lose time before they ask another host",
      remedy: "{deletion}",
      advice: "start that host if it is to serve, else delete exactly its record",
    },
  },
  judge: (facts) => {
    const view = viewOf(facts);
    if (view.hosts.length === 0) return moot("no record leads to a host");
    return judged(view.hosts.flatMap((host) => staleRecord(host, view)));
  },
});

const portsAreRight = check({
  id: "CS-DNS-007",
  good: "each record names the port its host listens on",
  about: "A host moves its own record with its port. A record by hand keeps the old one.",
  byHand: ["dig SRV _countersign._tcp.corp.example", "countersign slmgr /dlv"],
  needs: [],
  reads: ["dns", "targets"],
  findings: {
    SRV_PORT_WRONG: {
      gravity: "error",
      cause: "a record of {domain} leads to port {wrong} of {name}, whose host listens on {port}",
      effect: "machines that draw it reach nothing",
      remedy: "{deletion}countersign {publish}{data}",
      advice: "delete the record with the wrong port and publish the host with its own, on the host",
    },
  },
  judge: (facts) => {
    const view = viewOf(facts);
    if (view.hosts.length === 0) return moot("no record leads to a host");
    return judged(view.hosts.flatMap((host) => wrongPort(host, view)));
  },
});

/** What the records lead to. */
export const RECORD_TARGET_CHECKS: readonly Check[] = [targetsResolve, recordsLeadToHosts, portsAreRight];

/** Every target that some record leads to, judged. */
export function recordedHosts({ network }: Facts): readonly FoundHost[] {
  return network === undefined ? [] : judgeHosts(network).hosts.filter(({ records }) => records.length > 0);
}

/** What the records lead to, looked at once: there may be hundreds. */
interface RecordView {
  readonly facts: Facts;
  readonly hosts: readonly FoundHost[];
  readonly sights: readonly HostSight[];
  readonly sightAt: ReadonlyMap<string, HostSight>;
  /** Hosts beside which no other serves those who ask them. */
  readonly lasts: ReadonlySet<string>;
  readonly answering: readonly string[];
}

const ANSWERS: readonly SightState[] = ["serves", "refuses", "unverified"];

function viewOf(facts: Facts): RecordView {
  const sights = hostSights(facts);
  const lasts = failingHosts(facts).filter(({ isTheLast }) => isTheLast);
  return {
    ...{ facts, sights, hosts: recordedHosts(facts) },
    sightAt: new Map(sights.map((sight) => [sight.host, sight])),
    lasts: new Set(lasts.map(({ sight }) => sight.host)),
    answering: sights.flatMap(({ host, state }) => (ANSWERS.includes(state) ? [host] : [])),
  };
}

function unresolvedTarget(host: FoundHost, view: RecordView): readonly Found<"SRV_TARGET_UNRESOLVED">[] {
  const { facts, sights } = view;
  const sight = view.sightAt.get(host.host);
  if (sight?.state !== "unresolved") return [];
  const isAlone = !sights.some(isServing);
  const { target } = host;
  const address = knownAddress(sight, facts);
  // What is no host's name is not written into anybody's zone.
  const isPlain = address !== undefined && /^[a-z0-9._-]+$/i.test(target);
  const line = `update add ${target}. 3600 ${address?.includes(":") ? "AAAA" : "A"} ${address}`;
  return [
    {
      finding: "SRV_TARGET_UNRESOLVED",
      ...aboutOf(host, sight),
      ...(!isAlone && { gravity: "warning" as const }),
      params: {
        ...{ target, domain: domainsOf(host), others: isAlone ? "" : "; other hosts answer" },
        command: isPlain ? updateCommand(facts, [line, "send"]) : digCommand(facts, "A", target),
      },
      evidence: [sightText(sight), ...recordLines(host)],
    },
  ];
}

/** Stale is what nobody answers for: where the machine's host is known to us, its own findings say what is wrong with it. */
function staleRecord(host: FoundHost, view: RecordView): readonly Found<"SRV_STALE">[] {
  const { facts, sights } = view;
  const sight = view.sightAt.get(host.host);
  if (sight === undefined || !isGone(sight) || sight.state === "unresolved" || sight.alive !== "") return [];
  if (sight.told !== undefined || otherPort(sight, sights) !== undefined) return [];
  if (view.lasts.has(host.host) || view.answering.length === 0) return [];
  return [
    {
      finding: "SRV_STALE",
      ...aboutOf(host, sight),
      params: { domain: domainsOf(host), host: host.host, deletion: deleteCommand(facts, host.deletions) },
      evidence: [sightText(sight), `answering: ${firstOf(view.answering)}`, ...recordLines(host)],
    },
  ];
}

function wrongPort(host: FoundHost, view: RecordView): readonly Found<"SRV_PORT_WRONG">[] {
  const { facts, sights } = view;
  const sight = view.sightAt.get(host.host);
  if (sight === undefined || !(isGone(sight) || sight.state === "foreign") || sight.state === "unresolved") return [];
  const port = otherPort(sight, sights);
  if (port === undefined) return [];
  const deletion = deleteCommand(facts, deletionsOf(host));
  const { told } = sight;
  return [
    {
      finding: "SRV_PORT_WRONG",
      ...aboutOf(host, sight),
      params: {
        ...{ domain: domainsOf(host), name: host.target, wrong: host.port, port },
        deletion: deletion === "" ? "" : `${deletion} && `,
        // Switched on it publishes at once; as long as it is off nothing is published by hand either.
        publish: told?.publishing?.isOn === false ? "slmgr /sdns" : "host dns publish --now",
        data: told === undefined ? "" : dataOption(told),
      },
      evidence: [sightText(sight), ...recordLines(host), `the host listens on port ${port}`],
    },
  ];
}

/** The port at which that host answers, or says that it listens, instead of the one that was asked. */
function otherPort({ host, told }: HostSight, sights: readonly HostSight[]): string | undefined {
  const name = bareName(host);
  const other = sights.find((one) => one.host !== host && bareName(one.host) === name && isServing(one));
  if (other !== undefined) return portOf(other.host);
  const listening = told?.isRunning === true ? told.listening : undefined;
  const port = listening === undefined ? "" : String(listening.port);
  return port === "" || port === portOf(host) ? undefined : port;
}

/** The finder prints deletions for what harms by itself; a record with a wrong port is one more to delete. */
function deletionsOf({ deletions, records, target, port }: FoundHost) {
  return deletions.length > 0 ? deletions : records.map((record) => deletionOf(record, { target, port }));
}

function aboutOf({ host, records }: FoundHost, { names }: HostSight) {
  return { subject: host, concerns: distinct([...names, ...records.map(({ domain }) => domain)]) };
}

function domainsOf({ records }: FoundHost): string {
  return firstOf(distinct(records.map(({ domain }) => domain)), 3);
}

function recordLines({ records, target, port }: FoundHost): readonly string[] {
  return records
    .slice(0, 4)
    .map(({ owner, priority, weight }) => `record ${owner}. SRV ${priority} ${weight} ${port} ${target}.`);
}

/** Where a host of that name was seen before. */
function knownAddress({ told, names }: HostSight, { clients }: Facts): string | undefined {
  const own = told?.machine?.addresses[0];
  if (own !== undefined) return own;
  const tried = clients.flatMap(({ products }) => products.flatMap(({ lastAttempt }) => lastAttempt?.tried ?? []));
  return tried.find(({ host, address = "" }) => address !== "" && names.includes(bareName(host)))?.address;
}
