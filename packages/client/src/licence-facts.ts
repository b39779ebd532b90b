import {
  type ClientFacts,
  clampIntervalS,
  type LicenceFacts,
  type LookupFacts,
  licenseNow,
  minutesToExpiry,
  REFUSALS,
  rearmsLeft,
  type TriedHostFacts,
  toUuid,
} from "@countersign/domain";
import { CERTIFICATE_FLAG } from "@countersign/protocol";
import { hostShown } from "./find-host.ts";
import { formatHostTarget } from "./host-address.ts";
import type { HostLookup } from "./host-lookup.ts";
import type { DomainOrigin } from "./host-resolver.ts";
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
  const shown = hostShown(settings.values, state, lastAttempt);
  const isCached = cachedHost !== undefined && shown !== undefined && hostNameOf(shown.host) === cachedHost.host;
  return {
    cmid: toUuid(state.identity.cmid),
    lookupDomain,
    fixedHost: host === undefined ? "" : formatHostTarget(host),
    discoveredHost: host === undefined ? (shown?.host ?? "") : "",
    hostAddress: isCached ? cachedHost.address : "",
    hostId: cachedHost === undefined ? "" : toUuid(cachedHost.hostId),
    activationIntervalMinutes: Math.round(clampIntervalS(license.intervals.retryS) / 60),
    renewalIntervalMinutes: Math.round(clampIntervalS(license.intervals.renewalS) / 60),
    hostCaching,
    whyThisHost: shown === undefined ? "" : whyText(shown.why, settings.origins.host),
    lookups: lastAttempt?.lookups.map((lookup) => lookupFacts(lookup, settings.origins.lookupDomain)) ?? [],
    tried: lastAttempt?.tried.map(triedFacts) ?? [],
    nextAttemptMs: nextAttemptMsOf(session),
    ...(license.lease && { renewedMs: license.lease.receivedMs }),
  };
}

/** `name:port` without the port and the brackets of IPv6. */
function hostNameOf(target: string): string {
  return target.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
}

function whyText(why: HostChoice, origin: SettingOrigin): string {
  if (why === "cached") return "it answered last";
  if (why === "discovered") return "it was found in DNS and answered last";
  return originText(origin);
}

function originText({ source, place }: SettingOrigin): string {
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

function lookupFacts({ origin, reason, ...lookup }: HostLookup, set: SettingOrigin): LookupFacts {
  const words = origin === "setting" ? `the look-up domain: ${originText(set)}` : ORIGIN_WORDS[origin];
  return { ...lookup, origin: words, reason, code: reason === undefined ? 0 : REFUSALS[reason].code };
}

const ORIGIN_WORDS: Readonly<Record<Exclude<DomainOrigin, "setting">, string>> = {
  environment: "of this machine by COUNTERSIGN_DOMAIN",
  fqdn: "of this machine's full name",
  "resolv.conf": "of this machine by /etc/resolv.conf",
  "primary-suffix": "this machine's primary DNS suffix",
  "ad-domain": "the domain this machine is a member of",
  dhcp: "given to this machine by DHCP",
  scutil: "of this machine's first resolver",
  none: "this machine is in no domain",
};

function triedFacts({ host, reason }: TriedHost): TriedHostFacts {
  return { host, reason, code: reason === undefined ? 0 : REFUSALS[reason].code };
}
