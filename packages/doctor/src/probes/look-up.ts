import { lookup, Resolver } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import type { ServiceRecord } from "@countersign/domain";
import type { DnsReason, NameAnswer } from "../finder/facts.ts";
import { withinTime } from "./within-time.ts";

/** What the finder asks DNS. Nothing here rejects: a server that fails is a fact. */
export interface LookUp {
  readonly records: (name: string) => Promise<NameAnswer>;
  /** The zone a domain lies in and its primary server, by SOA; "" each where none answers. */
  readonly zone: (domain: string) => Promise<{ readonly zone: string; readonly primary: string }>;
  readonly addresses: (target: string) => Promise<AddressAnswer>;
}

/** The addresses of a target, or why there are none. */
export type AddressAnswer =
  | { readonly kind: "addresses"; readonly addresses: readonly string[] }
  | { readonly kind: "none"; readonly reason: DnsReason; readonly detail: string };

/** Asks `servers` (`ip` or `ip:port`); empty: those of this machine, and addresses the way its programs find them. */
export function dnsLookUp(servers: readonly string[], timeoutMs = 3_000): LookUp {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 2 });
  if (servers.length > 0) resolver.setServers(servers);
  return {
    records: async (name) => {
      try {
        const records = (await resolver.resolveSrv(name)).map(recordOf);
        if (records.length === 0) return none("DNS_NO_RECORDS", "an answer without records");
        return { kind: "records", records, owner: await ownerOf(resolver, name) };
      } catch (error) {
        return failed(error);
      }
    },
    zone: (domain) => zoneOf(resolver, domain),
    addresses: (target) => {
      if (isIP(target) !== 0) return Promise.resolve({ kind: "addresses", addresses: [target] });
      return servers.length > 0 ? addressesBy(resolver, target) : systemAddresses(target, resolver);
    },
  };
}

/** The same look-up, each question within so much time: the system's own way to a name may take half a minute. */
export function hurriedLookUp(lookUp: LookUp, withinMs: number): LookUp {
  const late = () => none("TIMEOUT", `no answer within ${withinMs / 1_000} s`);
  return {
    records: (name) => withinTime<NameAnswer>(withinMs, lookUp.records(name), late),
    zone: (domain) => withinTime(withinMs, lookUp.zone(domain), () => ({ zone: "", primary: "" })),
    addresses: (target) => withinTime<AddressAnswer>(withinMs, lookUp.addresses(target), late),
  };
}

/** Names are compared and shown in lower case, without the final dot. */
function recordOf({ name, port, priority, weight }: { name: string; port: number; priority: number; weight: number }) {
  return { target: name.replace(/\.$/, "").toLowerCase(), port, priority, weight } satisfies ServiceRecord;
}

/** A record is deleted where it is: at the end of the CNAMEs, which a resolver follows by itself. */
async function ownerOf(resolver: Resolver, name: string): Promise<string> {
  let owner = name;
  for (let followed = 0; followed < MOST_ALIASES; followed++) {
    const [next] = await resolver.resolveCname(owner).catch(() => []); // No alias: most names are none.
    if (next === undefined) break;
    owner = next.replace(/\.$/, "").toLowerCase();
  }
  return owner;
}

const MOST_ALIASES = 8;

/** Only a zone's apex has a SOA: the labels are cut off one by one. */
async function zoneOf(resolver: Resolver, domain: string) {
  const labels = domain.split(".");
  for (let cut = 0; cut < labels.length; cut++) {
    const zone = labels.slice(cut).join(".");
    const soa = await resolver.resolveSoa(zone).catch((error: NodeJS.ErrnoException) => error);
    if ("nsname" in soa) return { zone, primary: soa.nsname.replace(/\.$/, "") };
    // A server that does not answer would not answer for the parent either.
    if (REASONS[soa.code ?? ""] === undefined) break;
  }
  return { zone: "", primary: "" };
}

async function addressesBy(resolver: Resolver, target: string): Promise<AddressAnswer> {
  const both = await Promise.allSettled([resolver.resolve6(target), resolver.resolve4(target)]);
  const addresses = both.flatMap((one) => (one.status === "fulfilled" ? one.value : []));
  if (addresses.length > 0) return { kind: "addresses", addresses };
  return failed(both.find((one) => one.status === "rejected")?.reason);
}

/**
 * As the machine's programs find them: its hosts file, then DNS. The DNS server is asked first whether it lives: the system's
 * way to a name cannot be given up, and would hold this process for half a minute after its answer was written.
 */
async function systemAddresses(target: string, resolver: Resolver): Promise<AddressAnswer> {
  const own = hostsFileAddresses(await readFile("/etc/hosts", "utf8").catch(() => ""), target);
  if (own.length > 0) return { kind: "addresses", addresses: own };
  const asked = await addressesBy(resolver, target);
  if (asked.kind === "none" && isOfTheServer(asked.reason) && target.includes(".")) return asked;
  try {
    const found = await lookup(target, { all: true });
    return { kind: "addresses", addresses: found.map(({ address }) => address) };
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EAI_AGAIN" ? asked : failed(error);
  }
}

/** The addresses a hosts file has for a name (hosts(5)). */
export function hostsFileAddresses(text: string, name: string): readonly string[] {
  const rows = text.split("\n").map((line) => line.replace(/#.*/, "").trim().split(/\s+/));
  const own = rows.filter(([, ...names]) => names.some((one) => one.toLowerCase() === name.toLowerCase()));
  return own.flatMap(([address = ""]) => (isIP(address) === 0 ? [] : [address]));
}

/** Whether the server gave no answer, as opposed to one that there is none. */
function isOfTheServer(reason: DnsReason): boolean {
  return reason === "TIMEOUT" || reason === "DNS_SERVER_FAILURE";
}

/** The codes of c-ares and getaddrinfo that say "there is none"; every other is the server's failure. */
const REASONS: Readonly<Record<string, DnsReason>> = {
  ENOTFOUND: "DNS_NAME_NOT_FOUND",
  ENODATA: "DNS_NO_RECORDS",
};

function failed(error: unknown): { kind: "none"; reason: DnsReason; detail: string } {
  const { code = "" } = error as NodeJS.ErrnoException;
  if (code === "ETIMEOUT") return none("TIMEOUT", code);
  return none(REASONS[code] ?? "DNS_SERVER_FAILURE", code);
}

function none(reason: DnsReason, detail: string) {
  return { kind: "none", reason, detail } as const;
}
