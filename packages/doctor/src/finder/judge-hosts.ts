import { declinesService } from "@countersign/domain";
import { splitCounts } from "./count-hosts.ts";
import { deletionOf, hostTextOf } from "./delete-record.ts";
import type { CertifiedHost, DomainFacts, FinderFacts, NameFacts, TargetFacts } from "./facts.ts";
import { machinesOf, unpublishedHosts } from "./host-uses.ts";
import { judgeAddress, judgeTarget, type Surroundings } from "./judge-answers.ts";
import type { FinderReport, FoundDomain, FoundHost, FoundMicrosoftHost, LeadingRecord } from "./report.ts";
import { areOneProcess, areTwoProcesses, type SeenHost, seenHosts } from "./same-host.ts";
import { VERDICT_NAMES, VERDICTS } from "./verdicts.ts";

/** Every target with its verdict, from facts alone. */
export function judgeHosts(facts: FinderFacts): FinderReport {
  const { atMs, domains, targets, uses, publishers } = facts;
  const ofOurs = targets.filter(({ service }) => service === "countersign");
  const seen = seenHosts(ofOurs, hostTextOf);
  const site = siteOf(facts, seen);
  const hosts = ofOurs
    .map((target) => foundHost(target, { facts, seen, site }))
    .toSorted((a, b) => rankOf(a) - rankOf(b) || (a.host < b.host ? -1 : 1));
  const published = hosts.map((host) => ({ ...host, addresses: host.addresses.map(({ address }) => address) }));
  return {
    ...{ atMs, site, hosts, domains: domains.map(foundDomain) },
    microsoft: targets.filter(({ service }) => service === "microsoft").map((target) => microsoftHost(target, domains)),
    counts: splitCounts(publishers, hosts, site.customerIds),
    unpublished: unpublishedHosts(uses, published, atMs),
  };
}

interface Context {
  readonly facts: FinderFacts;
  readonly seen: readonly SeenHost[];
  readonly site: FinderReport["site"];
}

function foundHost(target: TargetFacts, context: Context): FoundHost {
  const { facts, seen } = context;
  const host = hostTextOf(target);
  const endpoints = target.resolution.kind === "addresses" ? target.resolution.endpoints : [];
  const around = surroundingsOf(context);
  const addresses = endpoints.map((each) => ({ address: each.address, ...judgeAddress(each, around) }));
  const judged = judgeTarget(target, addresses);
  const own = seen.filter(({ at }) => at === host);
  const records = recordsTo(target, facts.domains);
  const { deletes } = VERDICTS[judged.verdict];
  const deleted = records.filter(({ service }) => deletes === "all" || (deletes === "own-name" && service === "own"));
  return {
    ...{ host, target: target.target, port: target.port, ...judged, addresses, records },
    certified: own
      .filter(({ host: one, publisherId }, i) => own.findIndex((other) => isSame(other, { one, publisherId })) === i)
      .map(({ publisherId, host: one }) => ({ publisherId, publisher: nameOf(facts, publisherId), ...one })),
    sameAs: unique(
      seen
        .filter((other) => other.at !== host && own.some((one) => areOneProcess(one.host, other.host)))
        .map(({ at }) => at),
    ),
    machines: machinesOf({ ...target, addresses: endpoints.map(({ address }) => address) }, facts.uses, facts.atMs),
    deletions: deleted.map((record) => deletionOf(record, target)),
  };
}

function isSame(other: SeenHost, { one, publisherId }: { readonly one: CertifiedHost; readonly publisherId: string }) {
  return other.publisherId === publisherId && areOneProcess(other.host, one);
}

function surroundingsOf({ facts, seen, site }: Context): Surroundings {
  return {
    isOurs: (publisherId, customerId) => {
      if (site.basis === "unknown") return undefined;
      if (site.basis === "only-customer") return true;
      const named = facts.ownHosts.flatMap(({ customers }) => customers);
      // Of a publisher none of the named hosts serves, nobody said who we are.
      if (!named.some((customer) => customer.publisherId === publisherId)) return undefined;
      return named.some((customer) => customer.publisherId === publisherId && customer.customerId === customerId);
    },
    otherProcess: (host) => {
      const other = seen.find((one) => areTwoProcesses(one.host, host));
      return other && (other.at.includes(other.address) ? other.at : `${other.at} (${other.address})`);
    },
  };
}

/** Who "we" are: the customers of the hosts that were named, else the only one there is. */
function siteOf({ ownHosts }: FinderFacts, seen: readonly SeenHost[]): FinderReport["site"] {
  const named = unique(ownHosts.flatMap(({ customers }) => customers.map(({ customerId }) => customerId)));
  if (named.length > 0) return { customerIds: named, basis: "named", hosts: ownHosts };
  const found = unique(seen.map(({ host }) => host.customerId));
  const perPublisher = unique(seen.map(({ publisherId, host }) => `${publisherId} ${host.customerId}`));
  const isOnly = perPublisher.length === unique(seen.map(({ publisherId }) => publisherId)).length;
  return { customerIds: isOnly ? found : [], basis: isOnly ? "only-customer" : "unknown", hosts: ownHosts };
}

function recordsTo({ target, port, service }: TargetFacts, domains: readonly DomainFacts[]): readonly LeadingRecord[] {
  return domains.flatMap(({ domain, zone, names }) =>
    names
      .filter((name) => (name.service === "microsoft") === (service === "microsoft"))
      .flatMap(({ name, service: kind, answer }) => {
        if (answer.kind === "none") return [];
        return answer.records
          .filter((record) => record.target === target && record.port === port)
          .map(({ priority, weight }) => ({
            ...{ domain, zone, name, owner: answer.owner },
            ...{ service: kind, priority, weight },
          }));
      }),
  );
}

function foundDomain({ domain, zone, names }: DomainFacts): FoundDomain {
  return { domain, zone, names: names.map((name) => ({ ...name, sentence: sentenceOf(name) })) };
}

function sentenceOf({ name, answer }: NameFacts): string {
  if (answer.kind === "none") return NO_RECORDS[answer.reason];
  if (declinesService(answer.records)) return "the service is declined (target .)";
  const many = answer.records.length === 1 ? "1 record" : `${answer.records.length} records`;
  return answer.owner === name ? many : `${many}, of ${answer.owner} (CNAME)`;
}

const NO_RECORDS = {
  DNS_NAME_NOT_FOUND: "no such name",
  DNS_NO_RECORDS: "no SRV record",
  DNS_SERVER_FAILURE: "the DNS server failed",
  TIMEOUT: "the DNS server did not answer in time",
} as const;

function microsoftHost(target: TargetFacts, domains: readonly DomainFacts[]): FoundMicrosoftHost {
  const endpoints = target.resolution.kind === "addresses" ? target.resolution.endpoints : [];
  const answers = endpoints.flatMap((endpoint) => endpoint.answers);
  const isThere = answers.some(({ kind }) => kind === "connected");
  const [first] = answers;
  const why = first?.kind === "failure" ? `no connection (${first.reason}: ${first.detail})` : "";
  const because = isThere ? "it takes connections; nothing was sent" : why || judgeTarget(target, []).because;
  return { host: hostTextOf(target), answers: isThere, because, records: recordsTo(target, domains) };
}

function nameOf({ publishers }: FinderFacts, publisherId: string): string {
  return publishers.find((one) => one.publisherId === publisherId)?.name ?? publisherId;
}

function rankOf({ verdict }: FoundHost): number {
  return VERDICT_NAMES.indexOf(verdict);
}

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}
