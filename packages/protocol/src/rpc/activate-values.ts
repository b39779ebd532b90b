import type { HostId, KeyGroup, ProductId, PublisherId } from "@countersign/domain";
import type { BatchProof } from "../batch/batch-values.ts";
import type { StatementType } from "../statements/statement-values.ts";

/** Bits of ActivateRequest.flags. */
export const REQUEST_FLAG = { vm: 1, container: 2, ephemeral: 4, interactive: 8, rearmed: 16 } as const;
/** ActivateRequest.minutes_to_state_expiry for a state that never ends. */
export const NEVER_EXPIRES_MIN = 0xffffffff;
/** An ActivateRequest at most, checked before parsing (§5.1). */
export const MAX_REQUEST_BYTES = 2048;
/** A reply at most (§5.2). */
export const MAX_REPLY_BYTES = 16 * 1024;

/** The newest statement a client holds of one host identity. */
export interface LineageClaim {
  readonly hostId: HostId;
  readonly seq: number;
  readonly leaseId: Uint8Array; // 16
}

/** ActivateRequest, narrowed: every length, id and range rule of §5.1 holds. */
export interface ActivateRequest {
  readonly protocolMinor: number;
  /** undefined = the host's only publisher. */
  readonly publisherId: PublisherId | undefined;
  readonly cmid: Uint8Array; // 16
  readonly nonce: Uint8Array; // 32
  readonly fingerprint: Uint8Array; // 32
  readonly components: readonly Uint8Array[]; // 9 bytes each, at most 8
  readonly productId: ProductId;
  readonly keyGroup: KeyGroup;
  readonly licenseStatus: 0 | 1 | 2 | 3 | 4 | 5 | 6;
  readonly minutesToStateExpiry: number;
  readonly requiredCount: number;
  readonly clientTimeMs: number;
  readonly previousCmid: Uint8Array | undefined; // 16
  readonly lineage: readonly LineageClaim[]; // at most 16
  readonly manifestVersion: number;
  readonly policyVersion: number;
  readonly rlNumber: number;
  readonly knownCertHash: Uint8Array | undefined; // 32
  readonly setupKeyId: Uint8Array; // 9
  readonly flags: number;
  readonly sdk: string;
  /** "" when the machine gave none. */
  readonly clientName: string;
}

/** What a host is about to answer. */
export interface ActivateReply {
  readonly statementType: StatementType;
  readonly statement: Uint8Array;
  readonly proof: BatchProof;
  /** Bytes of encodeCertificateBundle, made once a certificate; undefined when the client already knows it. */
  readonly certificate: Uint8Array | undefined;
  readonly serverTimeMs: number;
}
