import { type CatalogEvent, EVENT, eventOf } from "./event-catalog.ts";
import { activationInterval, isSuspect, type LicenseStep, schedule, tellChanges } from "./license-effect.ts";
import {
  type DictatedIntervals,
  type LeasePeriod,
  LICENSE_STATUS,
  type LicensePolicy,
  type LicenseRecord,
  licenseStateOf,
  newLicenseRecord,
  rearmsLeft,
} from "./license-status.ts";
import { hresultText, REFUSALS, type RefusalReason, refuse } from "./refusal.ts";
import type { Wait } from "./renewal-schedule.ts";
import { type LicenseNow, type Moment, withoutFuture } from "./trusted-clock.ts";

const DRIFT_SCORE = 0.5;
const MOVED_SCORE = 0.25;

/** What happens to a licence. Nothing unsigned changes one: a failed attempt only schedules the next (I30). */
export type LicenseInput =
  | { readonly kind: "tick" }
  | {
      readonly kind: "key-installed";
      readonly activationId: string;
      readonly partialKey: string;
      readonly policy: LicensePolicy;
    }
  | { readonly kind: "key-removed" }
  /** A newer signed policy was verified. */
  | { readonly kind: "policy-read"; readonly policy: LicensePolicy }
  /** A lease passed protocol.md §5.3. */
  | { readonly kind: "lease-verified"; readonly lease: LeasePeriod; readonly intervals: DictatedIntervals }
  /** A count report passed protocol.md §5.3. */
  | { readonly kind: "count-report-verified"; readonly intervals: DictatedIntervals }
  /** No host gave a verified statement. `innerReasons`: one per host tried, in order. */
  | { readonly kind: "attempt-failed"; readonly trigger: string; readonly innerReasons: readonly RefusalReason[] }
  /** The live vector against the one the lease is bound to; undefined when they have no kind in common. */
  | { readonly kind: "machine-scored"; readonly score: number | undefined }
  /** The store was copied or moved, and a new CMID was drawn (protocol.md §7.3). */
  | { readonly kind: "identity-redrawn" }
  /** A verified revocation list names the host activation the lease came from, as of `effectiveMs`. */
  | { readonly kind: "lease-host-revoked"; readonly serial: string; readonly effectiveMs: number }
  | { readonly kind: "rearm"; readonly applicationId: string }
  | { readonly kind: "generalize"; readonly applicationId: string }
  /** The store is gone, a marker of it is not. */
  | { readonly kind: "store-lost"; readonly rearmsUsed: number }
  | { readonly kind: "store-tampered" };

/** The client's state machine (protocol.md §9). `now` comes from the trusted clock, after it observed the reading. */
export function reduceLicense(state: LicenseRecord, input: LicenseInput, now: LicenseNow): LicenseStep {
  const step = apply(settle(state, now), input, now);
  return tellChanges(step, now);
}

function apply(record: LicenseRecord, input: LicenseInput, now: LicenseNow): LicenseStep {
  switch (input.kind) {
    case "tick":
      return { state: record, effects: [] };
    case "key-installed":
      return installKey(record, input, now);
    case "key-removed":
      return removeKey(record);
    case "policy-read":
      return { state: { ...record, policy: input.policy }, effects: [] };
    case "lease-verified":
      return takeLease(record, input.lease, input.intervals, now);
    case "count-report-verified":
      return takeCountReport(record, input.intervals, now);
    case "attempt-failed":
      return askAgain(record, attemptFailed("ALL_HOSTS_FAILED", input.trigger, input.innerReasons));
    case "machine-scored":
      return compareMachine(record, input.score, now);
    case "identity-redrawn": {
      const moved = record.lease && { ...(record.moved ?? plain(now)), final: true };
      return { state: { ...record, moved }, effects: [schedule({ kind: "at-once" })] };
    }
    case "lease-host-revoked":
      return voidLease(record, input, now);
    case "rearm":
    case "generalize":
      return rearm(record, input, now);
    case "store-lost":
    case "store-tampered":
      return loseStore(record, input);
  }
}

function installKey(
  record: LicenseRecord,
  { activationId, partialKey, policy }: Extract<LicenseInput, { kind: "key-installed" }>,
  now: LicenseNow,
): LicenseStep {
  const initialGraceFrom = record.initialGraceFrom ?? plain(now);
  const state = { ...record, key: { activationId, partialKey }, policy, initialGraceFrom, tampered: false };
  const installed = eventOf(EVENT.keyInstalled, { activationId, partialKey });
  return { state, effects: [{ kind: "event", event: installed }, schedule({ kind: "at-once" })] };
}

function removeKey(record: LicenseRecord): LicenseStep {
  const state = { ...withoutLease(record), key: undefined };
  if (record.key === undefined) return { state, effects: [] };
  return { state, effects: [{ kind: "event", event: eventOf(EVENT.keyRemoved, record.key) }] };
}

function takeLease(
  record: LicenseRecord,
  lease: LeasePeriod,
  intervals: DictatedIntervals,
  now: LicenseNow,
): LicenseStep {
  if (record.key === undefined) return { state: record, effects: [] };
  const state = { ...withoutLease(record), lease, intervals, everLicensed: true, graceForfeited: false };
  const started = eventOf(EVENT.validityStarted, { minutes: Math.floor(lease.validityS / 60), kind: "volume" });
  // A short lease (an ephemeral machine's day) is renewed while it lasts.
  const intervalS = Math.min(intervals.renewalS, lease.validityS / 2);
  const wait: Wait = { kind: "renewal-interval", intervalS, jitterPct: intervals.jitterPct };
  return { state, effects: [{ kind: "event", event: started }, schedule(isSuspect(now) ? { kind: "at-once" } : wait)] };
}

