import { LICENSE_STATUS, LICENSE_STATUS_TEXT, licenceWarnings, type RefusalReason } from "@countersign/domain";
import type { LicenseReport } from "../license-report.ts";
import type { CheckedLease } from "./lease-check.ts";

/** What is known of a licence that an agent keeps. */
export interface AgentView {
  /** What the agent said last. */
  readonly report: LicenseReport;
  /** What its proof is worth; undefined: it gave none. */
  readonly lease: CheckedLease | undefined;
  readonly isAway: boolean;
}

/** A clock in local time on a dual-boot machine is off by so much; more is not the lease's time any more. */
const TOLERANCE_MS = 26 * 3_600_000;

/**
 * What a program shows: the agent's word, save that "licensed" needs a lease that this program has verified itself and
 * that its own clock does not put in the past. An agent that is gone cannot make a licence last either.
 */
export function believedReport({ report, lease, isAway }: AgentView, wallMs: number): LicenseReport {
  const shown = { ...report, flags: { ...report.flags, agentAway: isAway } };
  if (isAway && report.expiresMs !== undefined && report.expiresMs <= wallMs) {
    return withheld(shown, "SERVICE_NOT_RUNNING");
  }
  if (report.status !== LICENSE_STATUS.licensed) return shown;
  const isProved = lease?.ok === true && wallMs < lease.untilMs + TOLERANCE_MS;
  if (!isProved) return withheld(shown, "AGENT_NOT_BELIEVED");
  return isAway ? { ...shown, warnings: warningsMeanwhile(report, wallMs) } : shown;
}

/** What the agent said last, and the end that came near since: nobody renews while it is away. */
function warningsMeanwhile({ status, expiresMs, warnings }: LicenseReport, wallMs: number): LicenseReport["warnings"] {
  if (expiresMs === undefined) return warnings;
  const remainingMinutes = (expiresMs - wallMs) / 60_000;
  const fresh = licenceWarnings({ state: { status, endsMs: expiresMs, remainingMinutes, trustedTimeMs: wallMs } });
  return [...warnings, ...fresh.filter(({ id }) => warnings.every((said) => said.id !== id))];
}

function withheld(report: LicenseReport, reason: RefusalReason): LicenseReport {
  const status = LICENSE_STATUS.unlicensed;
  const statusText = LICENSE_STATUS_TEXT[status];
  return { ...report, status, statusText, reason, grace: undefined, expiresMs: undefined, warnings: [] };
}
