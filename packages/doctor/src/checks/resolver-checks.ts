import { SERVICE_LABELS } from "@countersign/domain";
import type { Facts } from "../facts/facts.ts";
import { type Check, check, type Found, judged, moot } from "./check.ts";
import { digCommand, serversAsked } from "./dns-commands.ts";
import { allLooks, askedDomains, domainOf, hostsLedTo, isUnanswered, type Look, lookText } from "./domain-sights.ts";
import { hostSights, isServing } from "./host-sights.ts";
import { distinct, firstOf, shellWord } from "./phrases.ts";
import { eachClient, slmgrData } from "./told-clients.ts";

const serverAnswers = check({
  id: "CS-DNS-001",
  good: "the DNS server answers",
  about:
    "A machine without a fixed host finds one by asking its DNS server. A host that is named, fixed or cached, needs it too, for its address.",
  byHand: ["cat /etc/resolv.conf", "dig SOA corp.example"],
  needs: [],
  reads: ["dns"],
  findings: {
    DNS_UNREACHABLE: {
      gravity: "error",
      cause: "no DNS server answers {machine} ({servers})",
      effect: "no host is found, and no name of one leads to an address",
      remedy: "{dig}",
      advice: "start the DNS server or open the way to it (udp and tcp 53); the command shows when it answers again",
    },
    NO_RESOLVER: {
      gravity: "error",
      cause: "{machine} has no DNS server to ask",
      effect: "no host is found, and no name of one leads to an address",
      remedy: "cat /etc/resolv.conf",
      advice: "configure a DNS server for the machine, or set dnsServers in the client's settings",
    },
  },
  judge: (facts) => {
    const looks = allLooks(facts);
    const machine = machineOf(facts);
    const servers = serversAsked(facts);
    if (looks.length === 0) return moot("DNS was not asked");
    const isDead = looks.every(isUnanswered);
    if (!isDead) return judged([]);
    const hasNone = servers.length === 0 && facts.machine !== undefined;
    return judged([
      {
        finding: hasNone ? "NO_RESOLVER" : "DNS_UNREACHABLE",
        subject: machine,
        concerns: concernsOf(facts),
        params: {
          ...{ machine, servers: firstOf(servers) || "its resolver" },
          dig: digCommand(facts, "SRV", nameToAsk(looks)),
        },
        evidence: hasNone ? [`${machine}: no DNS server is configured`] : linesOf(looks, servers),
      },
    ]);
  },
});

const domainIsKnown = check({
  id: "CS-DNS-002",
  good: "each machine knows a domain to look in, or a host to ask",
  about:
    "A machine asks the domain of its own name, or the look-up domain that was set. One that is in no domain must be told where to ask.",
  byHand: ["hostname --fqdn", "cat /etc/resolv.conf", "countersign slmgr /dlv"],
  needs: [],
  reads: ["client"],
  findings: {
    NO_DOMAIN: {
      gravity: "error",
      cause: "{machine} is in no domain, and neither a host nor a look-up domain is set on it",
      effect: "it has nowhere to look for a host",
      remedy: "countersign slmgr {set}{data}",
      advice: "name the host (/skms) or the domain that hosts are published in (/skms-domain)",
    },
  },
  judge: (facts) =>
    eachClient(facts, (client) => {
      const { machineName, machine, fixedHost, cachedHost, lookupDomain } = client;
      if (fixedHost !== "" || domainOf(client) !== "" || machine === undefined || lookupDomain !== "") return [];
      const hasHost = hostSights(facts).some((sight) => sight.host === cachedHost && isServing(sight));
      return [
        {
          finding: "NO_DOMAIN",
          subject: machineName,
          ...(hasHost && { gravity: "notice" as const }),
          params: { machine: machineName, set: whereToAsk(facts), data: slmgrData(client) },
          evidence: [
            `${machineName}: its name has no domain, and its resolver names none`,
            ...(hasHost ? [`it asks ${cachedHost}, which answered last`] : []),
          ],
        },
      ];
    }),
});

const zoneIsServed = check({
  id: "CS-DNS-004",
  good: "the DNS server serves the zones that are asked",
  about:
    "A server that answers SERVFAIL or REFUSED knows nothing either way: its zone did not load, or it may not tell this machine.",
  byHand: ["dig SOA corp.example", "named-checkzone corp.example FILE"],
  needs: [],
  reads: ["dns"],
  findings: {
    DNS_SERVER_FAILURE: {
      gravity: "error",
      cause: "the DNS server fails over {domain} ({detail})",
      effect: "machines of that domain find no host",
      remedy: "named-checkzone {domain} /etc/bind/db.{domain}",
      advice:
        "on the DNS server: mend what the command names in the zone's file and load it again (rndc reload); its log says the same",
    },
  },
  judge: (facts) => {
    const looks = allLooks(facts);
    if (looks.length === 0) return moot("DNS was not asked");
    if (looks.every(isUnanswered)) return moot("no DNS server answers");
    const failing = askedDomains(facts).filter(({ state }) => state === "failed" || state === "unreachable");
    return judged(failing.map(({ domain, machines, looks: own }) => failure(facts, { domain, machines, own })));
  },
});

/** DNS as far as the resolver goes. */
export const RESOLVER_CHECKS: readonly Check[] = [serverAnswers, domainIsKnown, zoneIsServed];

interface FailingDomain {
  readonly domain: string;
  readonly machines: readonly string[];
  readonly own: readonly Look[];
}

function failure(facts: Facts, { domain, machines, own }: FailingDomain): Found<"DNS_SERVER_FAILURE"> {
  const bad = own.filter(({ reason }) => reason === "DNS_SERVER_FAILURE" || reason === "TIMEOUT");
  return {
    finding: "DNS_SERVER_FAILURE",
    subject: domain,
    concerns: machines,
    params: { domain: shellWord(domain), detail: bad[0]?.detail || (bad[0]?.reason ?? "") },
    evidence: linesOf(bad, serversAsked(facts)),
  };
}

function linesOf(looks: readonly Look[], servers: readonly string[]): readonly string[] {
  const by = servers.length === 0 ? "" : ` asked at ${firstOf(servers, 2)}`;
  return looks.slice(0, 6).map((look) => `${lookText(look)}${by}`);
}

/** The generic name is the one that everybody publishes. */
function nameToAsk(looks: readonly Look[]): string {
  return (looks.find(({ name }) => name.startsWith(SERVICE_LABELS)) ?? looks[0])?.name ?? "";
}

/** Everything that a machine without DNS cannot reach by name. */
function concernsOf(facts: Facts): readonly string[] {
  const domains = askedDomains(facts).map(({ domain }) => domain);
  return distinct([...domains, ...facts.clients.map(({ machineName }) => machineName)]);
}

function whereToAsk(facts: Facts): string {
  const known = facts.network?.domains.find((domain) => hostsLedTo(domain).length > 0);
  if (known !== undefined) return `/skms-domain ${shellWord(known.domain)}`;
  const host = hostSights(facts).find(isServing)?.host;
  return `/skms ${host === undefined ? "HOST" : shellWord(host)}`;
}

function machineOf({ machine, clients }: Facts): string {
  return machine?.name ?? clients[0]?.machineName ?? "this machine";
}
