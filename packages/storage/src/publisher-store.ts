import type { HostId, InstanceId, PublisherId } from "@countersign/domain";

/** What the vendor remembers of a key it issued. Never the key itself: it is recomputed from the epoch secret. */
export interface IssuedKeyRow {
  readonly kid: Uint8Array; // 5
  readonly kind: "setup" | "host" | "mak";
  readonly keyGroup: number;
  /** 0 for a host key. */
  readonly productId: number;
  readonly lastFive: string;
  readonly customerId: Uint8Array; // 16
  readonly maxHosts: number;
  readonly activationsPerHost: number;
  readonly siteRequired: readonly { readonly keyGroup: number; readonly requiredCount: number }[];
  readonly seats: readonly { readonly applicationId: Uint8Array; readonly count: number }[];
  /** Bits of HostCertificate.flags. */
  readonly flags: number;
  readonly certificateLifeS: number;
  readonly issuedMs: number;
  readonly revokedMs: number | undefined;
}

/** One certificate issued, or decided and about to be signed. */
export interface HostActivationRow {
  readonly commitment: Uint8Array; // 32
  readonly kid: Uint8Array; // 5
  readonly hostId: HostId;
  readonly instanceId: InstanceId;
  readonly publicKey: Uint8Array; // 32
  readonly serial: Uint8Array; // 16
  /** The certificate this one renews; undefined for an activation with the key. */
  readonly previousSerial: Uint8Array | undefined;
  readonly activationIndex: number;
  readonly renewalSeq: number;
  /** host-cert payload: committed before it is signed. */
  readonly payload: Uint8Array;
  /** SignedDocument bytes; undefined between commit and signature. */
  readonly document: Uint8Array | undefined;
  readonly issuedMs: number;
}

/** The vendor itself. */
export interface PublisherRow {
  readonly publisherId: PublisherId;
  readonly name: string;
  readonly serviceUrl: string;
  /** TrustBundle bytes: root sets, manifest, policies, setup keys. */
  readonly trust: Uint8Array;
}

/** A link of the issuance log: chain = SHA-256(previous chain || digest). */
export interface IssuanceLogRow {
  readonly number: number; // from 1
  readonly timeMs: number;
  readonly kind: string;
  readonly digest: Uint8Array; // 32
  readonly chain: Uint8Array; // 32
}

/** Writes of one unit of work, and the reads they depend on. */
export interface PublisherUnit {
  publisher(): Promise<PublisherRow | undefined>;
  savePublisher(row: PublisherRow): Promise<void>;
  key(kid: Uint8Array): Promise<IssuedKeyRow | undefined>;
  saveKey(row: IssuedKeyRow): Promise<void>;
  activation(commitment: Uint8Array): Promise<HostActivationRow | undefined>;
  activationBySerial(serial: Uint8Array): Promise<HostActivationRow | undefined>;
  /** Every certificate of one key in the order they were first saved, whatever the clock said. */
  activationsOfKey(kid: Uint8Array): Promise<readonly HostActivationRow[]>;
  /** A new row; of one that is there only `document` changes, and it keeps its place. */
  saveActivation(row: HostActivationRow): Promise<void>;
  lastLogRow(): Promise<IssuanceLogRow | undefined>;
  appendLog(row: IssuanceLogRow): Promise<void>;
}

/**
 * Where a publisher keeps what it issued. Durability, concurrency, conflict and faults as HostStore: units run one after
 * the other, a unit that rejects leaves nothing behind, a second process is refused (StoreFault "locked").
 */
export interface PublisherStore {
  transact<T>(work: (unit: PublisherUnit) => Promise<T>): Promise<T>;
  keys(): Promise<readonly IssuedKeyRow[]>;
  log(): Promise<readonly IssuanceLogRow[]>;
  close(): Promise<void>;
}
