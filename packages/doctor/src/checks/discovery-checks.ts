import type { ClientFacts } from "../facts/client-facts.ts";
import type { Facts } from "../facts/facts.ts";
import { type Check, check, type Found, judged, moot } from "./check.ts";
import { askedDomains, hostsLedTo, lookText } from "./domain-sights.ts";
import { type HostSight, hostSights, isServing, sightText } from "./host-sights.ts";
import { bareName } from "./names.ts";
import { firstOf } from "./phrases.ts";
import { recordedHosts } from "./record-target-checks.ts";
import { eachClient, slmgrData } from "./told-clients.ts";

const fixedHostAnswers = check({
  id: "CS-DSC-001",
  good: "a fixed host answers",
  about:
    "A machine with a fixed host asks it and nobody else: DNS is not looked at, however many hosts are published there.",
  byHand: ["countersign slmgr /dlv"],
  needs: [],
  reads: ["client", "targets"],
  findings: {
    FIXED_HOST_GONE: {
      gravity: "error",
      cause: "the fixed host {host} of {machine} does not answer",
      effect: "the machine asks no other host{others}",
      remedy: "countersign slmgr /ckms{data}",
      advice: "clear the fixed host, so that the machine finds one in DNS, or name one that answers with /skms",
    },
  },
  judge: (facts) => {
    const fixed = facts.clients.filter(({ fixedHost }) => fixedHost !== "");
    if (fixed.length === 0) return moot("no machine has a fixed host");
    return judged(
      fixed.flatMap((client) => goneHost(client.fixedHost, facts).map((gone) => fixedGone(client, gone, facts))),
    );
  },
});

const cachedHostAnswers = check({
  id: "CS-DSC-002",
  good: "the host that answered last still answers",
  about:
    "A machine asks the host that answered last before it looks in DNS. Where that host is gone it looks for another in the same attempt.",
  byHand: ["countersign slmgr /dlv"],
  needs: [],
  reads: ["client", "targets"],
  findings: {
    CACHED_HOST_GONE: {
      gravity: "error",
      cause: "the host {host} that {machine} asked last does not answer",
      effect: "{effect}",
      remedy: "countersign slmgr /ato{data}",
      advice:
        "nothing needs to be done where another host answers: the machine finds it at its next attempt, and at once with this command",
    },
  },
  judge: (facts) => {
    const caching = facts.clients.filter((one) => one.fixedHost === "" && one.hostCaching && one.cachedHost !== "");
    if (caching.length === 0) return moot("no machine has a host from before");
    return judged(
      caching.flatMap((client) => goneHost(client.cachedHost, facts).map((gone) => cachedGone(client, gone, facts))),
    );
  },
});

const lookupDomainHasRecords = check({
  id: "CS-DSC-003",
  good: "a look-up domain that is set has records of hosts",
  about: "With a look-up domain set, a machine asks that domain only and never its own.",
  byHand: ["dig SRV _countersign._tcp.other.example", "countersign slmgr /dlv"],
  needs: [],
  reads: ["client", "dns"],
  findings: {
    LOOKUP_DOMAIN_EMPTY: {
      gravity: "error",
      cause: "the look-up domain {domain} of {machine} has no record of a host{own}",
      effect: "the machine finds no host",
      remedy: "countersign slmgr /ckms-domain{data}",
      advice: "clear it, so that the machine looks in its own domain, or publish the host in {domain}",
    },
  },
  judge: (facts) => {
    const asked = askedDomains(facts).filter(({ isLookupDomain }) => isLookupDomain);
    if (asked.length === 0) return moot("no look-up domain is set");
    const empty = asked.filter(({ state }) => state === "none" || state === "declined");
    return judged(
      facts.clients.flatMap((client) => {
        const domain = empty.find((one) => one.domain === client.lookupDomain);
        if (domain === undefined || client.fixedHost !== "") return [];
        const own = facts.network?.domains.find((one) => one.domain === client.machine?.domain);
        const led = own === undefined ? [] : hostsLedTo(own);
        return [
          {
            finding: "LOOKUP_DOMAIN_EMPTY",
            ...{ subject: domain.domain, concerns: [client.machineName] },
            params: {
              ...{ domain: domain.domain, machine: client.machineName, data: slmgrData(client) },
              own: led.length === 0 ? "" : `, and the machine's own domain ${own?.domain} has`,
            },
            evidence: [
              ...domain.looks.map(lookText),
              ...(led.length === 0 ? [] : [`${own?.domain}: records lead to ${firstOf(led)}`]),
            ],
          },
        ];
      }),
    );
  },
});

