import { declinesService } from "@countersign/domain";
import type { ClientFacts } from "../facts/client-facts.ts";
import type { Facts } from "../facts/facts.ts";
import { hostTextOf } from "../finder/delete-record.ts";
import type { DomainFacts, NameFacts } from "../finder/facts.ts";
import { distinct } from "./phrases.ts";

/** One SRV question and what came of it. */
export interface Look {
  readonly name: string;
  /** "" = records. */
  readonly reason: string;
  readonly detail: string;
}

/** A domain that machines ask for hosts, and what it gave. */
export interface AskedDomain {
  readonly domain: string;
  /** Names of the machines that ask it; empty: a person named it. */
  readonly machines: readonly string[];
  readonly isLookupDomain: boolean;
  readonly state: "records" | "declined" | "none" | "failed" | "unreachable" | "unknown";
  readonly looks: readonly Look[];
  readonly found: DomainFacts | undefined;
}

/** The domain a client asks: its look-up domain, else its machine's own; "" = none, or a fixed host goes before it. */
export function domainOf({ fixedHost, lookupDomain, machine }: ClientFacts): string {
  if (fixedHost !== "") return "";
  return lookupDomain === "" ? (machine?.domain ?? "") : lookupDomain;
}

/** Every domain that some client asks; without a client those that were looked in. */
export function askedDomains(facts: Facts): readonly AskedDomain[] {
  const { clients, network } = facts;
  const asked = clients.map(domainOf).filter((domain) => domain !== "");
  const domains = clients.length > 0 ? distinct(asked) : (network?.domains.map(({ domain }) => domain) ?? []);
  return domains.map((domain) => {
    const askers = clients.filter((client) => domainOf(client) === domain);
    const found = network?.domains.find((one) => one.domain === domain);
    const looks = found === undefined ? loggedLooks(askers, domain) : ourNames(found).map(lookOf);
    return {
      ...{ domain, found, looks, machines: askers.map(({ machineName }) => machineName) },
      isLookupDomain: askers.some(({ lookupDomain }) => lookupDomain === domain),
      state: found === undefined ? stateOfLooks(looks) : stateOf(found),
    };
  });
}

/** What a domain gave to whoever looked. */
export function stateOf(found: DomainFacts): AskedDomain["state"] {
  const names = ourNames(found);
  const records = names.map(({ answer }) => (answer.kind === "records" ? answer.records : []));
  // The first name that answers decides: one that declines ends the search (RFC 2782, protocol.md §11.3).
  const first = records.find((one) => one.length > 0);
  if (first !== undefined) return declinesService(first) ? "declined" : "records";
  return stateOfLooks(names.map(lookOf));
}

/** `name:port` of every record of ours in a domain. */
export function hostsLedTo(found: DomainFacts | undefined): readonly string[] {
  const records =
    found === undefined
      ? []
      : ourNames(found).flatMap(({ answer }) => (answer.kind === "records" ? answer.records : []));
  return distinct(records.filter(({ target }) => target !== "").map(hostTextOf));
}

/** The names a client asks in a domain, the publisher's own first. */
export function ourNames({ names }: DomainFacts): readonly NameFacts[] {
  return [...names.filter(({ service }) => service === "own"), ...names.filter(({ service }) => service === "generic")];
}

/** Every question to DNS whose answer is known, SRV and addresses. */
export function allLooks(facts: Facts): readonly Look[] {
  const { network } = facts;
  const names = network?.domains.flatMap((domain) => domain.names.map(lookOf)) ?? [];
  const targets = (network?.targets ?? []).flatMap(({ target, resolution }): readonly Look[] => {
    if (resolution.kind === "none") return [{ name: target, reason: resolution.reason, detail: resolution.detail }];
    const isName = resolution.kind === "addresses" && resolution.endpoints.some(({ address }) => address !== target);
    return isName && names.length === 0 ? [{ name: target, reason: "", detail: "" }] : [];
  });
  const seen = [...names, ...targets];
  return seen.length > 0 ? seen : facts.clients.flatMap((client) => loggedLooks([client], domainOf(client)));
}

/** Whether the server itself gave no answer: c-ares says ECONNREFUSED for every way in which a datagram cannot leave. */
export function isUnanswered({ reason, detail }: Look): boolean {
  if (reason === "TIMEOUT") return true;
  return reason === "DNS_SERVER_FAILURE" && /TIMEOUT|TIMEDOUT|ECONNREFUSED|UNREACH/i.test(detail);
}

/** `_countersign._tcp.corp.example: DNS_NAME_NOT_FOUND (ENOTFOUND)`. */
export function lookText({ name, reason, detail }: Look): string {
  return `${name}: ${reason === "" ? "answered" : reason}${detail === "" ? "" : ` (${detail})`}`;
}

function lookOf({ name, answer }: NameFacts): Look {
  return answer.kind === "records"
    ? { name, reason: "", detail: "" }
    : { name, reason: answer.reason, detail: answer.detail };
}

function loggedLooks(clients: readonly ClientFacts[], domain: string): readonly Look[] {
  const attempts = clients.flatMap(({ products }) => products.flatMap(({ lastAttempt }) => lastAttempt?.lookups ?? []));
  return attempts
    .filter((look) => look.domain === domain && look.name !== "")
    .map(({ name, reason, detail }) => ({ name, reason, detail }));
}

function stateOfLooks(looks: readonly Look[]): AskedDomain["state"] {
  if (looks.length === 0) return "unknown";
  if (looks.some(({ detail }) => detail.startsWith("declined"))) return "declined";
  if (looks.some(({ reason }) => reason === "")) return "records";
  if (looks.every(isUnanswered)) return "unreachable";
  return looks.some(({ reason }) => reason === "DNS_SERVER_FAILURE" || reason === "TIMEOUT") ? "failed" : "none";
}
