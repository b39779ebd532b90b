// Small changes of facts that can be made one after another: a fault is some of them, two faults are both in turn.
import type { ClientFacts, ProductFacts, TriedHostFacts } from "../../src/facts/client-facts.ts";
import type { Facts } from "../../src/facts/facts.ts";
import type { CountFacts, HostFacts, SeatFacts } from "../../src/facts/host-facts.ts";
import { hostTextOf } from "../../src/finder/delete-record.ts";
import type { DomainFacts, EndpointAnswer, NameAnswer, TargetFacts } from "../../src/finder/facts.ts";
import { DOMAIN, HOST_AT, HOST_NAME, NOW_MS, PUBLISHER_ID, without } from "../healthy-facts.ts";

export type Change = (facts: Facts) => Facts;

/** The changes in turn. */
export const all =
  (...changes: readonly Change[]): Change =>
  (facts) =>
    changes.reduce((changed, change) => change(changed), facts);

export const host =
  (change: (host: HostFacts) => HostFacts): Change =>
  (facts) => ({ ...facts, hosts: facts.hosts.map(change) });
export const seat = (change: Partial<SeatFacts>): Change =>
  host((one) => ({ ...one, seats: one.seats.map((each) => ({ ...each, ...change })) }));
export const count = (change: Partial<CountFacts>): Change =>
  host((one) => ({
    ...one,
    seats: one.seats.map((each) => ({ ...each, counts: each.counts.map((own) => ({ ...own, ...change })) })),
  }));
export const client =
  (change: (client: ClientFacts) => ClientFacts): Change =>
  (facts) => ({ ...facts, clients: facts.clients.map(change) });
export const product = (change: (product: ProductFacts) => ProductFacts): Change =>
  client((one) => ({ ...one, products: one.products.map(change) }));
export const network =
  (change: (network: NonNullable<Facts["network"]>) => NonNullable<Facts["network"]>): Change =>
  (facts) =>
    facts.network === undefined ? facts : { ...facts, network: change(facts.network) };
export const domain = (name: string, change: (domain: DomainFacts) => DomainFacts): Change =>
  network((one) => ({ ...one, domains: one.domains.map((each) => (each.domain === name ? change(each) : each)) }));

/** The doctor stands on the host, and no client is at hand. */
export const onHost: Change = (facts) => ({
  ...facts,
  standpoint: "host",
  clients: [],
  machine: facts.hosts[0]?.machine,
});
/** What the host says of itself cannot be had. */
export const hostUnheard: Change = (facts) => ({
  ...facts,
  hosts: [],
  clocks: facts.clocks.filter(({ kind }) => kind !== "host"),
});

/** Every answer at `name:port` becomes this one. */
export const answers = (at: string, answer: EndpointAnswer): Change =>
  network((one) => ({
    ...one,
    targets: one.targets.map((target) => (isAt(target, at) ? withAnswer(target, answer) : target)),
  }));

const isAt = (target: TargetFacts, at: string) => hostTextOf(target) === at && target.service === "countersign";

function withAnswer(target: TargetFacts, answer: EndpointAnswer): TargetFacts {
  const { resolution } = target;
  if (resolution.kind !== "addresses") return target;
  const endpoints = resolution.endpoints.map((endpoint) => ({ ...endpoint, answers: [answer] }));
  return { ...target, resolution: { ...resolution, endpoints } };
}

/** One more target, at an address of its own. */
export const target = (name: string, port: number, address: string, answer: EndpointAnswer): Change =>
  network((one) => {
    const endpoints = [{ address, answers: [answer] }];
    const resolution = { kind: "addresses", endpoints, notProbed: 0 } as const;
    return { ...one, targets: [...one.targets, { target: name, port, service: "countersign", resolution }] };
  });

/** What a name without a host beside it gives. */
export const noAddress = (
  at: string,
  reason: "DNS_NAME_NOT_FOUND" | "TIMEOUT" | "DNS_SERVER_FAILURE",
  detail: string,
): Change =>
  network((one) => ({
    ...one,
    targets: one.targets.map((each) =>
      isAt(each, at) ? { ...each, resolution: { kind: "none", reason, detail } } : each,
    ),
  }));

