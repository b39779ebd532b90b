import type { ServiceRecord } from "@countersign/domain";

/** What DNS gave for one name. `none` is an answer and is remembered; `failed` is none. */
export type DnsAnswer<T> =
  | { readonly kind: "found"; readonly records: readonly T[] }
  | { readonly kind: "none"; readonly reason: "DNS_NAME_NOT_FOUND" | "DNS_NO_RECORDS" }
  | { readonly kind: "failed"; readonly reason: "DNS_SERVER_FAILURE"; readonly detail: string };

/** Where a domain comes from (protocol.md §11.3): recorded and shown. */
export type DomainOrigin = (typeof DOMAIN_ORIGINS)[number];

/** Every origin: the one that was set, those a machine has, and that of a machine in no domain. */
export const DOMAIN_ORIGINS = [
  "setting",
  "environment",
  "fqdn",
  "resolv.conf",
  "primary-suffix",
  "ad-domain",
  "dhcp",
  "scutil",
  "none",
] as const;

/** A domain as the machine has it; whoever asks it checks what it looks like. */
export interface MachineDomain {
  readonly domain: string;
  readonly origin: Exclude<DomainOrigin, "setting" | "none">;
}

/** How a name of a host is to be looked up. */
export interface AddressQuestion {
  /** `ip` or `ip:port` of the servers to ask; empty: the machine's own way, its hosts file included. */
  readonly servers: readonly string[];
  /** The name is whole, as one from DNS is: no search list may add to it. */
  readonly isWhole: boolean;
}

/** Names to hosts and addresses. Never rejects, answers within some seconds, and keeps nothing: what is kept, and for how long, the core decides. */
export interface HostResolver {
  /** The SRV records of exactly this name, of the servers given or of the machine's own. */
  services(name: string, servers: readonly string[]): Promise<DnsAnswer<ServiceRecord>>;
  /** IPv4 and IPv6 addresses in the order they are to be tried. */
  addresses(host: string, question: AddressQuestion): Promise<DnsAnswer<string>>;
  /** Undefined: the machine is in no domain. */
  machineDomain(): Promise<MachineDomain | undefined>;
}
