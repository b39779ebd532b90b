import type { ApplicationId, HostId, InstanceId, ProductId, PublisherId } from "@countersign/domain";

/** The place of one publisher in this host's store: 1, 2, 3 … in order of installation. */
export type SeatNumber = number;

/** What identifies a counted row: one machine and one product of one publisher. */
export interface MachineKey {
  readonly seat: SeatNumber;
  readonly cmid: Uint8Array; // 16
  readonly productId: ProductId;
}

/** One request and its answer, so that the same bytes get the same answer again (protocol.md §5.4). */
export interface Exchange {
  readonly nonce: Uint8Array; // 32
  readonly requestHash: Uint8Array; // 32
  readonly statementType: number;
  readonly statement: Uint8Array;
  readonly statementIssuedMs: number;
  readonly eventRowId: number;
}

/** Counting and lineage of one (machine, product) (protocol.md §7.4, §8.1). */
export interface MachineRow extends MachineKey {
  readonly applicationId: ApplicationId;
  /** The n that was required when it was last served. */
  readonly requiredCount: number;
  /** False for EPHEMERAL machines. */
  readonly counted: boolean;
  /** Guarded host time. */
  readonly lastSeenMs: number;
  readonly firstSeenMs: number;
  readonly seq: number;
  /** The 9-byte components, sorted, one after the other. */
  readonly components: Uint8Array;
  readonly lastNonce: Uint8Array; // 32
  readonly lastRequestHash: Uint8Array; // 32
  readonly statementType: number; // 1 lease, 2 count report
  /** The leaf payload that was answered last. */
  readonly statement: Uint8Array;
  readonly statementIssuedMs: number;
  readonly resyncTimesMs: readonly number[]; // at most 2, oldest first
  /** The newest re-sync since that statement: beside it, because only the holder's own request may replace it. */
  readonly resync: Exchange | undefined;
  /** The 12290 event of the last served request, whose `repeats` a same-bytes repeat raises. */
  readonly eventRowId: number;
  /** "" when the machine gave none. */
  readonly clientName: string;
  readonly address: string;
}

/** What counting needs of one application: see domain's client-count. */
export interface CountRows {
  /** Per required count, the newest contact of a counted row. */
  readonly required: readonly { readonly requiredCount: number; readonly lastSeenMs: number }[];
  /** Distinct counted machines, newest contact first, at most `limit`. */
  readonly machines: readonly { readonly cmid: Uint8Array; readonly lastSeenMs: number }[];
}

