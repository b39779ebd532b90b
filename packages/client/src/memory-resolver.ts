import type { ServiceRecord } from "@countersign/domain";
import type { DnsAnswer, HostResolver, MachineDomain } from "./host-resolver.ts";

/** The DNS of a test or a simulation; it may be changed while it is asked. */
export interface MemoryZones {
  /** The domain of the machine itself. */
  domain?: MachineDomain;
  /** SRV records by owner name; an empty list: the name has other records. */
  services: Record<string, readonly ServiceRecord[]>;
  /** Addresses by host name. */
  addresses: Record<string, readonly string[]>;
  /** What stands in the way of every question; "" and absent: nothing. */
  failure?: string;
  /** Every name that was asked, in order. */
  readonly asked: string[];
}

/** Nothing published: every name is unknown. */
export function emptyZones(): MemoryZones {
  return { services: {}, addresses: {}, asked: [] };
}

/** The resolver over zones in memory: the twin of the system's. */
export function memoryResolver(zones: MemoryZones = emptyZones()): HostResolver {
  const answer = <T>(name: string, records: readonly T[] | undefined): DnsAnswer<T> => {
    const { failure = "" } = zones;
    zones.asked.push(name);
    if (failure !== "") return { kind: "failed", reason: "DNS_SERVER_FAILURE", detail: failure };
    if (records === undefined) return { kind: "none", reason: "DNS_NAME_NOT_FOUND" };
    return records.length === 0 ? { kind: "none", reason: "DNS_NO_RECORDS" } : { kind: "found", records };
  };
  return {
    services: async (name) => answer(name, zones.services[name]),
    addresses: async (host) => answer(host, zones.addresses[host]),
    machineDomain: async () => zones.domain,
  };
}