/** The generic name of a domain answers this. */
export const generic = (name: string, answer: NameAnswer): Change =>
  domain(name, (one) => ({
    ...one,
    names: one.names.map((each) => (each.service === "generic" ? { ...each, answer } : each)),
  }));

/** The generic name of a domain has these records. */
export const records = (
  name: string,
  ...targets: readonly { target: string; port: number; priority?: number }[]
): Change =>
  generic(name, {
    kind: "records",
    owner: `_countersign._tcp.${name}`,
    records: targets.map((one) => ({ priority: 0, weight: 0, ...one })),
  });

/** Every name of a domain fails so. */
export const allNames = (
  name: string,
  reason: "DNS_NAME_NOT_FOUND" | "DNS_SERVER_FAILURE" | "TIMEOUT",
  detail: string,
): Change =>
  domain(name, (one) => ({
    ...one,
    names: one.names.map((each) => ({ ...each, answer: { kind: "none", reason, detail } })),
  }));

export const REFUSED = { kind: "failure", reason: "HOST_UNREACHABLE", detail: "refused" } as const;
export const UNREACHABLE = { kind: "failure", reason: "HOST_UNREACHABLE", detail: "unreachable" } as const;
export const FILTERED = { kind: "failure", reason: "TIMEOUT", detail: "connect" } as const;
export const MUTE = { kind: "failure", reason: "TIMEOUT", detail: "reply" } as const;
export const WEB_SERVER = {
  kind: "foreign",
  detail: "expected an activation host, found HTTP 404 with text/html",
} as const;
export const FORGED: Extract<EndpointAnswer, { kind: "unverified" }> = {
  kind: "unverified",
  publisherId: PUBLISHER_ID,
  reason: "ISSUER_NOT_TRUSTED",
  detail: "no manifest names its issuer",
};

/** What a second host of ours signs. */
export function second(facts: Facts): EndpointAnswer {
  const [first] = facts.network?.targets ?? [];
  const answer = first?.resolution.kind === "addresses" ? first.resolution.endpoints[0]?.answers[0] : undefined;
  if (answer?.kind !== "certified") throw new Error("expected a host that answers to copy, found none");
  const { host: own } = answer;
  return { ...answer, host: { ...own, hostId: "02".repeat(16), instanceId: "12".repeat(16), nodeId: "22".repeat(8) } };
}

export const SECOND_NAME = `kms2.${DOMAIN}`;
export const SECOND_AT = `${SECOND_NAME}:1688`;

/** A second host of ours answers; its record is for whoever wants it. */
export const secondHost: Change = (facts) => target(SECOND_NAME, 1688, "192.0.2.11", second(facts))(facts);

/** The newest attempt of every product failed so, an hour ago. */
export const attempt = (...tried: readonly Partial<TriedHostFacts>[]): Change =>
  product((one) => ({
    ...one,
    lastAttempt: {
      atMs: NOW_MS - 3_600_000,
      tried: tried.map((each) => ({ host: HOST_AT, why: "cached", reason: "", inner: "", detail: "", ...each })),
    },
  }));

/** The attempt found no host in DNS. */
export const attemptWithoutHost = (reason: string, detail: string): Change =>
  product((one) => ({
    ...one,
    lastAttempt: {
      atMs: NOW_MS - 3_600_000,
      tried: [],
      lookups: [{ domain: DOMAIN, name: `_countersign._tcp.${DOMAIN}`, reason, detail }],
    },
  }));

/** The client knows no host from before. */
export const noCachedHost: Change = client((one) => ({ ...one, cachedHost: "" }));

/** The host's process is gone: its files tell, not itself. */
export const hostStopped: Change = all(
  host((one) => ({ ...without(one, "listening", "startedMs"), from: "store", isRunning: false })),
  answers(HOST_AT, REFUSED),
);

/** The product was never licensed, or is no more. */
export const state = (status: number, reason: string, days = 20): Change =>
  product((one) => ({
    ...(status === 5 || status === 0 ? without(one, "remainingMinutes", "expiresMs", "lastLeaseMs") : one),
    ...{ status, reason },
    ...(status !== 5 && status !== 0 && { remainingMinutes: days * 1_440, expiresMs: NOW_MS + days * 86_400_000 }),
  }));

export { DOMAIN, HOST_AT, HOST_NAME };
