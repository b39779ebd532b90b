import { type HostTarget, parseHostAddress } from "@countersign/client";
import { SOFTWARE_VERSION } from "@countersign/domain";
import type { TrustState } from "@countersign/protocol";
import type { ClientFacts } from "../facts/client-facts.ts";
import { type ClockFacts, FACTS_FORMAT, type Facts, type Gap, type Source, type Standpoint } from "../facts/facts.ts";
import type { HostFacts } from "../facts/host-facts.ts";
import type { HostPlaceFacts } from "../facts/host-place-facts.ts";
import type { MachineFacts } from "../facts/machine-facts.ts";
import type { FinderFacts, HostUse } from "../finder/facts.ts";
import { type FinderPorts, type FinderQuestion, gatherFinderFacts } from "./find-hosts.ts";
import { askPublisher, type PublisherPorts } from "./publisher-reach.ts";
import { readClocks } from "./read-clocks.ts";

/** Looks at the machine itself. One that fails is a gap, and none of them changes anything. */
export interface InnerLooks {
  readonly machine: () => Promise<MachineFacts>;
  readonly hosts: () => Promise<readonly HostFacts[]>;
  readonly clients: () => Promise<readonly ClientFacts[]>;
  /** Of whoever is set up here: whom to believe when hosts are asked. */
  readonly trusts: () => Promise<readonly TrustState[]>;
  readonly uses: () => Promise<readonly HostUse[]>;
  /** Where a host may be made; absent: nobody asked. */
  readonly place?: () => Promise<HostPlaceFacts>;
}

/** What a person named beside what the machine itself knows. */
export interface NamedThings {
  readonly domains: readonly string[];
  readonly hosts: readonly HostTarget[];
  /** Of the machine's search list: where records may be that nobody asks for. */
  readonly candidates: readonly string[];
}

/** Where the doctor stands and what it may do. */
export interface GatherQuestion {
  readonly standpoint: (hosts: readonly HostFacts[], clients: readonly ClientFacts[]) => Standpoint;
  readonly named: NamedThings;
  /** Nothing leaves the machine. */
  readonly isOffline: boolean;
}

/** Told what is being looked at. */
export type OnLook = (what: string) => void;

/** Everything there is to know, each look in its own time; what could not be looked at is a gap. Rejects for nothing. */
export async function gatherFacts(
  looks: InnerLooks,
  question: GatherQuestion,
  ports: FinderPorts & { readonly onLook?: OnLook },
): Promise<Facts> {
  const gaps: Gap[] = [];
  const look = async <T>(source: Source, at: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (fault) {
      gaps.push({ source, at, why: shortText(fault) });
      return undefined;
    }
  };
  ports.onLook?.("looking at this machine");
  const [machine, hosts = [], clients = [], trusts = [], uses = []] = await Promise.all([
    look("machine", "this machine", looks.machine),
    look("host", "the host of this machine", looks.hosts),
    look("client", "the client of this machine", looks.clients),
    look("targets", "trust files", looks.trusts),
    look("client", "event logs", looks.uses),
  ]);
  const place = looks.place && (await look("machine", "the place of a host", looks.place));
  if (question.isOffline) gaps.push(...OFFLINE);
  ports.onLook?.("asking DNS and hosts");
  const asked = finderQuestion({ hosts, clients, trusts, uses }, question.named);
  const [network, seen] = question.isOffline
    ? [undefined, hosts]
    : await Promise.all([
        look("targets", "DNS and hosts", () => gatherFinderFacts(asked, ports)),
        withPublishers(hosts, ports),
      ]);
  if (trusts.length === 0 && !question.isOffline) gaps.push(NOBODY_BELIEVED);
  const clocks = network === undefined ? [] : await clocksOf(network, trusts, ports);
  return {
    ...{ format: FACTS_FORMAT, standpoint: question.standpoint(hosts, clients), gatheredMs: Math.trunc(ports.nowMs()) },
    ...{ softwareVersion: SOFTWARE_VERSION, machine, hosts: seen, clients, network, clocks, gaps },
    ...(place && { place }),
  };
}

