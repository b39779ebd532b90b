import type { ServiceRecord } from "@countersign/domain";
import { REFUSALS, refusalReasonOf } from "@countersign/domain";
import type { Facts } from "../facts/facts.ts";
import type { HostFacts, PublicationFacts } from "../facts/host-facts.ts";
import { type Check, check, type Found, judged, moot } from "./check.ts";
import { digCommand } from "./dns-commands.ts";
import { ourNames, stateOf } from "./domain-sights.ts";
import { setClockCommand } from "./host-commands.ts";
import { instantText, reasonText, shellWord, spanText } from "./phrases.ts";
import { dataOption, hostName, toldHosts } from "./told-hosts.ts";

const FAILED = {
  effect: "the host's record in {domain} is neither made nor kept; machines find it only while an old record stands",
} as const;

const publishingWorks = check({
  id: "CS-DNS-010",
  good: "the host's DNS updates are accepted",
  about:
    "A host writes its own records at its start, every 24 hours and when its name or port changes, with a TSIG key where the zone asks for one. A failure never stops it from serving.",
  byHand: ["countersign host dns show", "countersign events --id 12293,12294"],
  needs: [],
  reads: ["host"],
  findings: {
    PUBLISHING_REFUSED: {
      ...{ gravity: "error", ...FAILED },
      cause: "the DNS server {server} refuses the host's update of {domain}",
      remedy: "named-checkconf -p | grep -A4 update-policy",
      advice:
        "on the DNS server: let the host's key update SRV records of _countersign._tcp in that zone (`countersign host dns show --format bind` prints the policy), then publish again",
    },
    PUBLISHING_BAD_KEY: {
      ...{ gravity: "error", ...FAILED },
      cause: "the DNS server {server} does not accept the host's TSIG key for {domain}{which}",
      remedy: "named-checkconf -px | grep -A3 '^key'  # tsig",
      advice:
        "compare name, algorithm and secret of the key with the section dns of the host's configuration, then `countersign host dns publish --now`",
    },
    PUBLISHING_BAD_SIGNATURE: {
      ...{ gravity: "error", ...FAILED },
      cause: "the answer of the DNS server {server} about {domain} is not signed as it must be",
      remedy: "{dig}",
      advice: "look for what stands between the host and that server: it changes answers, or is another server",
    },
    PUBLISHING_BAD_TIME: {
      ...{ gravity: "error", ...FAILED },
      cause:
        "the clocks of the host {host} and of the DNS server {server} are too far apart for a signed update of {domain}",
      remedy: "{clock}",
      advice:
        "the time of both must agree within 5 minutes: set the one that is off; the host publishes again within the hour",
    },
    PUBLISHING_NO_ZONE: {
      ...{ gravity: "error", ...FAILED },
      cause: "no DNS server answers for the zone of {domain} ({reason})",
      remedy: "{soa}",
      advice:
        "create the zone or correct the domain in the section dns of the host's configuration; where the zone takes no updates, write the record by hand and switch publishing off (slmgr /cdns)",
    },
    PUBLISHING_FAILING: {
      ...{ gravity: "error", ...FAILED },
      cause: "publishing the host {host} in {domain} fails ({reason})",
      remedy: "countersign host dns publish --now{data}",
      advice: "{advice}; event 12293 tells each attempt",
    },
  },
  judge: (facts) => {
    const publishing = publications(facts);
    if (publishing.length === 0) return moot("no host that publishes itself was seen from within");
    return judged(publishing.flatMap((one) => failedPublication(one, facts)));
  },
});

const ownRecordStands = check({
  id: "CS-DNS-011",
  good: "the host's own record stands as it was published",
  about:
    "Anybody who may write the zone can delete or change the record. The host notices at its next publication; until then nobody new finds it.",
  byHand: ["countersign host dns show", "dig SRV _countersign._tcp.corp.example"],
  needs: [],
  reads: ["host", "dns"],
  findings: {
    RECORD_MISSING: {
      gravity: "error",
      cause: "the record of the host {host} is not in {domain}",
      effect: "a machine without a fixed or cached host does not find it",
      remedy: "countersign host dns publish --now{data}",
      advice: "publish it again, and find out who deletes it: scavenging, a script, another administrator",
    },
    RECORD_DIFFERS: {
      gravity: "error",
      cause: "the record of the host {host} in {domain} says {found} instead of {wanted}",
      effect: "machines are led where the host is not",
      remedy: "countersign host dns publish --now{data}",
      advice: "publish the host with its own name and port, and delete the record that differs",
    },
  },
  judge: (facts) => {
    const publishing = publications(facts);
    if (publishing.length === 0) return moot("no host that publishes itself was seen from within");
    return judged(publishing.flatMap((one) => missingRecord(one, facts)));
  },
});

/** What a host writes into DNS. */
export const PUBLICATION_CHECKS: readonly Check[] = [publishingWorks, ownRecordStands];

interface Publication {
  readonly host: HostFacts;
  readonly publication: PublicationFacts;
}