/** One event about to be written. `data` is the typed data object of the event catalogue. */
export interface NewEvent {
  readonly timeMs: number;
  readonly eventId: number;
  readonly seat: SeatNumber; // 0 = the host as a whole
  readonly requestId: Uint8Array | undefined; // 8
  readonly cmid: Uint8Array | undefined; // 16
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event as it was written. */
export interface StoredEvent extends NewEvent {
  /** Ascending in the order of commit; never reused. */
  readonly id: number;
  /** How often the same bytes were asked again. */
  readonly repeats: number;
}

/** Cumulative, since installation: they survive restarts and never reset (behaviour.md §5). */
export interface RequestCounters {
  readonly total: number;
  readonly failed: number;
  /** Index = the licence status 0..6 the client reported. */
  readonly byStatus: readonly [number, number, number, number, number, number, number];
}

/** One publisher on this host. */
export interface SeatRow {
  readonly seat: SeatNumber;
  readonly publisherId: PublisherId;
  /** TrustBundle bytes: root sets, manifest, policies, revocation list. */
  readonly trust: Uint8Array;
  /** undefined while no host key is installed. */
  readonly key: { readonly kid: Uint8Array; readonly keyGroup: number; readonly lastFive: string } | undefined;
  /** The certificate and what clients need to check it; undefined while not activated. */
  readonly certificate:
    | {
        readonly document: Uint8Array; // SignedDocument bytes
        readonly publicKey: Uint8Array; // 32
        readonly contextHash: Uint8Array; // 32
      }
    | undefined;
  /**
   * SignedDocument bytes of the request for the next certificate: kept from before it is first sent until that
   * certificate is installed, because the publisher takes other bytes for another host (protocol.md §4.3).
   */
  readonly activationRequest: Uint8Array | undefined;
}

/** The record of the guarded clock (protocol.md §8.5), as domain's clock-guard defines it, kept as JSON. */
export type ClockRecordJson = string;

/** Drawn when the store is created; the instance tells a copy of the store from the original. */
export interface HostIdentity {
  readonly hostId: HostId;
  readonly instanceId: InstanceId;
}

/** Writes and the reads they depend on; every call belongs to one unit of work. */
export interface HostUnit {
  /** Rows in the order of the keys. In a store with several writers the rows are locked until the unit ends. */
  loadMachines(keys: readonly MachineKey[]): Promise<readonly (MachineRow | undefined)[]>;
  /** Inserts or replaces. Keys are distinct within a call. */
  saveMachines(rows: readonly MachineRow[]): Promise<void>;
  /** Rows seen after `sinceMs` (exclusive), this unit's own writes included. */
  countRows(seat: SeatNumber, applicationId: ApplicationId, sinceMs: number, limit: number): Promise<CountRows>;
  /** Ids in the order of the events. */
  appendEvents(events: readonly NewEvent[]): Promise<readonly number[]>;
  addRepeats(eventRowIds: readonly number[]): Promise<void>;
  addRequests(seat: SeatNumber, delta: RequestCounters): Promise<void>;
  saveClock(record: ClockRecordJson): Promise<void>;
  saveSeat(row: SeatRow): Promise<void>;
  /** undefined removes it. */
  saveSetting(name: string, value: string | undefined): Promise<void>;
}

/**
 * Where a host keeps what it must not forget.
 *
 * Durability: when `transact` resolves, everything its work wrote survives a crash of the process and of the machine.
 * When it rejects, nothing of it is there, and whoever threw inside the work is told the same error.
 * Concurrency: units run one after the other in the order they were begun; a unit sees its own writes and everything
 * that units before it committed. Reads outside a unit see the last commit, never a unit half done.
 * Conflict: a second process on the same store is refused when opening (StoreFault "locked"); nothing is written. The
 * lock ends with its process.
 * Faults: a full or failing disk rejects with StoreFault "full", "read-only" or "failed", be it at the first write or at
 * the commit; the store stays usable and the next unit may succeed. A store of a newer version is refused (StoreFault
 * "newer"), one that is damaged is refused when opening or when the damage is met (StoreFault "corrupt"); neither is
 * changed. One of an older version is brought forward when opened, whole or not at all.
 * End: `close` waits for the units that were begun; closing twice is closing once. After it everything rejects with
 * StoreFault "failed".
 */
export interface HostStore {
  readonly identity: HostIdentity;
  transact<T>(work: (unit: HostUnit) => Promise<T>): Promise<T>;
  /** In the order of their numbers. */
  seats(): Promise<readonly SeatRow[]>;
  counters(seat: SeatNumber): Promise<RequestCounters>;
  clock(): Promise<ClockRecordJson | undefined>;
  settings(): Promise<ReadonlyMap<string, string>>;
  machine(key: MachineKey): Promise<MachineRow | undefined>;
  /** Distinct counted machines seen after `sinceMs`, without a cap. */
  machinesSeen(seat: SeatNumber, applicationId: ApplicationId, sinceMs: number): Promise<number>;
  /** Ascending ids greater than `afterId`; an empty `eventIds` means every event. */
  events(query: EventQuery): Promise<readonly StoredEvent[]>;
  rowCounts(): Promise<{ readonly machines: number; readonly events: number }>;
  close(): Promise<void>;
}

/** Which events to read. */
export interface EventQuery {
  readonly afterId: number;
  readonly limit: number;
  readonly eventIds: readonly number[];
}
