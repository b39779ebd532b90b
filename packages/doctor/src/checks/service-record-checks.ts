import { MAX_TARGETS } from "@countersign/domain";
import type { Facts } from "../facts/facts.ts";
import { deletionOf, hostTextOf } from "../finder/delete-record.ts";
import { type Check, check, type Found, judged, moot } from "./check.ts";
import { deleteCommand } from "./dns-commands.ts";
import { type AskedDomain, askedDomains, hostsLedTo, lookText, ourNames } from "./domain-sights.ts";
import { distinct, firstOf, shellWord } from "./phrases.ts";
import { slmgrData } from "./told-clients.ts";
import { dataOption, hostName, toldHosts } from "./told-hosts.ts";

const domainsHaveRecords = check({
  id: "CS-DNS-003",
  good: "each domain that is asked has SRV records of hosts",
  about:
    "A host publishes itself as an SRV record of _countersign._tcp in each of its domains. A machine asks one domain only: its own, or the look-up domain.",
  byHand: ["dig SRV _countersign._tcp.corp.example", "countersign hosts find --domain corp.example"],
  needs: [],
  reads: ["dns"],
  findings: {
    SRV_MISSING: {
      gravity: "error",
      cause: "{domain} has no SRV record of a host",
      effect: "machines of that domain find no host",
      remedy: "countersign host dns publish --now{data}",
      advice:
        "run it on the host; where the zone takes no updates, `countersign host dns show` prints the record to write by hand",
    },
    SRV_IN_OTHER_ZONE: {
      gravity: "error",
      cause: "hosts are published in {other}, and the machines ask {domain}",
      effect: "machines of {domain} find no host",
      remedy: "countersign slmgr /skms-domain {other}{data}",
      advice: "or publish the host in {domain} too: add it to the domains of its configuration",
    },
    SRV_DECLINED: {
      gravity: "error",
      cause: "{domain} says that it has no such service (target .)",
      effect: "machines of that domain look no further",
      remedy: "{deletion}",
      advice: "delete that record, and publish the host there",
    },
  },
  judge: (facts) => {
    const asked = askedDomains(facts);
    if (asked.length === 0) return moot("no domain is asked: each machine has a fixed host, or none is known");
    return judged(asked.flatMap((domain) => emptyDomain(domain, facts)));
  },
});

const recordsAreFew = check({
  id: "CS-DNS-012",
  good: `no domain has more records than the ${MAX_TARGETS} that a machine tries`,
  about:
    "A machine tries a bounded number of hosts in one attempt, and each host counts for itself: one or two are enough for a site.",
  byHand: ["dig SRV _countersign._tcp.corp.example"],
  needs: [],
  reads: ["dns"],
  findings: {
    TOO_MANY_RECORDS: {
      gravity: "warning",
      cause: "{domain} has {records} records of hosts",
      effect: "a machine tries {most} of them in one attempt, and machines spread over them count at none",
      remedy: "countersign hosts find --domain {domain}",
      advice: "keep the records of one or two hosts; the command prints the deletion of those that do not answer",
    },
  },
  judge: ({ network }) => {
    if (network === undefined) return moot("DNS was not asked");
    return judged(
      network.domains.flatMap((found) => {
        const hosts = hostsLedTo(found);
        if (hosts.length <= MAX_TARGETS) return [];
        const params = { domain: shellWord(found.domain), records: hosts.length, most: MAX_TARGETS };
        return [
          { finding: "TOO_MANY_RECORDS", subject: found.domain, params, evidence: [`they lead to ${firstOf(hosts)}`] },
        ];
      }),
    );
  },
});

