import type {
  ClientMachineId,
  LicenseRecord,
  PackedComponents,
  PublisherId,
  SeriesStart,
  TrustedClock,
} from "@countersign/domain";
import type { LineageClaim } from "@countersign/protocol";
import type { LastAttempt } from "./tried-host.ts";
import type { StoreMarker } from "./trusted-store.ts";

/** Who the machine says it is to one publisher's hosts. Everything in it is replaced together. */
export interface ClientIdentity {
  readonly cmid: ClientMachineId;
  /** 16 bytes: keys the component hashes, so that nothing links two CMIDs. */
  readonly salt: Uint8Array;
  /** The vector as it was last sent, or first read. */
  readonly components: PackedComponents;
  /** "" where the machine has none. */
  readonly vmGenerationId: string;
}

/** The installed setup key: never its text (a log of the store must not hold more than five symbols). */
export interface InstalledSetupKey {
  /** 9 bytes, what a request names. */
  readonly header: Uint8Array;
  readonly partialKey: string;
  /** A key a person installed is never replaced by an application. */
  readonly byPerson: boolean;
}

/** A verified lease with all that proves it. */
export interface LeaseEvidence {
  /** An ActivateResponse that carries its certificate. */
  readonly reply: Uint8Array;
  /** The identity it was given to: not the present one after a re-identification below the threshold. */
  readonly identity: ClientIdentity;
  readonly nonce: Uint8Array;
  /** The two clocks it was verified with; the later of them is when it was received. */
  readonly receivedWallMs: number;
  readonly receivedFloorMs: number;
}

/** One question to the hosts: the same bytes until a verified reply arrives, across restarts too (protocol.md §5.4). */
export interface AttemptSeries {
  readonly request: Uint8Array;
  readonly nonce: Uint8Array;
  readonly identity: ClientIdentity;
  readonly isPendingIdentity: boolean;
  /** The clocks at the first send; lease age counts from there. */
  readonly firstSend: SeriesStart;
  /** A host knew the nonce with other bytes; the next scheduled attempt starts a new series. */
  readonly nonceRefused: boolean;
}

/** What the last verified statement said. */
export interface LastAnswer {
  readonly count: number;
  readonly requiredCount: number;
  readonly atMs: number;
  /** "" = a lease. */
  readonly reason: string;
  readonly flags: number;
}

/** What is kept of one product of the publisher. */
export interface ProductState {
  readonly productId: number;
  readonly setupKey: InstalledSetupKey | undefined;
  readonly license: LicenseRecord;
  readonly lease: LeaseEvidence | undefined;
  /** At most 16, newest first; they belong to the present CMID. */
  readonly lineage: readonly LineageClaim[];
  /** A CertificateBundle that was verified: later replies may leave it out. */
  readonly knownCertificate: Uint8Array | undefined;
  readonly series: AttemptSeries | undefined;
  /** Effective time. */
  readonly nextAttemptMs: number;
  readonly seriesReplacedMs: number | undefined;
  readonly lastAnswer: LastAnswer | undefined;
  readonly lastAttempt: LastAttempt | undefined;
}

/** A host that gave a verified statement. */
export interface CachedHost {
  readonly host: string;
  /** The one the statement came over. */
  readonly port: number;
  readonly hostId: Uint8Array;
  readonly advertisedPort: number;
  /** The IP address it came from; "" = not known. */
  readonly address: string;
}

/** The whole trusted store as one value (protocol.md §9). Never changed in place. */
export interface TrustedState {
  readonly generation: number;
  readonly publisherId: PublisherId;
  readonly identity: ClientIdentity;
  readonly previous: { readonly cmid: ClientMachineId; readonly untilMs: number } | undefined;
  /** The identity a certified host asked for; in force from the next verified statement on (protocol.md §7.5). */
  readonly pending: { readonly identity: ClientIdentity; readonly sinceMs: number } | undefined;
  /** Effective times of accepted directives, 30 days back. */
  readonly reidentifiedMs: readonly number[];
  readonly clock: TrustedClock;
  /** A TrustBundle: the newest of each document that was ever verified. */
  readonly trust: Uint8Array;
  /** The last host that gave a verified statement, and the port that statement named. */
  readonly cachedHost: CachedHost | undefined;
  /** Since the last verified statement. */
  readonly rearmed: boolean;
  readonly products: readonly ProductState[];
}

/** Newest claims first, one a host, at most 16 (protocol.md §5.1). */
export function withClaim(lineage: readonly LineageClaim[], claim: LineageClaim): readonly LineageClaim[] {
  const sameHost = (other: LineageClaim) => other.hostId.every((byte, i) => byte === claim.hostId[i]);
  return [claim, ...lineage.filter((other) => !sameHost(other))].slice(0, 16);
}

/** The state with one product replaced or added. */
export function withProduct(state: TrustedState, product: ProductState): TrustedState {
  const others = state.products.filter((other) => other.productId !== product.productId);
  return { ...state, products: [...others, product] };
}

/** What the marker is to say beside this state: counters of it and of the marker, the higher each, so that none goes back. */
export function mergeMarkers(known: StoreMarker | undefined, { products }: TrustedState): StoreMarker {
  const used: Record<number, number> = { ...known?.products };
  for (const { productId, license } of products) {
    used[productId] = Math.max(used[productId] ?? 0, license.rearmsUsed);
  }
  return { rearmsUsed: Math.max(0, ...Object.values(used)), products: used };
}
