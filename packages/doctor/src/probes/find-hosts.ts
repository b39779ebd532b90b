import { formatHostTarget, type HostTarget } from "@countersign/client";
import { publisherTag, serviceNames, toHex } from "@countersign/domain";
import type { TrustState } from "@countersign/protocol";
import type {
  DomainFacts,
  FinderFacts,
  HostUse,
  KnownPublisher,
  NameFacts,
  OwnHost,
  TargetFacts,
} from "../finder/facts.ts";
import type { HostQuestion } from "./ask-host-info.ts";
import { askTwins } from "./ask-twins.ts";
import { gateOf } from "./gate.ts";
import type { LookUp } from "./look-up.ts";
import { askAll, probeTarget, type TargetPorts, targetsOf, type WantedTarget } from "./probe-target.ts";
import { tcpConnect } from "./tcp-connect.ts";

/** What is to be found, and whom to believe. */
export interface FinderQuestion {
  readonly domains: readonly string[];
  readonly trusts: readonly TrustState[];
  /** Hosts the asker knows to be theirs. */
  readonly ownHosts: readonly HostTarget[];
  readonly uses: readonly HostUse[];
  /** Hosts that a setting or a person names, probed whether DNS leads to them or not. */
  readonly targets?: readonly NamedTarget[];
}

/** A host by name, with the address it was reached at last; "" = not known. */
export interface NamedTarget extends HostTarget {
  readonly lastKnown: string;
}

/** The ports of the finder: a DNS look-up beside what a question to a host needs. */
export interface FinderPorts extends HostQuestion {
  readonly lookUp: LookUp;
  /** What one address may take; 10 s unless said otherwise. */
  readonly addressMs?: number;
  /** Looks for life beside a closed port; absent: nobody looks. */
  readonly lifeAt?: (address: string) => Promise<string>;
  /** Told after each target. */
  readonly onProgress?: (done: number, of: number) => void;
}

const AT_ONCE = 16;
const ADDRESS_MS = 10_000;
/** The records of genuine Microsoft KMS: looked up and connected to, never spoken to. */
const MICROSOFT_LABELS = "_vlmcs._tcp";

/** Every record of the domains, and what answers behind each. Rejects for nothing a network can do. */
export async function gatherFinderFacts(question: FinderQuestion, given: FinderPorts): Promise<FinderFacts> {
  const { trusts, uses } = question;
  const atMs = given.nowMs();
  const ports = boundedPorts(given);
  const asked = new Map<string, Promise<TargetFacts>>();
  const probed = (wanted: WantedTarget): Promise<TargetFacts> => {
    const key = `${wanted.service} ${wanted.target} ${wanted.port}`;
    const begun = asked.get(key) ?? probeTarget(wanted, trusts, ports);
    asked.set(key, begun);
    return begun;
  };
  // What is named is asked while DNS is: it does not hang on what DNS says.
  const named = Promise.all((question.targets ?? []).map((target) => probed(namedTarget(target))));
  const domains = await Promise.all(question.domains.map((domain) => askDomain(domain, trusts, ports)));
  const recorded = targetsOf(domains);
  let done = 0;
  const counted = recorded.map(async (target) => {
    const facts = await probed(target);
    given.onProgress?.(++done, recorded.length);
    return facts;
  });
  // In the order of the records; one that is named as well was asked once.
  const targets = [...new Set([...(await Promise.all(counted)), ...(await named)])];
  return {
    ...{ atMs, domains, uses },
    publishers: trusts.map(publisherOf),
    ownHosts: await Promise.all(question.ownHosts.map((host) => askOwnHost(host, trusts, ports))),
    targets: await askTwins(targets, trusts, ports),
  };
}

/** The same ports through one gate: whatever is in the zones, so much is open at once and no more. */
function boundedPorts({ lookUp, addressMs = ADDRESS_MS, lifeAt = nobodyLooks, ...same }: FinderPorts): TargetPorts {
  const gate = gateOf(AT_ONCE);
  return {
    ...{ ...same, gate, addressMs, connect: tcpConnect, lifeAt },
    lookUp: {
      records: (name) => gate(() => lookUp.records(name)),
      zone: (domain) => gate(() => lookUp.zone(domain)),
      addresses: (target) => gate(() => lookUp.addresses(target)),
    },
  };
}

const nobodyLooks = async () => "";

function namedTarget({ host, port, lastKnown }: NamedTarget): WantedTarget {
  return { target: host.toLowerCase(), port, service: "countersign", publisherIds: "all", isProbed: true, lastKnown };
}

async function askDomain(domain: string, trusts: readonly TrustState[], ports: TargetPorts): Promise<DomainFacts> {
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
  const [zone, ...names] = await Promise.all([
    lookUp.zone(domain),
    ...questions.map(async (one) => ({ ...one, answer: await lookUp.records(one.name) })),
  ]);
  return { domain, ...zone, names };
}

async function askOwnHost(host: HostTarget, trusts: readonly TrustState[], ports: TargetPorts): Promise<OwnHost> {
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
