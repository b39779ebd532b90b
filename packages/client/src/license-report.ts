import {
  clampIntervalS,
  LICENSE_STATUS,
  LICENSE_STATUS_TEXT,
  type LicenceWarning,
  type LicenseRecord,
  type LicenseState,
  type LicenseStatus,
  licenceWarnings,
  licenseNow,
  licenseStateOf,
  minutesToExpiry,
  type RefusalReason,
  rearmsLeft,
  toUuid,
} from "@countersign/domain";
import { CERTIFICATE_FLAG } from "@countersign/protocol";
import { hostShown } from "./find-host.ts";
import { readClocks } from "./publisher-session.ts";
import { productIn, type Session } from "./session.ts";
import type { HostChoice } from "./tried-host.ts";

/** The status of a licence as an application, a person or the agent is shown it. */
export interface LicenseReport {
  /**
   * Who keeps the licence: the machine's agent, or the program itself in a store of its own, which is the weaker kind: a
   * user may remove it, and where it is a user's each user of the machine counts as a machine.
   */
  readonly keeper: "agent" | "own-store";
  readonly status: LicenseStatus;
  /** The words of `/dlv`. */
  readonly statusText: string;
  /** Why it is not licensed; undefined when there is nothing to explain. */
  readonly reason: RefusalReason | undefined;
  /** Which grace: initial, renewal, rebind, non-genuine. */
  readonly grace: string | undefined;
  /** Unix ms by the trusted time, so that it stays when the wall clock is set; undefined: the state does not end by itself. */
  readonly expiresMs: number | undefined;
  /** What time the machine believes it is, Unix ms: that of its clock, unless that went back or leapt. */
  readonly trustedTimeMs: number;
  /** What a person should see while the licence still runs, long before it ends; empty: nothing. */
  readonly warnings: readonly LicenceWarning[];
  /** Unix ms by this machine's clock; undefined: nothing is planned, because no key is installed. */
  readonly nextAttemptMs: number | undefined;
  /** `name:port` of the host that is asked first, or was found in DNS and answered last; "" when none is known. */
  readonly host: string;
  readonly whyThisHost: HostChoice | undefined;
  readonly cmid: string;
  readonly partialKey: string;
  readonly rearmsLeft: number;
  /** Of the last verified statement. */
  readonly currentCount: number | undefined;
  readonly requiredCount: number;
  /** The host's certificate is a test's: shown everywhere. */
  readonly testSite: boolean;
  readonly flags: {
    readonly clockSuspect: boolean;
    readonly pendingReidentification: boolean;
    readonly storeDegraded: boolean;
    /** The agent that keeps the licence does not answer; what it last said is shown. */
    readonly agentAway: boolean;
  };
}

/** Made anew at each call, so that time passing shows. */
export function licenseReport(session: Session): LicenseReport {
  const { ports, state, product, degraded } = session;
  const reading = readClocks(ports);
  const now = licenseNow(state.clock, reading);
  const own = productIn(state, session);
  const license = statusOf(session);
  const host = hostShown(session.settings.values, state, own.lastAttempt);
  return {
    keeper: "own-store",
    status: license.status,
    statusText: LICENSE_STATUS_TEXT[license.status],
    reason: license.reason,
    grace: license.grace,
    expiresMs: license.endsMs,
    trustedTimeMs: now.atMs,
    warnings: warningsOf(license, own.license, now.atMs),
    nextAttemptMs: nextAttemptMsOf(session),
    host: host?.host ?? "",
    whyThisHost: host?.why,
    cmid: toUuid(state.identity.cmid),
    partialKey: own.setupKey?.partialKey ?? "",
    rearmsLeft: rearmsLeft(own.license),
    currentCount: own.lastAnswer?.count,
    requiredCount: own.lastAnswer?.requiredCount ?? product.requiredCount,
    testSite: ((own.lastAnswer?.flags ?? 0) & CERTIFICATE_FLAG.test) !== 0,
    flags: {
      clockSuspect: now.suspectSinceUsedMs !== undefined,
      pendingReidentification: state.pending !== undefined,
      storeDegraded: degraded !== undefined,
      agentAway: false,
    },
  };
}

function warningsOf(state: LicenseState, { lease, intervals }: LicenseRecord, trustedTimeMs: number) {
  const { status, endsMs } = state;
  return licenceWarnings({
    state: { status, endsMs, trustedTimeMs, remainingMinutes: minutesToExpiry(state) },
    client: {
      renewalIntervalMinutes: clampIntervalS(intervals.renewalS) / 60,
      ...(lease && { renewedMs: lease.receivedMs }),
    },
  });
}

/** The licence state this moment; a store that cannot be read has none to show. */
export function statusOf(session: Session): LicenseState {
  const { ports, state, blocked } = session;
  if (blocked !== undefined) {
    const status = LICENSE_STATUS.unlicensed;
    return { status, grace: undefined, reason: blocked, remainingMs: undefined, endsMs: undefined };
  }
  return licenseStateOf(productIn(state, session).license, licenseNow(state.clock, readClocks(ports)));
}

/** When the machine asks next, Unix ms by its clock; undefined: nothing is planned. */
export function nextAttemptMsOf(session: Session): number | undefined {
  const { dueMonotonicMs, state } = session;
  if (productIn(state, session).license.key === undefined || !Number.isFinite(dueMonotonicMs)) return undefined;
  const { wallMs, monotonicMs } = readClocks(session.ports);
  return wallMs + Math.max(0, dueMonotonicMs - monotonicMs);
}
