import type { ApplicationId, HostId, InstanceId, ProductId, PublisherId } from "@countersign/domain";
import type {
  EventBound,
  EventPage,
  EventQuery,
  EventSearch,
  LogSize,
  LogSpan,
  NewEvent,
  RefusalSum,
  RequestSums,
  SeatNumber,
  StoredEvent,
} from "./host-event.ts";

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
  /** The newest event of this machine and product: where the chain of its events begins. 0 = none. */
  readonly lastEventId: number;
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

/** Cumulative, since installation: they survive restarts and never reset (behaviour.md §5). */
export interface RequestCounters {
  readonly total: number;
  readonly failed: number;
  /** Adds up to `failed`. "" = failed before reasons were kept. */
  readonly failedByReason: Readonly<Record<string, number>>;
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
  /** Where the chain of each machine begins that has no row: 0 = nothing was heard of it. */
  lastEvents(keys: readonly MachineKey[]): Promise<readonly number[]>;
  /** Rows in the order of the keys. In a store with several writers the rows are locked until the unit ends. */
  loadMachines(keys: readonly MachineKey[]): Promise<readonly (MachineRow | undefined)[]>;
  /** Inserts or replaces. Keys are distinct within a call. */
  saveMachines(rows: readonly MachineRow[]): Promise<void>;
  /** Rows seen after `sinceMs` (exclusive), this unit's own writes included. */
  countRows(seat: SeatNumber, applicationId: ApplicationId, sinceMs: number, limit: number): Promise<CountRows>;
  /** Ids in the order of the events. */
  appendEvents(events: readonly NewEvent[]): Promise<readonly number[]>;
  addRepeats(eventRowIds: readonly number[]): Promise<void>;
  /** What was heard of machines that no row was saved for: each becomes the beginning of its chain. */
  noteMachines(heard: readonly HeardMachine[]): Promise<void>;
  addRequests(seat: SeatNumber, delta: RequestCounters): Promise<void>;
  saveClock(record: ClockRecordJson): Promise<void>;
  saveSeat(row: SeatRow): Promise<void>;
  /** undefined removes it. */
  saveSetting(name: string, value: string | undefined): Promise<void>;
  /** Moves contacts with guarded time itself, so that a step of it takes no machine out of the count. */
  moveContacts(move: ContactMove): Promise<void>;
  /** Removes the oldest events that are too old or too many, at most `limit`; answers how many went. */
  purgeEvents(bound: EventBound): Promise<number>;
  /** Takes the addresses out of the oldest events before that time that still have them; answers how many it looked at. */
  forgetEventAddresses(beforeMs: number, limit: number): Promise<number>;
  /** One stretch of the machines: which of them stop counting, lose their address or go. */
  purgeMachines(bound: MachineBound): Promise<MachinePurge>;
}

/** A contact that counts no machine: refused, or told to re-identify. */
export interface HeardMachine extends MachineKey {
  readonly clientName: string;
  readonly address: string;
  readonly timeMs: number;
  readonly eventRowId: number;
}

/** Contacts from `fromMs` on are `byMs` later from now on, but none after `latestMs`. */
export interface ContactMove {
  readonly fromMs: number;
  readonly byMs: number;
  readonly latestMs: number;
}

/** What is kept of machines that fell silent. */
export interface MachineBound {
  /** Rows without a contact since then stop being rows that count; the machine stays known. */
  readonly countedSinceMs: number;
  /** Machines without a contact since then are known no more. */
  readonly knownSinceMs: number;
  /** Machines without a contact since then lose their address. */
  readonly addressSinceMs: number;
  /** Where the last stretch ended; undefined = at the first machine. */
  readonly after: Uint8Array | undefined;
  readonly limit: number;
}

/** What one stretch did. */
export interface MachinePurge {
  readonly uncounted: number;
  readonly forgotten: number;
  /** Where to go on; undefined = that was the last stretch. */
  readonly after: Uint8Array | undefined;
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
  /** Newest first: in the order of time, for one machine in the order of commit. Answers after a bounded stretch of the log. */
  searchEvents(search: EventSearch): Promise<EventPage>;
  /** Costs as much as the span has requests: whoever asks for a long one asks for it piece by piece. */
  sumRequests(span: LogSpan): Promise<RequestSums>;
  /** Requests that were not served; `served`: reasons with which one is served all the same. The most frequent reason first. */
  sumRefusals(span: LogSpan, served: readonly string[]): Promise<readonly RefusalSum[]>;
  /** Machines in the order of their CMIDs, those that count and those only heard of. */
  knownMachines(query: MachineQuery): Promise<readonly KnownMachineRow[]>;
  /** One stretch of the inventory, summed up: the whole of it is asked for without holding up whoever writes. */
  surveyMachines(query: SurveyQuery): Promise<SurveyStretch>;
  /** Costs the same however many rows there are. */
  logSize(): Promise<LogSize>;
  rowCounts(): Promise<{ readonly machines: number; readonly events: number }>;
  close(): Promise<void>;
}

/** Which machines to read. */
export interface MachineQuery {
  /** undefined = from the first. */
  readonly after: Uint8Array | undefined;
  readonly limit: number;
}

/** One machine and product as it is known. */
export interface KnownMachineRow extends MachineKey {
  readonly clientName: string;
  /** "" once it was forgotten. */
  readonly address: string;
  readonly lastSeenMs: number;
  /** False: only heard of, or silent for so long that its counting row went. */
  readonly hasRow: boolean;
}

/** Which machines to sum up. */
export interface SurveyQuery extends MachineQuery {
  /** Guarded time: machines heard of after it are seen, those before it are silent. */
  readonly seenSinceMs: number;
  /** So many machines of a stretch are named at most: the newest, and of the silent ones those that fell silent last. */
  readonly most: number;
}

/** One stretch of the inventory, every machine in it whole. */
export interface SurveyStretch {
  readonly days: readonly SurveyDay[];
  readonly newest: readonly KnownMachineRow[];
  readonly silent: readonly KnownMachineRow[];
  /** Where to go on; undefined = that was the last stretch. */
  readonly after: Uint8Array | undefined;
}

/** Machines of one application that were last heard of on the same day (UTC). Each CMID once. */
export interface SurveyDay {
  readonly seat: SeatNumber;
  /** undefined: machines without a row, which are known by the product they asked for. */
  readonly applicationId: ApplicationId | undefined;
  /** Of machines without a row; 0 where the application is known. */
  readonly productId: ProductId;
  /** The first instant of the day. */
  readonly dayMs: number;
  readonly machines: number;
  /** Of them, those that count and were seen. */
  readonly seen: number;
  /** Of those seen, the ones that were not known before. */
  readonly fresh: number;
}
