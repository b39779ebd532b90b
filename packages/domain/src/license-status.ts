import { DEFAULT_POLICY } from "./activation-policy.ts";
import type { RefusalReason } from "./refusal.ts";
import { elapsedMs, type LicenseNow, type Moment, withoutFuture } from "./trusted-clock.ts";

/** The numbers administrators of KMS know (kms-behaviour.md §2.1). 6, extended grace, is reserved and never entered. */
export const LICENSE_STATUS = {
  unlicensed: 0,
  licensed: 1,
  initialGrace: 2,
  additionalGrace: 3,
  nonGenuineGrace: 4,
  notification: 5,
} as const;

/** One of the six statuses. */
export type LicenseStatus = (typeof LICENSE_STATUS)[keyof typeof LICENSE_STATUS];

/** The words of `/dlv`, the dot of status 4 included. */
export const LICENSE_STATUS_TEXT: Readonly<Record<LicenseStatus, string>> = {
  0: "Unlicensed",
  1: "Licensed",
  2: "Initial grace period",
  3: "Additional grace period (KMS license expired or hardware out of tolerance)",
  4: "Non-genuine grace period.",
  5: "Notification",
};

/** A machine may be rearmed three times at most, whatever a policy says (I36). */
export const MOST_REARMS = 3;

const SUSPECT_LIMIT_MS = 7 * 86_400_000;

/** What the signed policy says of the installed product. */
export interface LicensePolicy {
  /** False when no policy known here names the product. */
  readonly covered: boolean;
  readonly initialGraceS: number;
  readonly rearms: number;
}

/** The newest verified lease. Its life counts from the first send of the series that obtained it, never from receipt. */
export interface LeasePeriod {
  readonly firstSend: Moment;
  /** Effective time of receipt: decides whether a revocation came before it. */
  readonly receivedMs: number;
  readonly validityS: number;
  /** The additional grace after it. */
  readonly graceS: number;
}

/** Intervals as the last verified statement dictated them. Seconds, not yet clamped. */
export interface DictatedIntervals {
  readonly retryS: number;
  readonly renewalS: number;
  readonly jitterPct: number;
}

/**
 * What a client remembers of one product. The status is derived from it at each look, so a clock reading that is
 * withdrawn takes the transitions it caused with it. Plain values.
 */
export interface LicenseRecord {
  readonly key: { readonly activationId: string; readonly partialKey: string } | undefined;
  readonly policy: LicensePolicy;
  /** First installation of a key, or the last rearm; undefined before, and in a generalized image until its first start. */
  readonly initialGraceFrom: Moment | undefined;
  /** An earlier store was lost or tampered with: no initial grace until a rearm. */
  readonly graceForfeited: boolean;
  readonly tampered: boolean;
  readonly lease: LeasePeriod | undefined;
  /** Since when the machine is another one than the lease names; `final` when a new CMID was drawn for it. */
  readonly moved: (Moment & { readonly final: boolean }) | undefined;
  /** The live vector scores below 0.5: licensed, but due for renewal. */
  readonly drifted: boolean;
  /** Since when the lease is void, because its host had been revoked before it was received; which and as of when. */
  readonly voided: (Moment & { readonly serial: string; readonly effectiveMs: number }) | undefined;
  readonly everLicensed: boolean;
  readonly rearmsUsed: number;
  readonly intervals: DictatedIntervals;
  /** What was told last: only events depend on it, never the status. */
  readonly told: { readonly status: LicenseStatus; readonly grace: Grace | undefined; readonly suspect: boolean };
}

/** Which grace a machine is in: statuses 2, 3 (two kinds) and 4. */
export type Grace = "initial" | "renewal" | "rebind" | "non-genuine";

/** The licence state at one instant. */
export interface LicenseState {
  readonly status: LicenseStatus;
  readonly grace: Grace | undefined;
  /** Why it is not licensed, or why its grace is what it is; undefined for licensed and initial grace. */
  readonly reason: RefusalReason | undefined;
  /** Until the state ends by itself, ms; undefined = it does not. */
  readonly remainingMs: number | undefined;
  /**
   * When that is by the time the machine believes. It stays where it is whatever the wall clock shows, also while believed
   * time stands still and run time goes on; so it is no sum of a clock and `remainingMs`.
   */
  readonly endsMs: number | undefined;
}

