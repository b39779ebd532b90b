import {
  declinesService,
  MAX_TARGETS,
  orderTargets,
  publisherTag,
  readDomain,
  type ServiceRecord,
  serviceNames,
} from "@countersign/domain";
import type { ChosenHost } from "./find-host.ts";
import type { HostLookup } from "./host-lookup.ts";
import type { DnsAnswer } from "./host-resolver.ts";
import type { Session } from "./session.ts";

/** For so long a name that was not there is not asked for again, save by a person (protocol.md §11.3). */
const NEGATIVE_KEPT_MS = 5 * 60_000;
/** Names whose absence is remembered at most; there are two a domain. */
const MOST_NEGATIVES = 32;

/** What one name of a domain gave. */
export interface FoundTargets {
  readonly lookup: HostLookup;
  /** In the order they are to be asked. */
  readonly targets: readonly ChosenHost[];
  /** The domain says that it has no such service: no further name of it is asked. */
  readonly declined: boolean;
}

/** A domain and the owner names to ask in it, the publisher's own first. */
export interface DomainNames extends Pick<HostLookup, "domain" | "origin"> {
  /** Empty: the domain cannot be asked; `problem` says why. */
  readonly names: readonly string[];
  readonly problem: string;
}

/** The one domain that is asked: the look-up domain when it is set, else the machine's own (protocol.md §11.3). */
export async function domainToAsk({ settings, ports, trust }: Session): Promise<DomainNames> {
  const { lookupDomain } = settings.values;
  const { domain: found, origin } =
    lookupDomain === ""
      ? ((await ports.resolver.machineDomain()) ?? ({ domain: "", origin: "none" } as const))
      : ({ domain: lookupDomain, origin: "setting" } as const);
  if (origin === "none") return { domain: "", origin, names: [], problem: "this machine is in no domain" };
  const domain = readDomain(found);
  if (domain === undefined) return { domain: found.slice(0, 253), origin, names: [], problem: "not a domain name" };
  const { own, generic } = serviceNames(domain, publisherTag(trust.publisherId, ports.cryptography.sha256));
  return { domain, origin, names: [own, generic], problem: "" };
}

/** Asks for the SRV records of one name. `interactive`: a person wants to know what is there now, not five minutes ago. */
export async function lookUpHosts(
  session: Session,
  { domain, origin }: DomainNames,
  name: string,
  interactive: boolean,
): Promise<FoundTargets> {
  const answer = await services(session, name, interactive);
  const of = { domain, origin, name };
  if (answer.kind !== "found") {
    const detail = answer.kind === "failed" ? answer.detail : "";
    return { lookup: { ...of, records: 0, reason: answer.reason, detail }, targets: [], declined: false };
  }
  const { records } = answer;
  const declined = declinesService(records);
  const detail = declined ? "declined: the target is ." : "";
  const reason = declined ? "DNS_NO_RECORDS" : undefined;
  const targets = orderTargets(records, session.ports.fraction).slice(0, MAX_TARGETS).map(chosen);
  return { lookup: { ...of, records: records.length, reason, detail }, targets, declined };
}

function chosen({ target, port }: ServiceRecord): ChosenHost {
  return { host: target, port, why: "discovered" };
}

async function services(session: Session, name: string, interactive: boolean): Promise<DnsAnswer<ServiceRecord>> {
  const { ports, negatives, settings } = session;
  const nowMs = ports.clock.monotonicMs();
  const servers = settings.values.dnsServers;
  // Another server may know what this one did not.
  const key = [name, ...servers].join(" ");
  const kept = negatives.get(key);
  if (!interactive && kept !== undefined && nowMs < kept.untilMs) return kept.answer;
  negatives.delete(key);
  const answer = await ports.resolver.services(name, servers);
  if (answer.kind === "none") negatives.set(key, { answer, untilMs: ports.clock.monotonicMs() + NEGATIVE_KEPT_MS });
  for (const oldest of [...negatives.keys()].slice(0, -MOST_NEGATIVES)) negatives.delete(oldest);
  return answer;
}