function publications(facts: Facts): readonly Publication[] {
  return toldHosts(facts).flatMap((host) => {
    const { publishing } = host;
    return publishing?.isOn === true ? publishing.domains.map((publication) => ({ host, publication })) : [];
  });
}

type FailureId =
  | "PUBLISHING_REFUSED"
  | "PUBLISHING_BAD_KEY"
  | "PUBLISHING_BAD_SIGNATURE"
  | "PUBLISHING_BAD_TIME"
  | "PUBLISHING_NO_ZONE"
  | "PUBLISHING_FAILING";

/** What each refusal of an update means for whoever has to mend it; any other is a failure by its own name. */
const FAILURES: Readonly<Record<string, FailureId>> = {
  DNS_REFUSED: "PUBLISHING_REFUSED",
  DNS_BADKEY: "PUBLISHING_BAD_KEY",
  // A server says BADSIG where it knows the key's name and has another secret for it.
  DNS_BADSIG: "PUBLISHING_BAD_KEY",
  DNS_BAD_PACKET: "PUBLISHING_BAD_SIGNATURE",
  DNS_BADTIME: "PUBLISHING_BAD_TIME",
  DNS_ZONE_NOT_FOUND: "PUBLISHING_NO_ZONE",
  DNS_NOT_AUTHORITATIVE: "PUBLISHING_NO_ZONE",
  DNS_NOT_IMPLEMENTED: "PUBLISHING_NO_ZONE",
  DNS_NOT_ZONE: "PUBLISHING_NO_ZONE",
};

function failedPublication({ host, publication }: Publication, facts: Facts): readonly Found<FailureId>[] {
  const { domain, failure, lastSuccessMs } = publication;
  if (failure === undefined) return [];
  const { reason, server, sinceMs } = failure;
  const known = refusalReasonOf(reason);
  const stands = recordState(publication, facts) === "stands";
  const since = sinceMs === undefined ? "" : ` since ${instantText(sinceMs)} (${spanText(facts.gatheredMs - sinceMs)})`;
  return [
    {
      finding: FAILURES[reason] ?? "PUBLISHING_FAILING",
      ...{ subject: domain, concerns: [hostName(host), publication.target] },
      ...(stands && { gravity: "warning" as const }),
      params: {
        ...{ host: hostName(host), domain: shellWord(domain), server: server === "" ? "of the zone" : server, reason },
        ...{ data: dataOption(host), clock: setClockCommand(host.machine?.platform) },
        which: reason === "DNS_BADKEY" ? ": it knows no key of that name" : ": its secret is another one",
        dig: digCommand(facts, "SRV", `_countersign._tcp.${domain}`),
        soa: digCommand(facts, "SOA", domain),
        advice: known === undefined ? "look at the DNS server's log" : REFUSALS[known].remedy,
      },
      evidence: [
        `${domain} at ${server || "its primary"}: ${reasonText(failure)}${since}`,
        lastSuccessMs === undefined ? "never published there" : `last published there ${instantText(lastSuccessMs)}`,
        ...(stands ? ["its record stands all the same"] : []),
      ],
    },
  ];
}

function missingRecord(
  { host, publication }: Publication,
  facts: Facts,
): readonly Found<"RECORD_MISSING" | "RECORD_DIFFERS">[] {
  const { domain, target, port } = publication;
  const state = recordState(publication, facts);
  const records = recordsOf(domain, facts);
  // From elsewhere an empty domain is said as what it is to those who ask it (CS-DNS-003).
  if (state === "stands" || state === "unknown" || (facts.standpoint !== "host" && records.length === 0)) return [];
  const other = records.find((record) => record.target === target);
  return [
    {
      finding: other === undefined ? "RECORD_MISSING" : "RECORD_DIFFERS",
      ...{ subject: domain, concerns: [hostName(host), target] },
      params: {
        ...{ host: hostName(host), domain: shellWord(domain), data: dataOption(host) },
        ...{ wanted: `${target}:${port}`, found: other === undefined ? "nothing" : `${other.target}:${other.port}` },
      },
      evidence: [
        `_countersign._tcp.${domain}: ${records.length === 0 ? "no SRV record" : records.map(recordText).join(", ")}`,
        `the host publishes ${target}:${port}`,
      ],
    },
  ];
}

/** Whether the host's record is there as it must be; unknown where DNS could not say. */
function recordState({ domain, target, port }: PublicationFacts, facts: Facts): "stands" | "missing" | "unknown" {
  const found = facts.network?.domains.find((one) => one.domain === domain);
  if (found === undefined || ["failed", "unreachable", "unknown"].includes(stateOf(found))) return "unknown";
  const isThere = recordsOf(domain, facts).some((record) => record.target === target && record.port === port);
  return isThere ? "stands" : "missing";
}

function recordsOf(domain: string, { network }: Facts): readonly ServiceRecord[] {
  const found = network?.domains.find((one) => one.domain === domain);
  return found === undefined
    ? []
    : ourNames(found).flatMap(({ answer }) => (answer.kind === "records" ? answer.records : []));
}

function recordText({ priority, weight, port, target }: ServiceRecord): string {
  return `SRV ${priority} ${weight} ${port} ${target}.`;
}