/** A record before anything happened. `rearmsUsed`: from a marker of an earlier store. */
export function newLicenseRecord(rearmsUsed = 0): LicenseRecord {
  const { initialGraceS, rearms, retryS, renewalS, jitterPct } = DEFAULT_POLICY;
  return {
    key: undefined,
    policy: { covered: true, initialGraceS, rearms },
    initialGraceFrom: undefined,
    graceForfeited: false,
    tampered: false,
    lease: undefined,
    moved: undefined,
    drifted: false,
    voided: undefined,
    everLicensed: false,
    rearmsUsed,
    intervals: { retryS, renewalS, jitterPct },
    told: { status: LICENSE_STATUS.unlicensed, grace: undefined, suspect: false },
  };
}

/** The state the record means now (protocol.md §9, the table of states). */
export function licenseStateOf(record: LicenseRecord, now: LicenseNow): LicenseState {
  if (record.key === undefined) return unlicensed(record.tampered ? "LICENSE_STORE_TAMPERED" : "KEY_NOT_INSTALLED");
  if (!record.policy.covered) return unlicensed("PRODUCT_NOT_COVERED");
  const state = record.lease === undefined ? withoutLease(record, now) : withLease(record, record.lease, now);
  return state.status !== LICENSE_STATUS.notification && isSuspectOverdue(now) ? notification("CLOCK_SUSPECT") : state;
}

/** Whole minutes until the state ends by itself, as requests and events carry them; 0 when it does not. */
export function minutesToExpiry(state: LicenseState): number {
  return state.remainingMs === undefined ? 0 : Math.max(0, Math.ceil(state.remainingMs / 60_000));
}

/** Rearms that are left to this machine. */
export function rearmsLeft(record: LicenseRecord): number {
  return Math.max(0, Math.min(MOST_REARMS, record.policy.rearms) - record.rearmsUsed);
}

function withoutLease(record: LicenseRecord, now: LicenseNow): LicenseState {
  if (record.graceForfeited) return notification("GRACE_EXPIRED");
  const period = periodOf(record.initialGraceFrom ?? now, record.policy.initialGraceS, now);
  return inGrace({ status: LICENSE_STATUS.initialGrace, grace: "initial", reason: undefined, ...period });
}

function withLease(record: LicenseRecord, lease: LeasePeriod, now: LicenseNow): LicenseState {
  const valid = periodOf(lease.firstSend, lease.validityS, now);
  const whole = periodOf(lease.firstSend, lease.validityS + lease.graceS, now);
  if (record.voided !== undefined) {
    const period = earlier(periodOf(record.voided, DEFAULT_POLICY.nonGenuineGraceS, now), whole);
    const status = LICENSE_STATUS.nonGenuineGrace;
    return inGrace({ status, grace: "non-genuine", reason: "LEASE_REVOKED", ...period });
  }
  const status = LICENSE_STATUS.additionalGrace;
  if (record.moved !== undefined) {
    const period = earlier(periodOf(record.moved, DEFAULT_POLICY.rebindGraceS, now), whole);
    return inGrace({ status, grace: "rebind", reason: "MACHINE_CHANGED", ...period });
  }
  if (valid.remainingMs > 0) {
    return { status: LICENSE_STATUS.licensed, grace: undefined, reason: undefined, ...valid };
  }
  return inGrace({ status, grace: "renewal", reason: undefined, ...whole });
}

/** A grace that is over is notification; only the non-genuine one keeps its own reason (0xC004F200). */
function inGrace(state: LicenseState & Period): LicenseState {
  if (state.remainingMs > 0) return state;
  return notification(state.grace === "non-genuine" ? "LEASE_REVOKED" : "GRACE_EXPIRED");
}

/** How long something of a fixed length still lasts, and when it ends. */
interface Period {
  readonly remainingMs: number;
  readonly endsMs: number;
}

function periodOf(since: Moment, lengthS: number, now: Moment): Period {
  return {
    remainingMs: lengthS * 1000 - elapsedMs(since, now),
    endsMs: withoutFuture(since, now).atMs + lengthS * 1000,
  };
}

function earlier(a: Period, b: Period): Period {
  return a.remainingMs <= b.remainingMs ? a : b;
}

/** A rollback that no fresh statement cleared within 7 days of run time. */
function isSuspectOverdue(now: LicenseNow): boolean {
  return now.suspectSinceUsedMs !== undefined && now.usedMs - now.suspectSinceUsedMs >= SUSPECT_LIMIT_MS;
}

function unlicensed(reason: RefusalReason): LicenseState {
  return { status: LICENSE_STATUS.unlicensed, grace: undefined, reason, remainingMs: undefined, endsMs: undefined };
}

function notification(reason: RefusalReason): LicenseState {
  return { status: LICENSE_STATUS.notification, grace: undefined, reason, remainingMs: undefined, endsMs: undefined };
}
