import type {
  CertifiedHost,
  DomainFacts,
  EndpointAnswer,
  FinderFacts,
  KnownPublisher,
  NameAnswer,
  TargetFacts,
} from "../../src/index.ts";

export const AT_MS = Date.UTC(2026, 10, 25);
export const PUBLISHER: KnownPublisher = {
  publisherId: "aa".repeat(16),
  name: "Example",
  applications: [
    {
      applicationId: "ab".repeat(16),
      name: "Editor",
      products: [
        { keyGroup: 1, requiredCount: 25 },
        { keyGroup: 2, requiredCount: 5 },
      ],
    },
  ],
};
export const OUR_CUSTOMER = "c1".repeat(16);

/** What a healthy host of ours says; `change` bends it. */
export function certified(change: Partial<CertifiedHost> = {}): EndpointAnswer {
  const host: CertifiedHost = {
    hostId: "01".repeat(16),
    instanceId: "11".repeat(16),
    nodeId: "21".repeat(8),
    laterNodeId: "",
    customerId: OUR_CUSTOMER,
    certificateSerial: "31".repeat(16),
    notAfterMs: AT_MS + 86_400_000,
    softwareVersion: "0.1.0",
    port: 1688,
    serverTimeMs: AT_MS,
    keyGroups: [1, 2],
    siteRequired: [],
    counts: [{ applicationId: "ab".repeat(16), currentCount: 30 }],
    ...change,
  };
  return { kind: "certified", publisherId: PUBLISHER.publisherId, host };
}

/** A second host of ours. */
export function otherHost(change: Partial<CertifiedHost> = {}): EndpointAnswer {
  return certified({ hostId: "02".repeat(16), instanceId: "12".repeat(16), nodeId: "22".repeat(8), ...change });
}

export const REFUSED: EndpointAnswer = { kind: "failure", reason: "HOST_UNREACHABLE", detail: "refused" };

/** A refusal, which nobody signs. */
export function refusal(reason: string): EndpointAnswer {
  return { kind: "refusal", publisherId: PUBLISHER.publisherId, reason, message: "" };
}

/** A signed answer that fails that check. */
export function unverified(reason: Extract<EndpointAnswer, { kind: "unverified" }>["reason"]): EndpointAnswer {
  return { kind: "unverified", publisherId: PUBLISHER.publisherId, reason, detail: "what was found" };
}

/** A world of targets, each with the answers of each of its addresses; every one has a record under the generic name. */
export function worldOf(
  drawn: Readonly<Record<string, readonly (readonly EndpointAnswer[])[]>>,
  change: Partial<FinderFacts> = {},
): FinderFacts {
  const targets = Object.entries(drawn).map(([target, addresses], place): TargetFacts => {
    const endpoints = addresses.map((answers, i) => ({ address: `192.0.2.${16 * place + i + 1}`, answers }));
    return { target, port: 1688, service: "countersign", resolution: { kind: "addresses", endpoints, notProbed: 0 } };
  });
  return {
    atMs: AT_MS,
    publishers: [PUBLISHER],
    ownHosts: [],
    domains: [domainWith(targets.map(({ target }) => target))],
    targets,
    uses: [],
    ...change,
  };
}

/** The domain `corp.example` with one record a target. */
export function domainWith(targets: readonly string[]): DomainFacts {
  const answer: NameAnswer = {
    kind: "records",
    owner: "_countersign._tcp.corp.example",
    records: targets.map((target) => ({ priority: 0, weight: 0, port: 1688, target })),
  };
  return {
    domain: "corp.example",
    zone: "corp.example",
    primary: "ns.corp.example",
    names: [{ name: "_countersign._tcp.corp.example", service: "generic", publisherId: "", answer }],
  };
}