const priorityIsFollowed = check({
  id: "CS-DSC-004",
  good: "machines ask the host that the priorities put first",
  about:
    "With host caching on (the default) the host that answered last is asked first, whatever priority DNS gives it now.",
  byHand: ["dig SRV _countersign._tcp.corp.example", "countersign slmgr /dlv"],
  needs: [],
  reads: ["client", "dns"],
  findings: {
    CACHE_OVERRIDES_PRIORITY: {
      gravity: "notice",
      cause: "{machine} asks {cached} (priority {behind}) because it answered last, before {first} (priority {ahead})",
      effect: "priorities and weights in DNS have no effect on this machine while that host answers",
      remedy: "countersign slmgr /ckhc{data}",
      advice: "switch host caching off on machines that must follow the priorities; else leave it",
    },
  },
  judge: (facts) => {
    const priorities = servingPriorities(facts);
    return eachClient(facts, (client) => overriddenPriority(client, priorities));
  },
});

/** How a machine comes to its host. */
export const DISCOVERY_CHECKS: readonly Check[] = [
  fixedHostAnswers,
  cachedHostAnswers,
  lookupDomainHasRecords,
  priorityIsFollowed,
];

/** The sight of a client's host where it is not a host any more; nothing where nobody looked or DNS failed over it. */
function goneHost(host: string, facts: Facts): readonly HostSight[] {
  return hostSights(facts).filter(
    (sight) =>
      sight.host === host && ["closed", "filtered", "unrouted", "unresolved", "foreign", "mute"].includes(sight.state),
  );
}

function fixedGone(client: ClientFacts, gone: HostSight, facts: Facts): Found<"FIXED_HOST_GONE"> {
  const others = hostSights(facts).filter(isServing);
  return {
    finding: "FIXED_HOST_GONE",
    ...{ subject: client.machineName, concerns: gone.names },
    params: {
      ...{ host: gone.host, machine: client.machineName, data: slmgrData(client) },
      others: others.length === 0 ? "" : `, though ${firstOf(others.map(({ host }) => host))} would answer`,
    },
    evidence: [sightText(gone), ...others.slice(0, 3).map(sightText)],
  };
}

function cachedGone(client: ClientFacts, gone: HostSight, facts: Facts): Found<"CACHED_HOST_GONE"> {
  const others = hostSights(facts).filter(isServing);
  return {
    finding: "CACHED_HOST_GONE",
    ...{ subject: client.machineName, concerns: gone.names },
    ...(others.length > 0 && { gravity: "notice" as const }),
    params: {
      ...{ host: gone.host, machine: client.machineName, data: slmgrData(client) },
      effect:
        others.length === 0
          ? "no other host was seen that answers"
          : `the machine turns to ${firstOf(others.map(({ host }) => host))} at its next attempt`,
    },
    evidence: [sightText(gone), ...others.slice(0, 3).map(sightText)],
  };
}

interface ServingPriority {
  readonly host: string;
  readonly priority: number;
}

/** The best priority of every host in DNS that serves. */
function servingPriorities(facts: Facts): readonly ServingPriority[] {
  const serving = new Set(hostSights(facts).flatMap((sight) => (isServing(sight) ? [sight.host] : [])));
  return recordedHosts(facts)
    .filter(({ host }) => serving.has(host))
    .map(({ host, records }) => ({ host, priority: Math.min(...records.map(({ priority }) => priority)) }));
}

function overriddenPriority(
  client: ClientFacts,
  priorities: readonly ServingPriority[],
): readonly Found<"CACHE_OVERRIDES_PRIORITY">[] {
  const { cachedHost, hostCaching, fixedHost, machineName } = client;
  if (fixedHost !== "" || !hostCaching || cachedHost === "") return [];
  const cached = priorities.find(({ host }) => host === cachedHost);
  const first = priorities.toSorted((a, b) => a.priority - b.priority)[0];
  if (cached === undefined || first === undefined || first.priority >= cached.priority) return [];
  return [
    {
      finding: "CACHE_OVERRIDES_PRIORITY",
      ...{ subject: machineName, concerns: [bareName(cachedHost)] },
      params: {
        ...{ machine: machineName, cached: cachedHost, behind: cached.priority, data: slmgrData(client) },
        ...{ first: first.host, ahead: first.priority },
      },
      evidence: priorities.map(({ host, priority }) => `${host}: priority ${priority}, it answers`),
    },
  ];
}
