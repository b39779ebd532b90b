import { type CatalogEvent, EVENT, eventOf } from "./event-catalog.ts";
import {
  LICENSE_STATUS,
  type LicenseRecord,
  type LicenseState,
  licenseStateOf,
  minutesToExpiry,
} from "./license-status.ts";
import type { Refusal } from "./refusal.ts";
import type { Wait } from "./renewal-schedule.ts";
import type { LicenseNow } from "./trusted-clock.ts";

/** What the shell has to do about it, in order. Of several schedules the last one holds. */
export type LicenseEffect =
  | { readonly kind: "event"; readonly event: CatalogEvent }
  | { readonly kind: "schedule"; readonly wait: Wait }
  /** Draw a new CMID and salt, forget the cached host and the lineage. */
  | { readonly kind: "replace-identity" }
  | { readonly kind: "status-changed"; readonly from: LicenseRecord["told"]; readonly to: LicenseState }
  | { readonly kind: "refused"; readonly refusal: Refusal };

/** The next record and what to do. */
export interface LicenseStep {
  readonly state: LicenseRecord;
  readonly effects: readonly LicenseEffect[];
}

/** The step with what changed since it was said last: status events, and a retry when a licence lapsed. */
export function tellChanges(step: LicenseStep, now: LicenseNow): LicenseStep {
  const { state: record } = step;
  const state = licenseStateOf(record, now);
  const { told } = record;
  const next = { status: state.status, grace: state.grace, suspect: isSuspect(now) };
  const effects: LicenseEffect[] = [];
  if (next.status !== told.status || next.grace !== told.grace) {
    effects.push({ kind: "status-changed", from: told, to: state }, ...statusEvents(record, state));
    const lapsed = told.status === LICENSE_STATUS.licensed && record.key !== undefined;
    if (lapsed && !schedules(step.effects)) effects.push(schedule(activationInterval(record)));
  }
  if (next.suspect !== told.suspect) effects.push(...clockEffects(record, now));
  return { state: { ...record, told: next }, effects: [...step.effects, ...effects] };
}

function statusEvents(record: LicenseRecord, state: LicenseState): readonly LicenseEffect[] {
  const minutes = minutesToExpiry(state);
  const checked = eventOf(EVENT.statusChecked, {
    activationId: record.key?.activationId ?? "",
    licenseStatus: state.status,
    reason: state.reason ?? "",
    minutesToExpiry: minutes,
  });
  if (state.grace === undefined) return [{ kind: "event", event: checked }];
  const started = eventOf(EVENT.graceStarted, { minutes, kind: state.grace });
  return [
    { kind: "event", event: started },
    { kind: "event", event: checked },
  ];
}

function clockEffects(record: LicenseRecord, now: LicenseNow): readonly LicenseEffect[] {
  const fields = { wallMs: now.wallMs, trustedMs: now.atMs };
  if (!isSuspect(now)) {
    const event = eventOf(EVENT.clockTrusted, { ...fields, detail: "a fresh reply of a host confirmed it" });
    return [{ kind: "event", event }];
  }
  const event = eventOf(EVENT.clockSuspect, { ...fields, detail: "the clock went back" });
  const effects: readonly LicenseEffect[] = [{ kind: "event", event }];
  return record.key === undefined ? effects : [...effects, schedule({ kind: "at-once" })];
}

/** The wait of a machine that was granted nothing: 2 hours, or what the host dictated. */
export function activationInterval({ intervals }: LicenseRecord): Wait {
  return { kind: "activation-interval", intervalS: intervals.retryS, jitterPct: intervals.jitterPct };
}

/** An effect that plans the next attempt. */
export function schedule(wait: Wait): LicenseEffect {
  return { kind: "schedule", wait };
}

function schedules(effects: readonly LicenseEffect[]): boolean {
  return effects.some((effect) => effect.kind === "schedule");
}

/** CLOCK_SUSPECT. */
export function isSuspect(now: LicenseNow): boolean {
  return now.suspectSinceUsedMs !== undefined;
}