const OFFLINE: readonly Gap[] = (["dns", "targets", "publisher", "clock"] as const).map((source) => ({
  ...{ source, at: "the network", why: "--offline" },
}));

const NOBODY_BELIEVED: Gap = {
  ...{ source: "targets", at: "hosts", why: "no trust file is at hand, so that no answer could be verified (--trust)" },
};

/** Every domain that the machine or its host has to do with, and every host that a setting names. */
function finderQuestion(
  { hosts, clients, trusts, uses }: Pick<Facts, "hosts" | "clients"> & Pick<FinderQuestion, "trusts" | "uses">,
  named: NamedThings,
): FinderQuestion {
  const clientDomains = clients.flatMap(({ machine, lookupDomain }) => [lookupDomain, machine?.domain ?? ""]);
  const published = hosts.flatMap(({ publishing }) => publishing?.domains.map(({ domain }) => domain) ?? []);
  const candidates = clients.length > 0 ? named.candidates : [];
  const domains = [...named.domains, ...clientDomains, ...published, ...candidates].filter((domain) => domain !== "");
  const ownHosts = hosts.flatMap(({ listening }) => (listening === undefined ? [] : [targetAtHome(listening)]));
  return { domains: [...new Set(domains)], trusts, ownHosts, uses, targets: [...namedTargets(clients, named)] };
}

/** Where a host of this machine is asked by the machine itself. */
export function targetAtHome({ address, port }: { readonly address: string; readonly port: number }): HostTarget {
  return { host: address === "0.0.0.0" || address === "::" || address === "" ? "127.0.0.1" : address, port };
}

function* namedTargets(clients: readonly ClientFacts[], named: NamedThings) {
  for (const host of named.hosts) yield { ...host, lastKnown: "" };
  for (const { fixedHost, cachedHost, products } of clients) {
    const tried = products.flatMap(({ lastAttempt }) => lastAttempt?.tried ?? []);
    for (const text of [fixedHost, cachedHost]) {
      const parsed = parseHostAddress(text);
      if (text === "" || !parsed.ok) continue;
      const lastKnown = tried.find(({ host, address = "" }) => host === text && address !== "")?.address ?? "";
      yield { host: parsed.host, port: parsed.port, lastKnown };
    }
  }
}

/** A host with a key needs its publisher: whether it answers is asked from the host's own machine. */
async function withPublishers(hosts: readonly HostFacts[], ports: PublisherPorts): Promise<readonly HostFacts[]> {
  return Promise.all(
    hosts.map(async (host) => {
      const seats = host.seats.map(async (seat) => {
        if (seat.partialKey === "" || seat.serviceUrl === "") return seat;
        const { reachable, detail } = await askPublisher(seat.serviceUrl, ports);
        return { ...seat, publisher: { reachable, reason: reachable ? "" : "PUBLISHER_UNREACHABLE", detail } };
      });
      return { ...host, seats: await Promise.all(seats) };
    }),
  );
}

const FAR_MS = 3_600_000;

/** A third clock is read only where the first two are apart: it tells which of them is wrong. */
async function clocksOf(
  network: FinderFacts,
  trusts: readonly TrustState[],
  ports: PublisherPorts,
): Promise<readonly ClockFacts[]> {
  const clocks = await readClocks(network, ports.nowMs);
  if (clocks.every(({ aheadMs }) => Math.abs(aheadMs) < FAR_MS)) return clocks;
  const urls = [...new Set(trusts.map(({ serviceUrl }) => serviceUrl).filter((url) => url !== ""))];
  const publishers = await Promise.all(urls.map(async (url) => ({ url, ...(await askPublisher(url, ports)) })));
  const read = publishers.flatMap(({ url, aheadMs }): readonly ClockFacts[] =>
    aheadMs === undefined ? [] : [{ of: url, kind: "publisher", aheadMs }],
  );
  return [...clocks, ...read];
}

const MOST_TEXT = 300;

function shortText(fault: unknown): string {
  return (fault instanceof Error ? fault.message : String(fault)).slice(0, MOST_TEXT);
}