function takeCountReport(record: LicenseRecord, intervals: DictatedIntervals, now: LicenseNow): LicenseStep {
  const step = askAgain({ ...record, intervals }, attemptFailed("COUNT_TOO_LOW", "count report", []));
  if (!isSuspect(now) || record.key === undefined) return step;
  // The series was too old to clear the clock: a fresh one may.
  return { ...step, effects: [...step.effects, schedule({ kind: "at-once" })] };
}

/** Nothing was granted: licensed or not, the machine asks again after the activation interval. */
function askAgain(record: LicenseRecord, event: CatalogEvent): LicenseStep {
  if (record.key === undefined) return { state: record, effects: [] };
  return { state: record, effects: [{ kind: "event", event }, schedule(activationInterval(record))] };
}

function compareMachine(record: LicenseRecord, score: number | undefined, now: LicenseNow): LicenseStep {
  if (record.lease === undefined || score === undefined || record.moved?.final === true) {
    return { state: record, effects: [] };
  }
  if (score < MOVED_SCORE) {
    const moved = record.moved ?? { ...plain(now), final: false };
    const effects = record.moved === undefined ? [schedule({ kind: "at-once" })] : [];
    return { state: { ...record, moved }, effects };
  }
  const drifted = score < DRIFT_SCORE;
  const effects = drifted && !record.drifted ? [schedule(activationInterval(record))] : [];
  return { state: { ...record, moved: undefined, drifted }, effects };
}

function voidLease(
  record: LicenseRecord,
  { serial, effectiveMs }: Extract<LicenseInput, { kind: "lease-host-revoked" }>,
  now: LicenseNow,
): LicenseStep {
  const { status } = licenseStateOf(record, now);
  const inForce = status === LICENSE_STATUS.licensed || status === LICENSE_STATUS.additionalGrace;
  // A lease received before the revocation took effect keeps running (protocol.md §3.3).
  const tooLate = record.lease !== undefined && record.lease.receivedMs >= effectiveMs;
  if (!inForce || !tooLate || record.voided !== undefined) return { state: record, effects: [] };
  const voided = { ...plain(now), serial, effectiveMs };
  return { state: { ...record, voided }, effects: [schedule({ kind: "at-once" })] };
}

function rearm(
  record: LicenseRecord,
  { kind, applicationId }: Extract<LicenseInput, { kind: "rearm" | "generalize" }>,
  now: LicenseNow,
): LicenseStep {
  // An image build before the first activation must not cost the image's machines a rearm (behaviour.md §2).
  const cost = kind === "rearm" || record.everLicensed ? 1 : 0;
  const left = rearmsLeft(record) - cost;
  if (left < 0) {
    const refusal = refuse("REARM_EXHAUSTED", { limit: record.rearmsUsed });
    return { state: record, effects: [{ kind: "refused", refusal }] };
  }
  const state = {
    ...withoutLease(record),
    rearmsUsed: record.rearmsUsed + cost,
    initialGraceFrom: kind === "rearm" ? plain(now) : undefined,
    graceForfeited: false,
    tampered: false,
  };
  const done = eventOf(EVENT.rearmed, { applicationId, rearmsLeft: left });
  const wait = kind === "rearm" && record.key !== undefined ? [schedule({ kind: "at-once" })] : [];
  return { state, effects: [{ kind: "replace-identity" }, { kind: "event", event: done }, ...wait] };
}

function loseStore(
  record: LicenseRecord,
  input: Extract<LicenseInput, { kind: "store-lost" | "store-tampered" }>,
): LicenseStep {
  const markedRearms = input.kind === "store-lost" ? input.rearmsUsed : 0;
  const blank = newLicenseRecord(Math.max(record.rearmsUsed, markedRearms));
  const tampered = input.kind === "store-tampered";
  return { state: { ...blank, graceForfeited: true, tampered, told: record.told }, effects: [] };
}

/** Moments recorded under a withdrawn reading are put right, and a generalized image's grace starts at its first start. */
function settle(record: LicenseRecord, now: LicenseNow): LicenseRecord {
  const { initialGraceFrom, lease, moved, voided } = record;
  const graceFrom = initialGraceFrom ?? (record.key === undefined ? undefined : plain(now));
  return {
    ...record,
    initialGraceFrom: graceFrom && withoutFuture(graceFrom, now),
    lease: lease && { ...lease, firstSend: withoutFuture(lease.firstSend, now) },
    moved: moved && { ...moved, ...withoutFuture(moved, now) },
    voided: voided && { ...voided, ...withoutFuture(voided, now) },
  };
}

function withoutLease(record: LicenseRecord): LicenseRecord {
  return { ...record, lease: undefined, moved: undefined, drifted: false, voided: undefined };
}

function attemptFailed(reason: RefusalReason, trigger: string, inner: readonly RefusalReason[]): CatalogEvent {
  const innerCodes = inner.map((each) => hresultText(REFUSALS[each].code)).join(" ");
  return eventOf(EVENT.activationFailed, { resultCode: REFUSALS[reason].code, trigger, innerCodes });
}

function plain({ atMs, usedMs }: Moment): Moment {
  return { atMs, usedMs };
}
