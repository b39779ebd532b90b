import type { RefusalReason, ServiceRecord } from "@countersign/domain";

/**
 * What the finder's probes saw, as one value that survives JSON: ids are hex, instants are milliseconds. Nothing in it is a
 * judgement, so a support bundle is judged as a live system is.
 */
export interface FinderFacts {
  readonly atMs: number;
  readonly publishers: readonly KnownPublisher[];
  /** Hosts a person said are theirs: their certificates say which customer "we" are. */
  readonly ownHosts: readonly OwnHost[];
  readonly domains: readonly DomainFacts[];
  readonly targets: readonly TargetFacts[];
  /** From the event logs at hand. */
  readonly uses: readonly HostUse[];
}

/** A publisher whose trust file is at hand. */
export interface KnownPublisher {
  readonly publisherId: string;
  readonly name: string;
  readonly applications: readonly KnownApplication[];
}

/** One application, with the count that each product of it needs. */
export interface KnownApplication {
  readonly applicationId: string;
  readonly name: string;
  readonly products: readonly RequiredCount[];
}

/** The machines that must be counted before one of that key group is activated. */
export interface RequiredCount {
  readonly keyGroup: number;
  readonly requiredCount: number;
}

/** A host that was named as ours, and what its answers say. */
export interface OwnHost {
  /** `name:port`. */
  readonly host: string;
  /** Of each publisher that certified it. */
  readonly customers: readonly { readonly publisherId: string; readonly customerId: string }[];
}

/** What DNS says about one domain. */
export interface DomainFacts {
  readonly domain: string;
  /** The zone it lies in, by its SOA; "" where none was found. */
  readonly zone: string;
  /** The zone's primary server; "" where unknown. */
  readonly primary: string;
  readonly names: readonly NameFacts[];
}

/** Whose records an owner name holds. */
export type ServiceKind = "own" | "generic" | "microsoft";

/** The answer to one SRV question. */
export interface NameFacts {
  readonly name: string;
  readonly service: ServiceKind;
  /** Of "own"; "" otherwise. */
  readonly publisherId: string;
  readonly answer: NameAnswer;
}

/** Records, or why there are none, in the words of REFUSALS. */
export type NameAnswer =
  | {
      readonly kind: "records";
      readonly records: readonly ServiceRecord[];
      /** Whose records they are: the name itself, or the one that a CNAME leads to. */
      readonly owner: string;
    }
  | { readonly kind: "none"; readonly reason: DnsReason; readonly detail: string };

/** Why a look-up gave nothing. */
export type DnsReason = Extract<
  RefusalReason,
  "DNS_NAME_NOT_FOUND" | "DNS_NO_RECORDS" | "DNS_SERVER_FAILURE" | "TIMEOUT"
>;

/** One target and port of any record, probed once. */
export interface TargetFacts {
  readonly target: string;
  readonly port: number;
  readonly service: "countersign" | "microsoft";
  readonly resolution:
    | { readonly kind: "addresses"; readonly endpoints: readonly EndpointFacts[]; readonly notProbed: number }
    | {
        readonly kind: "none";
        readonly reason: DnsReason;
        readonly detail: string;
        /** The address it was reached at last, asked although its name no longer leads there. */
        readonly lastKnown?: EndpointFacts;
      }
    /** Beyond the most that one look probes. */
    | { readonly kind: "not-probed" };
}

/** One address of a target, and what it said to the question of each publisher. */
export interface EndpointFacts {
  readonly address: string;
  readonly answers: readonly EndpointAnswer[];
  /** What shows that a host runs there although its port is closed: `port 1689 answers`; absent: nothing did, or nobody looked. */
  readonly alive?: string;
}

/** One outcome at one address. Only `certified` is believed; everything else is what anybody may say. */
export type EndpointAnswer =
  | { readonly kind: "certified"; readonly publisherId: string; readonly host: CertifiedHost }
  | {
      readonly kind: "unverified";
      readonly publisherId: string;
      readonly reason: RefusalReason;
      readonly detail: string;
    }
  | { readonly kind: "refusal"; readonly publisherId: string; readonly reason: string; readonly message: string }
  | { readonly kind: "foreign"; readonly detail: string }
  /** A genuine Microsoft KMS is connected to and asked nothing. */
  | { readonly kind: "connected" }
  | {
      readonly kind: "failure";
      readonly reason: Extract<RefusalReason, "HOST_UNREACHABLE" | "TIMEOUT">;
      readonly detail: string;
    };

/** What a host said about itself, signed, its chain verified under the publisher's trust file. */
export interface CertifiedHost {
  readonly hostId: string;
  readonly instanceId: string;
  /** Drawn by the process at its start. `laterNodeId`: what a second question at the same address found; "" = not asked. */
  readonly nodeId: string;
  readonly laterNodeId: string;
  readonly customerId: string;
  readonly certificateSerial: string;
  readonly notAfterMs: number;
  readonly softwareVersion: string;
  /** The port it says it listens on. */
  readonly port: number;
  readonly serverTimeMs: number;
  readonly keyGroups: readonly number[];
  /** What its certificate asks for instead of the publisher's policy. */
  readonly siteRequired: readonly RequiredCount[];
  /** Empty where the host does not tell its counts to this network. */
  readonly counts: readonly { readonly applicationId: string; readonly currentCount: number }[];
}

/** One machine's newest contact with one host, by a log. */
export interface HostUse {
  /** By a client's log `name:port` as it was asked; by a host's log the name of the host's computer. */
  readonly host: string;
  readonly from: "client-log" | "host-log";
  readonly machine: string;
  readonly cmid: string;
  readonly lastMs: number;
  /** 0 = it was served. */
  readonly resultCode: number;
}
