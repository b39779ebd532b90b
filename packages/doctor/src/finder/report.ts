import type { CertifiedHost, NameFacts, OwnHost } from "./facts.ts";
import type { Verdict } from "./verdicts.ts";

/** What the finder found out, judged: everything a rendering needs, JSON as it stands. */
export interface FinderReport {
  readonly atMs: number;
  /** The customers taken for ours, and how that is known. */
  readonly site: {
    readonly customerIds: readonly string[];
    readonly basis: "named" | "only-customer" | "unknown";
    readonly hosts: readonly OwnHost[];
  };
  readonly domains: readonly FoundDomain[];
  /** In the order of VERDICTS, then by name. */
  readonly hosts: readonly FoundHost[];
  readonly microsoft: readonly FoundMicrosoftHost[];
  readonly counts: readonly SplitCount[];
  /** Hosts that machines ask although no record leads there: fixed or cached ones. */
  readonly unpublished: readonly UsedHost[];
}

/** One domain, each name with what it answered in a sentence. */
export interface FoundDomain {
  readonly domain: string;
  readonly zone: string;
  readonly names: readonly (NameFacts & { readonly sentence: string })[];
}

/** A record that leads to a target. */
export interface LeadingRecord {
  readonly domain: string;
  readonly zone: string;
  /** The name that was asked, and whose record it is where the name is a CNAME. */
  readonly name: string;
  readonly owner: string;
  readonly service: NameFacts["service"];
  readonly priority: number;
  readonly weight: number;
}

/** One target with its verdict. */
export interface FoundHost {
  /** `name:port`. */
  readonly host: string;
  readonly target: string;
  readonly port: number;
  readonly verdict: Verdict;
  /** What was seen that makes it so. */
  readonly because: string;
  readonly addresses: readonly FoundAddress[];
  readonly records: readonly LeadingRecord[];
  /** Publishers that certified it, with what it said to each. */
  readonly certified: readonly (CertifiedHost & { readonly publisherId: string; readonly publisher: string })[];
  /** Other targets that lead to the same process. */
  readonly sameAs: readonly string[];
  readonly machines: readonly HostMachine[];
  readonly deletions: readonly RecordDeletion[];
}

/** One address of a target by itself. */
export interface FoundAddress {
  readonly address: string;
  readonly verdict: Verdict;
  readonly because: string;
}

/** A machine that asked a host in the last 30 days. */
export interface HostMachine {
  readonly machine: string;
  readonly cmid: string;
  readonly lastMs: number;
  readonly resultCode: number;
}

/** A host with the machines that asked it. */
export interface UsedHost {
  readonly host: string;
  readonly machines: readonly HostMachine[];
}

/** How to delete exactly one record: three ways to say the same. */
export interface RecordDeletion {
  readonly zone: string;
  /** The record as a zone file has it. */
  readonly record: string;
  /** Empty where the record holds characters that no host name has: then it is deleted by hand. */
  readonly nsupdate: readonly string[];
  readonly powershell: string;
}

/** A record of `_vlmcs._tcp`: looked up and connected to, nothing sent. */
export interface FoundMicrosoftHost {
  readonly host: string;
  readonly answers: boolean;
  readonly because: string;
  readonly records: readonly LeadingRecord[];
}

/** The count of one application over hosts that each count alone. */
export interface SplitCount {
  readonly publisherId: string;
  readonly publisher: string;
  readonly applicationId: string;
  readonly application: string;
  /** `required`: from which count that host activates any product; `currentCount` undefined: it tells this network none. */
  readonly hosts: readonly {
    readonly host: string;
    readonly required: number;
    readonly currentCount: number | undefined;
  }[];
  /** The largest and the sum of the counts that were told; a machine that asked two hosts is in the sum twice. */
  readonly largest: number;
  readonly sum: number;
  readonly state: "enough" | "split" | "partly-split" | "too-few" | "unknown";
}
