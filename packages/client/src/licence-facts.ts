import {
  type ClientFacts,
  clampIntervalS,
  type LicenceFacts,
  licenseNow,
  minutesToExpiry,
  REFUSALS,
  rearmsLeft,
  type TriedHostFacts,
  toUuid,
} from "@countersign/domain";
import { CERTIFICATE_FLAG } from "@countersign/protocol";
import { hostsToAsk } from "./find-host.ts";
import { formatHostTarget } from "./host-address.ts";
import { nextAttemptMsOf, statusOf } from "./license-report.ts";
import { readClocks } from "./publisher-session.ts";
import { productIn, type Session } from "./session.ts";
import type { SettingOrigin } from "./settings/effective-settings.ts";
import type { HostChoice, TriedHost } from "./tried-host.ts";

/** What `/dli`, `/dlv` and `/xpr` say of a product on this machine: slmgr, agent and SDK print the same. */
export function licenceFactsOf(session: Session): LicenceFacts {
  const { product, state, applicationId } = session;
  const { setupKey, license, lastAnswer } = productIn(state, session);
  const now = statusOf(session);
  return {
    product: {
      ...{ name: product.name, channel: "setup key", keyGroup: product.keyGroup },
      activationId: toUuid(product.activationId),
      applicationId: toUuid(applicationId),
      partialKey: setupKey?.partialKey ?? "",
    },
    state: {
      status: now.status,
      remainingMinutes: now.remainingMs === undefined ? undefined : minutesToExpiry(now),
      endsMs: now.endsMs,
      reason: now.reason,
      rearmsLeft: rearmsLeft(license),
      trustedTimeMs: licenseNow(state.clock, readClocks(session.ports)).atMs,
      testSite: ((lastAnswer?.flags ?? 0) & CERTIFICATE_FLAG.test) !== 0,
    },
    client: clientFacts(session),
  };
}

function clientFacts(session: Session): ClientFacts {
  const { state, settings } = session;
  const { license, lastAttempt } = productIn(state, session);
  const { host, lookupDomain, hostCaching } = settings.values;
  const { cachedHost } = state;
  const [first] = hostsToAsk(settings.values, state);
  return {
    cmid: toUuid(state.identity.cmid),
    lookupDomain,
    fixedHost: host === undefined ? "" : formatHostTarget(host),
    discoveredHost: host === undefined && hostCaching && cachedHost !== undefined ? formatHostTarget(cachedHost) : "",
    hostAddress: "",
    hostId: cachedHost === undefined ? "" : toUuid(cachedHost.hostId),
    activationIntervalMinutes: Math.round(clampIntervalS(license.intervals.retryS) / 60),
    renewalIntervalMinutes: Math.round(clampIntervalS(license.intervals.renewalS) / 60),
    hostCaching,
    whyThisHost: first === undefined ? "" : whyText(first.why, settings.origins.host),
    tried: lastAttempt?.tried.map(triedFacts) ?? [],
    nextAttemptMs: nextAttemptMsOf(session),
    ...(license.lease && { renewedMs: license.lease.receivedMs }),
  };
}

function whyText(why: HostChoice, { source, place }: SettingOrigin): string {
  if (why === "cached") return "it answered last";
  switch (source) {
    case "flag":
      return place === "" ? "it was given as an option" : `it was given by ${place}`;
    case "managed":
      return `managed configuration in ${place}`;
    case "setting":
    case "default":
      return "it was set on this machine";
  }
}

function triedFacts({ host, reason }: TriedHost): TriedHostFacts {
  return { host, reason, code: reason === undefined ? 0 : REFUSALS[reason].code };
}
