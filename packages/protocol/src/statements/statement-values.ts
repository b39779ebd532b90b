import type { HostId } from "@countersign/domain";

/** ActivateResponse.statement_type. */
export const STATEMENT_TYPE = { lease: 1, countReport: 2, reidentify: 3 } as const;
/** One of the statement types. */
export type StatementType = (typeof STATEMENT_TYPE)[keyof typeof STATEMENT_TYPE];

/** What every statement repeats of the request it answers. */
export interface StatementSubject {
  readonly cmid: Uint8Array; // 16
  readonly fingerprint: Uint8Array; // 32
  readonly nonce: Uint8Array; // 32
  readonly productId: number;
  readonly keyGroup: number;
}

/** Lease leaf (§5.2). */
export interface Lease extends StatementSubject {
  readonly leaseId: Uint8Array; // 16
  readonly seq: number;
  readonly issuedMs: number;
  readonly validityS: number;
  readonly renewalS: number;
  /** The activation interval. */
  readonly retryS: number;
  readonly jitterPct: number;
  readonly graceS: number;
  readonly count: number;
  readonly requiredCount: number;
  readonly hostId: HostId;
  readonly port: number;
  readonly flags: number;
}

/** CountReport leaf: the count is below what is required. */
export interface CountReport extends StatementSubject {
  readonly leaseId: Uint8Array; // 16, the lineage id
  readonly seq: number;
  readonly issuedMs: number;
  readonly retryS: number;
  readonly renewalS: number;
  readonly jitterPct: number;
  readonly count: number;
  readonly requiredCount: number;
  readonly hostId: HostId;
  readonly port: number;
  /** 1 COUNT_TOO_LOW. */
  readonly reason: number;
  readonly flags: number;
}

/** Reidentify leaf (§7.5): this CMID belongs to another machine. */
export interface Reidentify extends StatementSubject {
  readonly issuedMs: number;
  /** 1 copied to other hardware, 2 identical clone. */
  readonly reason: number;
  readonly branchHint: Uint8Array; // 4
  readonly otherLastSeenMs: number;
  readonly hostId: HostId;
  readonly port: number;
  readonly retryS: number;
}

/** HostInfo leaf (§5.0). */
export interface HostInfo {
  readonly nonce: Uint8Array; // 32
  readonly hostId: HostId;
  readonly instanceId: Uint8Array; // 16
  readonly nodeId: Uint8Array; // 8
  readonly port: number;
  readonly softwareVersion: string;
  readonly keyGroups: readonly number[];
  readonly notAfterMs: number;
  readonly serverTimeMs: number;
  readonly counts: readonly { readonly applicationId: Uint8Array; readonly currentCount: number }[];
}

/** Exactly one of the three answers to Activate. */
export type Statement =
  | ({ readonly kind: "lease" } & Lease)
  | ({ readonly kind: "count-report" } & CountReport)
  | ({ readonly kind: "reidentify" } & Reidentify);