const microsoftIsApart = check({
  id: "CS-DNS-013",
  good: "no genuine Microsoft KMS is published beside our hosts",
  about:
    "Microsoft's hosts are found by _vlmcs._tcp, ours by _countersign._tcp: both may stand in one domain. On one machine both want port 1688.",
  byHand: ["dig SRV _vlmcs._tcp.corp.example"],
  needs: [],
  reads: ["dns"],
  findings: {
    MICROSOFT_KMS_BESIDE: {
      gravity: "notice",
      cause: "{domain} also publishes Microsoft KMS ({hosts})",
      effect: "nothing: they do not meet, save on one machine, where both want port 1688",
      remedy: "",
      advice: "where both run on one machine, give ours another port (slmgr /sprt)",
    },
  },
  judge: ({ network }) => {
    if (network === undefined) return moot("DNS was not asked");
    const named = network.domains.flatMap(({ domain, names }) =>
      names
        .filter(({ service }) => service === "microsoft")
        .flatMap(({ name, answer }) =>
          answer.kind === "records" ? [{ domain, name, hosts: answer.records.map(hostTextOf) }] : [],
        ),
    );
    return judged(
      named.map(({ domain, name, hosts }) => ({
        ...{ finding: "MICROSOFT_KMS_BESIDE" as const, subject: domain },
        params: { domain, hosts: firstOf(hosts) },
        evidence: [`${name} leads to ${firstOf(hosts)}; nothing was sent there`],
      })),
    );
  },
});

/** What domains say, before anybody is asked what they lead to. */
export const SERVICE_RECORD_CHECKS: readonly Check[] = [domainsHaveRecords, recordsAreFew, microsoftIsApart];

type EmptyDomain = Found<"SRV_MISSING" | "SRV_IN_OTHER_ZONE" | "SRV_DECLINED">;

function emptyDomain(asked: AskedDomain, facts: Facts): readonly EmptyDomain[] {
  const { domain, machines, state, looks } = asked;
  if (state === "declined") return [declinedDomain(asked, facts)];
  if (state !== "none" || isSaidByItsHost(domain, facts) || isOnlyTheLookupDomain(asked, facts)) return [];
  const evidence = [
    ...looks.map(lookText),
    ...(machines.length === 0 ? [] : [`${firstOf(machines)} ${machines.length === 1 ? "asks" : "ask"} ${domain}`]),
  ];
  const others = (facts.network?.domains ?? []).filter((one) => one.domain !== domain && hostsLedTo(one).length > 0);
  const about = { subject: domain, concerns: distinct([...machines, ...hostsOf(domain, facts)]) };
  const [host] = toldHosts(facts);
  if (others[0] === undefined) {
    const params = { domain, data: host === undefined ? "" : dataOption(host) };
    return [{ finding: "SRV_MISSING", ...about, params, evidence }];
  }
  const { domain: other } = others[0];
  const client = facts.clients.find(({ machineName }) => machines.includes(machineName));
  const params = { domain, other: shellWord(other), data: client === undefined ? "" : slmgrData(client) };
  const led = `${other}: records lead to ${firstOf(hostsLedTo(others[0]))}`;
  return [{ finding: "SRV_IN_OTHER_ZONE", ...about, params, evidence: [...evidence, led] }];
}

function declinedDomain({ domain, machines, found }: AskedDomain, facts: Facts): EmptyDomain {
  const records = (found === undefined ? [] : ourNames(found)).flatMap(({ name, service, answer }) =>
    answer.kind === "none"
      ? []
      : answer.records
          .filter(({ target }) => target === "")
          .map((one) => ({ ...one, domain, zone: found?.zone ?? "", name, owner: answer.owner, service })),
  );
  const deletions = records.map((record) => deletionOf(record, record));
  return {
    ...{ finding: "SRV_DECLINED", subject: domain, concerns: machines },
    params: { domain, deletion: deleteCommand(facts, deletions) },
    evidence: deletions.length === 0 ? [`${domain}: declined`] : deletions.map(({ record }) => record),
  };
}

/** Standing on the host, the check of its own record says it, and better (CS-DNS-011). */
function isSaidByItsHost(domain: string, facts: Facts): boolean {
  return facts.standpoint === "host" && hostsOf(domain, facts).length > 0;
}

/** The machine's own domain has what its look-up domain has not: then the setting is what is wrong (CS-DSC-003). */
function isOnlyTheLookupDomain({ domain, isLookupDomain }: AskedDomain, { clients, network }: Facts): boolean {
  if (!isLookupDomain) return false;
  const own = clients.filter(({ lookupDomain }) => lookupDomain === domain).map(({ machine }) => machine?.domain ?? "");
  return network?.domains.some((one) => own.includes(one.domain) && hostsLedTo(one).length > 0) ?? false;
}

/** Names of told hosts that publish themselves there. */
function hostsOf(domain: string, facts: Facts): readonly string[] {
  return toldHosts(facts)
    .filter(({ publishing }) => publishing?.domains.some((one) => one.domain === domain) ?? false)
    .map(hostName);
}
