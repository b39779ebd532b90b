import { LICENSE_STATUS } from "../license-status.ts";
import type { ClientFacts, StateFacts } from "./licence-facts.ts";
import { instantText } from "./times.ts";

/** Every warning there is; a later version may have more. */
export const LICENCE_WARNING_IDS = ["RENEWAL_OVERDUE", "EXPIRES_SOON"] as const;

/** Something a person should see while the licence still runs. */
export interface LicenceWarning {
  readonly id: (typeof LICENCE_WARNING_IDS)[number];
  /** Names instants, no durations: it stays the same until it ends. */
  readonly text: string;
}

/** What a warning depends on. Without a client's renewals there is only the end to warn of. */
export interface WarnedOf {
  readonly state: Pick<StateFacts, "status" | "remainingMinutes" | "endsMs" | "trustedTimeMs">;
  readonly client?: Pick<ClientFacts, "renewedMs" | "renewalIntervalMinutes">;
}

const DAY_MS = 86_400_000;
/** As Windows warns (kms-behaviour.md §1). */
const SOON_MS = 30 * DAY_MS;
/** A renewal is planned up to a tenth later than its interval. */
const LATEST_RENEWAL = 1.1;

/** What to warn of; nothing unless the licence is in force, for every other state says itself what is wrong. */
export function licenceWarnings({ state, client }: WarnedOf): readonly LicenceWarning[] {
  if (state.status !== LICENSE_STATUS.licensed || state.endsMs === undefined) return [];
  const warnings: LicenceWarning[] = [];
  const dueMs = client === undefined ? undefined : renewalDueMs(client);
  if (dueMs !== undefined && client?.renewedMs !== undefined && state.trustedTimeMs >= dueMs) {
    const text = `not renewed since ${instantText(client.renewedMs)}, though due by ${instantText(dueMs)}`;
    warnings.push({ id: "RENEWAL_OVERDUE", text });
  }
  if ((state.remainingMinutes ?? 0) * 60_000 <= SOON_MS) {
    const text = `the licence expires ${instantText(state.endsMs)} unless a host answers before`;
    warnings.push({ id: "EXPIRES_SOON", text });
  }
  return warnings;
}

function renewalDueMs({ renewedMs, renewalIntervalMinutes }: NonNullable<WarnedOf["client"]>): number | undefined {
  return renewedMs === undefined ? undefined : renewedMs + renewalIntervalMinutes * 60_000 * LATEST_RENEWAL;
}
