import type { LicenseStatus } from "../license-status.ts";
import type { RefusalReason } from "../refusal.ts";

/** What `/dli`, `/dlv` and `/xpr` speak of: one product key on one machine. Plain values, so that `-o json` is this object. */
export interface LicenceFacts {
  readonly product: ProductFacts;
  readonly state: StateFacts;
  /** Of a machine with a setup key or a MAK. */
  readonly client?: ClientFacts;
  /** Of a machine with a host key. */
  readonly host?: HostFacts;
}

/** The product and its key. */
export interface ProductFacts {
  readonly name: string;
  readonly channel: "setup key" | "host key" | "MAK";
  /** What the key belongs to; printed in the description of a host key. */
  readonly keyGroup: number;
  /** UUIDs of the signed policy. */
  readonly activationId: string;
  readonly applicationId: string;
  /** The last five symbols; "" = no key is installed. */
  readonly partialKey: string;
}

/** Where the licence stands. */
export interface StateFacts {
  readonly status: LicenseStatus;
  /** Until the state ends by itself, whole minutes; undefined = it does not. */
  readonly remainingMinutes: number | undefined;
  /** When that is by the machine's guarded time, Unix ms: it does not move with the wall clock. */
  readonly endsMs: number | undefined;
  readonly reason: RefusalReason | undefined;
  /** Undefined on a host. */
  readonly rearmsLeft: number | undefined;
  /** The machine's guarded time, Unix ms. */
  readonly trustedTimeMs: number;
  /** The host's certificate is a test's or a small site's: shown everywhere. */
  readonly testSite: boolean;
}

/** One host that was asked in the last attempt. `code`: HRESULT, 0 = it gave a verified statement. */
export interface TriedHostFacts {
  readonly host: string;
  readonly code: number;
  readonly reason: RefusalReason | undefined;
}

/** One name that was asked for hosts in DNS in the last attempt. */
export interface LookupFacts {
  /** "" = the machine is in none. */
  readonly domain: string;
  /** One clause that says where the domain comes from. */
  readonly origin: string;
  /** The owner of the SRV records; "" = none could be asked. */
  readonly name: string;
  readonly records: number;
  /** HRESULT, 0 = records were found. */
  readonly code: number;
  readonly reason: RefusalReason | undefined;
  readonly detail: string;
}

/** What a client knows of its hosts. */
export interface ClientFacts {
  readonly cmid: string;
  /** "" = none. */
  readonly lookupDomain: string;
  /** `host:port`; "" = none. */
  readonly fixedHost: string;
  /** The host found in DNS or kept from an earlier contact; "" = none. */
  readonly discoveredHost: string;
  readonly hostAddress: string;
  /** The host id in the last verified statement; "" = none yet. */
  readonly hostId: string;
  readonly activationIntervalMinutes: number;
  readonly renewalIntervalMinutes: number;
  readonly hostCaching: boolean;
  /** One clause that says why the host above is asked first; "" where none is known. */
  readonly whyThisHost: string;
  readonly tried: readonly TriedHostFacts[];
  /** In the order they were asked; absent or empty = DNS was not needed. */
  readonly lookups?: readonly LookupFacts[];
  /** Unix ms; undefined = nothing is planned. */
  readonly nextAttemptMs: number | undefined;
  /** When the lease in force was received, by the guarded time; absent = there is none. */
  readonly renewedMs?: number;
}

/** What a host counts and serves for one publisher. */
export interface HostFacts {
  readonly hostId: string;
  readonly currentCount: number;
  readonly listeningPort: number;
  readonly dnsPublishing: boolean;
  readonly lowPriority: boolean;
  readonly requests: CumulativeRequestFacts;
  /** Distinct machines in the last 30 days, without the cap. */
  readonly machinesSeen: number;
  /** Seats agreed on with the vendor, and those in use; empty = none were agreed. */
  readonly agreement: readonly { readonly application: string; readonly seats: number; readonly inUse: number }[];
  /** Requests that were refused, by reason; they add up to `requests.failed`. */
  readonly failedByReason: readonly { readonly reason: string; readonly count: number }[];
  readonly dnsPublications: readonly DnsPublicationFacts[];
  /** End of the host's certificate, Unix ms; undefined = not activated. */
  readonly validUntilMs: number | undefined;
}

/** The newest publication in one domain. */
export interface DnsPublicationFacts {
  readonly domain: string;
  readonly atMs: number;
  /** HRESULT; 0 = published. */
  readonly code: number;
}

/** Since installation (behaviour.md §5): total = failed + the lines of the statuses. */
export interface CumulativeRequestFacts {
  readonly total: number;
  readonly failed: number;
  /** Index = the licence status 0..6 the client reported. */
  readonly byStatus: readonly number[];
}
