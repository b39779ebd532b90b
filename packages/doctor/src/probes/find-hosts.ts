import { formatHostTarget, type HostTarget } from "@countersign/client";
import { publisherTag, serviceNames, toHex } from "@countersign/domain";
import type { TrustState } from "@countersign/protocol";
import type { DomainFacts, FinderFacts, HostUse, KnownPublisher, NameFacts, OwnHost } from "../finder/facts.ts";
import { askTwins } from "./ask-twins.ts";
import { atMost } from "./at-most.ts";
import { askAll, probeTarget, type TargetPorts, targetsOf } from "./probe-target.ts";

/** What is to be found, and whom to believe. */
export interface FinderQuestion {
  readonly domains: readonly string[];
  readonly trusts: readonly TrustState[];
  /** Hosts the asker knows to be theirs. */
  readonly ownHosts: readonly HostTarget[];
  readonly uses: readonly HostUse[];
}

/** The ports of the finder. */
export interface FinderPorts extends TargetPorts {
  /** Told after each target. */
  readonly onProgress?: (done: number, of: number) => void;
}

const AT_ONCE = 16;
/** The records of genuine Microsoft KMS: looked up and connected to, never spoken to. */
const MICROSOFT_LABELS = "_vlmcs._tcp";

/** Every record of the domains, and what answers behind each. Rejects for nothing a network can do. */
export async function gatherFinderFacts(question: FinderQuestion, ports: FinderPorts): Promise<FinderFacts> {
  const { domains: wanted, trusts, uses } = question;
  const atMs = ports.nowMs();
  const domains = await atMost(AT_ONCE, wanted, (domain) => askDomain(domain, trusts, ports));
  const targets = targetsOf(domains);
  let done = 0;
  const probed = await atMost(AT_ONCE, targets, async (target) => {
    const facts = await probeTarget(target, trusts, ports);
    ports.onProgress?.(++done, targets.length);
    return facts;
  });
  return {
    ...{ atMs, domains, uses },
    publishers: trusts.map(publisherOf),
    ownHosts: await atMost(AT_ONCE, question.ownHosts, (host) => askOwnHost(host, trusts, ports)),
    targets: await askTwins(probed, trusts, ports),
  };
}

async function askDomain(domain: string, trusts: readonly TrustState[], ports: FinderPorts): Promise<DomainFacts> {
  const { lookUp, cryptography } = ports;
  const { generic } = serviceNames(domain, "");
  const questions: readonly Omit<NameFacts, "answer">[] = [
    ...trusts.map(({ publisherId }) => ({
      name: serviceNames(domain, publisherTag(publisherId, cryptography.sha256)).own,
      service: "own" as const,
      publisherId: toHex(publisherId),
    })),
    { name: generic, service: "generic", publisherId: "" },
    { name: `${MICROSOFT_LABELS}.${domain}`, service: "microsoft", publisherId: "" },
  ];
  const names = await Promise.all(questions.map(async (one) => ({ ...one, answer: await lookUp.records(one.name) })));
  return { domain, ...(await lookUp.zone(domain)), names };
}

async function askOwnHost(host: HostTarget, trusts: readonly TrustState[], ports: FinderPorts): Promise<OwnHost> {
  const found = await ports.lookUp.addresses(host.host);
  for (const address of found.kind === "addresses" ? found.addresses : []) {
    const answers = await askAll({ host: address, port: host.port }, trusts, ports);
    const customers = answers.flatMap((answer) =>
      answer.kind === "certified" ? [{ publisherId: answer.publisherId, customerId: answer.host.customerId }] : [],
    );
    if (customers.length > 0) return { host: formatHostTarget(host), customers };
  }
  return { host: formatHostTarget(host), customers: [] };
}

function publisherOf({ publisherId, publisherName, policies }: TrustState): KnownPublisher {
  return {
    publisherId: toHex(publisherId),
    name: publisherName,
    applications: policies.map(({ value: { application } }) => ({
      applicationId: toHex(application.applicationId),
      name: application.name,
      products: application.products.map(({ keyGroup, requiredCount }) => ({ keyGroup, requiredCount })),
    })),
  };
}
