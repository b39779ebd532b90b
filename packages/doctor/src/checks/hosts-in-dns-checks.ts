import type { Facts } from "../facts/facts.ts";
import { judgeHosts } from "../finder/judge-hosts.ts";
import type { FoundHost } from "../finder/report.ts";
import { type Check, check, type Found, judged, moot } from "./check.ts";
import { deleteCommand } from "./dns-commands.ts";
import { type HostSight, hostSights, isServing } from "./host-sights.ts";
import { bareName } from "./names.ts";
import { distinct, firstOf, shellWord } from "./phrases.ts";
import { recordedHosts } from "./record-target-checks.ts";
import { siteDomain } from "./told-hosts.ts";

const onlyOurHosts = check({
  id: "CS-DNS-008",
  good: "only our hosts stand in the records",
  about:
    "Whoever stands in the record set is asked. A host that the publisher did not certify licenses nobody and costs each machine a connection; one of another site takes machines out of our count.",
  byHand: ["countersign hosts find --domain corp.example"],
  needs: [],
  reads: ["dns", "targets"],
  findings: {
    ROGUE_HOST: {
      gravity: "error",
      cause: "{host} stands in {domain} as a host and is certified by nobody ({because})",
      effect: "it can license nobody and harm nobody, but machines that draw it lose time there",
      remedy: "{deletion}",
      advice:
        "find out who put it there; activate it if it is yours (countersign host activate), else delete its record",
    },
    OTHER_SITES_HOST: {
      gravity: "notice",
      cause: "{host} in {domain} is certified for another customer",
      effect: "machines that draw it count there, not here",
      remedy: "{deletion}",
      advice: "ask who published it, and delete its record from this zone if it does not belong here",
    },
    FOREIGN_SERVICE_IN_DNS: {
      gravity: "warning",
      cause: "a record of {domain} leads to {host}, where something else than a host answers",
      effect: "machines that draw it lose time there before they ask another host",
      remedy: "{deletion}",
      advice: "correct the port of the record, or delete it",
    },
  },
  judge: (facts) => {
    const hosts = recordedHosts(facts);
    if (hosts.length === 0) return moot("no record leads to a host");
    const sights = hostSights(facts);
    return judged(hosts.flatMap((host) => stranger(host, facts, sights)));
  },
});

const noCopies = check({
  id: "CS-DNS-009",
  good: "each host is one process",
  about:
    "A data directory that was copied makes two hosts of one identity: their counts part, and the publisher refuses the older at the next renewal.",
  byHand: ["countersign hosts find --domain corp.example"],
  needs: [],
  reads: ["targets"],
  findings: {
    HOST_CLONE: {
      gravity: "error",
      cause: "two processes answer as one host at {host} ({because})",
      effect: "each counts for itself, and the publisher will renew only one of them",
      remedy: "countersign hosts find --domain {domain}",
      advice: "stop the copy; a second host begins with `countersign host init` and its own activation",
    },
  },
  judge: (facts) => {
    if (facts.network === undefined) return moot("no host was looked at from outside");
    const clones = judgeHosts(facts.network).hosts.filter(({ verdict }) => verdict === "clone");
    // Each of the two is found: one finding names both.
    return judged(clones.slice(0, 1).map((one) => clone(one, clones, facts)));
  },
});

/** Who stands in DNS as a host. */
export const HOSTS_IN_DNS_CHECKS: readonly Check[] = [onlyOurHosts, noCopies];

type Stranger = Found<"ROGUE_HOST" | "OTHER_SITES_HOST" | "FOREIGN_SERVICE_IN_DNS">;

const STRANGERS = {
  uncertified: "ROGUE_HOST",
  "other-site": "OTHER_SITES_HOST",
  foreign: "FOREIGN_SERVICE_IN_DNS",
} as const;

function stranger(host: FoundHost, facts: Facts, sights: readonly HostSight[]): readonly Stranger[] {
  const { verdict, because, records } = host;
  if (verdict !== "uncertified" && verdict !== "other-site" && verdict !== "foreign") return [];
  const sight = sights.find((one) => one.host === host.host);
  const others = sights.filter((one) => one.host !== host.host && isServing(one));
  // Where it is a host of ours, or the only one, what is wrong with it is said of the host and not of its record.
  const isOwn = sight?.told !== undefined;
  if (verdict !== "other-site" && (isOwn || (others.length === 0 && sight?.state !== "unverified"))) return [];
  // The same name answers as a host at another port: then the record's port is wrong (CS-DNS-007).
  if (verdict === "foreign" && others.some((one) => bareName(one.host) === bareName(host.host))) return [];
  const domains = distinct(records.map(({ domain }) => domain));
  return [
    {
      finding: STRANGERS[verdict],
      ...{ subject: host.host, concerns: [bareName(host.host), ...domains] },
      params: { host: host.host, domain: firstOf(domains, 3), because, deletion: deleteCommand(facts, host.deletions) },
      evidence: [`${host.host}: ${because}`, ...host.deletions.map(({ record }) => `record ${record}`)],
    },
  ];
}

function clone(one: FoundHost, clones: readonly FoundHost[], facts: Facts): Found<"HOST_CLONE"> {
  const [record] = one.records;
  return {
    finding: "HOST_CLONE",
    ...{ subject: one.host, concerns: clones.map(({ host }) => bareName(host)) },
    params: {
      ...{ host: firstOf(clones.map(({ host }) => host)), because: one.because },
      domain: record === undefined ? siteDomain(facts) : shellWord(record.domain),
    },
    evidence: clones.map(({ host, because }) => `${host}: ${because}`),
  };
}
