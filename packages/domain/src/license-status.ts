import { DEFAULT_POLICY } from "./activation-policy.ts";
import type { RefusalReason } from "./refusal.ts";

/** The numbers administrators of KMS know (R§2.1). 6 is reserved and never entered. */
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

/** The words of `/dlv` (R§2.1). */
export const LICENSE_STATUS_TEXT: Readonly<Record<number, string>> = {
  0: "Unlicensed",
  1: "Licensed",
  2: "Initial grace period",
  3: "Additional grace period (KMS license expired or hardware out of tolerance)",
  4: "Non-genuine grace period.",
  5: "Notification",
};

/** What a client remembers; the status is derived from it at each look, so a withdrawn clock reading withdraws its effect. */
export interface LicenseRecord {
  readonly setupKeyInstalled: boolean;
  /** Effective ms; undefined when a store was lost although a marker of an earlier one exists. */
  readonly initialGraceFromMs: number | undefined;
  /** The newest verified lease. Its life is counted from the first send of the series that obtained it. */
  readonly lease: { readonly fromMs: number; readonly validityS: number; readonly graceS: number } | undefined;
  /** Since when the machine is another one than the lease names. */
  readonly movedAtMs: number | undefined;
  /** Since when the lease is void because its host had been revoked before it was given. */
  readonly voidedAtMs: number | undefined;
  readonly rearmsLeft: number;
}

/** The licence state at one instant. `untilMs`: when it ends by itself; undefined = never. */
export interface LicenseState {
  readonly status: LicenseStatus;
  readonly reason: RefusalReason | "RENEWAL" | "REBIND" | undefined;
  readonly untilMs: number | undefined;
}

/** What happens to a record. */
export type LicenseInput =
  | { readonly kind: "key-installed" }
  | { readonly kind: "key-removed" }
  | { readonly kind: "lease"; readonly fromMs: number; readonly validityS: number; readonly graceS: number }
  | { readonly kind: "machine-moved" }
  | { readonly kind: "machine-back" }
  | { readonly kind: "lease-voided" }
  | { readonly kind: "store-lost" }
  | { readonly kind: "rearm" };

/** The next record, or REARM_EXHAUSTED. Unsigned input has no place here: nothing a stranger says changes a licence. */
export type LicenseStep =
  | { readonly ok: true; readonly record: LicenseRecord }
  | { readonly ok: false; readonly reason: "REARM_EXHAUSTED" };

/** A record before anything happened. */
export function newLicenseRecord(rearms: number): LicenseRecord {
  return {
    setupKeyInstalled: false,
    initialGraceFromMs: undefined,
    lease: undefined,
    movedAtMs: undefined,
    voidedAtMs: undefined,
    rearmsLeft: rearms,
  };
}

/** The state machine of protocol.md §9. `nowMs` is the client's effective time. */
export function reduceLicense(record: LicenseRecord, input: LicenseInput, nowMs: number): LicenseStep {
  const to = (change: Partial<LicenseRecord>): LicenseStep => ({ ok: true, record: { ...record, ...change } });
  switch (input.kind) {
    case "key-installed":
      return to({ setupKeyInstalled: true, initialGraceFromMs: record.initialGraceFromMs ?? nowMs });
    case "key-removed":
      return to({ setupKeyInstalled: false, lease: undefined, movedAtMs: undefined, voidedAtMs: undefined });
    case "lease": {
      const { fromMs, validityS, graceS } = input;
      return to({ lease: { fromMs, validityS, graceS }, movedAtMs: undefined, voidedAtMs: undefined });
    }
    case "machine-moved":
      return to({ movedAtMs: record.movedAtMs ?? nowMs });
    case "machine-back":
      return to({ movedAtMs: undefined });
    case "lease-voided":
      return to({ voidedAtMs: record.voidedAtMs ?? nowMs });
    case "store-lost":
      return to({ initialGraceFromMs: Number.NEGATIVE_INFINITY });
    case "rearm":
      if (record.rearmsLeft <= 0) return { ok: false, reason: "REARM_EXHAUSTED" };
      return to({
        rearmsLeft: record.rearmsLeft - 1,
        initialGraceFromMs: nowMs,
        lease: undefined,
        movedAtMs: undefined,
        voidedAtMs: undefined,
      });
  }
}

/** The licence state the record means at `nowMs`. `initialGraceS`: the product's policy. */
export function licenseStateOf(record: LicenseRecord, initialGraceS: number, nowMs: number): LicenseState {
  if (!record.setupKeyInstalled)
    return { status: LICENSE_STATUS.unlicensed, reason: "KEY_NOT_INSTALLED", untilMs: undefined };
  const { lease } = record;
  if (lease === undefined) {
    const from = record.initialGraceFromMs ?? nowMs;
    return grace(LICENSE_STATUS.initialGrace, undefined, from + initialGraceS * 1000, nowMs);
  }
  const leaseEndMs = lease.fromMs + lease.validityS * 1000;
  if (record.voidedAtMs !== undefined) {
    const untilMs = record.voidedAtMs + DEFAULT_POLICY.nonGenuineGraceS * 1000;
    return grace(LICENSE_STATUS.nonGenuineGrace, "LEASE_REVOKED", untilMs, nowMs);
  }
  if (nowMs >= leaseEndMs) {
    return grace(LICENSE_STATUS.additionalGrace, "RENEWAL", leaseEndMs + lease.graceS * 1000, nowMs);
  }
  if (record.movedAtMs !== undefined) {
    const untilMs = Math.min(leaseEndMs, record.movedAtMs + DEFAULT_POLICY.rebindGraceS * 1000);
    return grace(LICENSE_STATUS.additionalGrace, "REBIND", untilMs, nowMs);
  }
  return { status: LICENSE_STATUS.licensed, reason: undefined, untilMs: leaseEndMs };
}

/** Whole minutes until the state ends by itself; 0 when it never does or is over. */
export function minutesToExpiry(state: LicenseState, nowMs: number): number {
  return state.untilMs === undefined ? 0 : Math.max(0, Math.ceil((state.untilMs - nowMs) / 60_000));
}

/** A grace that is over is notification, whose reason says which grace it was. */
function grace(status: LicenseStatus, reason: LicenseState["reason"], untilMs: number, nowMs: number): LicenseState {
  if (nowMs < untilMs) return { status, reason, untilMs };
  const after =
    reason === "LEASE_REVOKED" ? "LEASE_REVOKED" : reason === "REBIND" ? "MACHINE_CHANGED" : "GRACE_EXPIRED";
  return { status: LICENSE_STATUS.notification, reason: after, untilMs: undefined };
}
