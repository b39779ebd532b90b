import type { Facts } from "../facts/facts.ts";
import { type FailingHost, failingHosts } from "./asked-hosts.ts";
import { type Check, check, type Found, judged, moot } from "./check.ts";
import { type HostSight, hostSights, sightText } from "./host-sights.ts";
import { distinct } from "./phrases.ts";
import { dataOption } from "./told-hosts.ts";

const hostIsNotBusy = check({
  id: "CS-RCH-005",
  good: "the hosts have time for requests",
  about:
    "A host that has too much to do says when to ask again, and a machine does. That is normal in a power-on storm and nowhere else.",
  byHand: ["countersign host status"],
  needs: [],
  reads: ["targets", "client"],
  findings: {
    HOST_BUSY: {
      gravity: "warning",
      cause: "{host} answers that it is busy ({reason})",
      effect: "machines ask again after the time it names; nothing is lost",
      remedy: "countersign host status{data}",
      advice:
        "wait; where it recurs outside a power-on storm look at the host's limits, or give the site a second host",
    },
  },
  judge: (facts) => {
    const sights = hostSights(facts);
    if (sights.length === 0) return moot("no host is known to ask");
    const busy = sights.filter(
      ({ state, reason }) => state === "refuses" && ["OVERLOADED", "RATE_LIMITED"].includes(reason),
    );
    return judged(busy.map((sight) => refusing("HOST_BUSY", { sight, machines: [], isTheLast: true })));
  },
});

const hostIsReady = check({
  id: "CS-RCH-006",
  good: "the hosts that are asked may license: key, activation, certificate, clock and store are in order",
  about: "A host that cannot license says so, unsigned: it proves nothing, and still names what to look at there.",
  byHand: ["countersign host status", "countersign hosts find --domain corp.example"],
  needs: [],
  reads: ["targets", "client"],
  findings: {
    HOST_NOT_ENABLED_THERE: {
      gravity: "error",
      cause: "{host} has no host key",
      effect: "it licenses nobody",
      remedy: "countersign host key install -{data}",
      advice: "install the host key there and activate it, or lead the machines to another host",
    },
    HOST_NOT_ACTIVATED_THERE: {
      gravity: "error",
      cause: "{host} has a host key and is not activated",
      effect: "it licenses nobody",
      remedy: "countersign host activate{data}",
      advice: "run it on that host",
    },
    HOST_CERTIFICATE_OVER_THERE: {
      gravity: "error",
      cause: "the certificate of {host} is not in force ({reason})",
      effect: "no machine believes it, so it licenses nobody",
      remedy: "countersign host activate{data}",
      advice: "run it on that host where the publisher can be reached; see also that this machine's clock is right",
    },
    HOST_CLOCK_SUSPECT_THERE: {
      gravity: "error",
      cause: "{host} does not believe its own clock",
      effect: "it signs nothing until its clock is right",
      remedy: "timedatectl set-ntp true",
      advice:
        "set the clock of that host; it is believed after 24 hours, or at once with `countersign host clock accept`",
    },
    HOST_CANNOT_WORK_THERE: {
      gravity: "error",
      cause: "{host} answers that it cannot work ({reason})",
      effect: "it licenses nobody until that is mended; nothing it has accepted is lost",
      remedy: "countersign doctor{data}",
      advice: "run it on that host: its store, its disk or its private key is what fails",
    },
    OTHER_PUBLISHERS_HOST: {
      gravity: "error",
      cause: "{host} serves other publishers than this machine's",
      effect: "it licenses nothing here",
      remedy: "countersign hosts find --domain DOMAIN",
      advice: "give that host this publisher's trust file and host key, or lead the machines to another host",
    },
    VERSIONS_APART: {
      gravity: "error",
      cause: "{host} speaks another version of the protocol",
      effect: "it and this machine do not understand each other",
      remedy: "countersign --version",
      advice: "update the older of the two",
    },
  },
  judge: (facts) => {
    const sights = hostSights(facts);
    if (sights.length === 0) return moot("no host is known to ask");
    return judged([...unready(facts), ...unreadyByLog(facts, sights)]);
  },
});

/** Whether a host that answers may license. */
export const HOST_READINESS_CHECKS: readonly Check[] = [hostIsNotBusy, hostIsReady];

/** What a refusal, or a check of its certificate that fails, says of the host. */
const UNREADY = {
  HOST_NOT_ENABLED: "HOST_NOT_ENABLED_THERE",
  HOST_NOT_ACTIVATED: "HOST_NOT_ACTIVATED_THERE",
  HOST_CERT_EXPIRED: "HOST_CERTIFICATE_OVER_THERE",
  CERTIFICATE_EXPIRED: "HOST_CERTIFICATE_OVER_THERE",
  CERTIFICATE_NOT_YET_VALID: "HOST_CERTIFICATE_OVER_THERE",
  HOST_CLOCK_SUSPECT: "HOST_CLOCK_SUSPECT_THERE",
  STORE_UNAVAILABLE: "HOST_CANNOT_WORK_THERE",
  SIGNER_UNAVAILABLE: "HOST_CANNOT_WORK_THERE",
  INTERNAL_FAULT: "HOST_CANNOT_WORK_THERE",
  UNKNOWN_PUBLISHER: "OTHER_PUBLISHERS_HOST",
  UNSUPPORTED_VERSION: "VERSIONS_APART",
} as const;

type UnreadyId = (typeof UNREADY)[keyof typeof UNREADY];

function unreadyId(reason: string): UnreadyId | undefined {
  return reason in UNREADY ? UNREADY[reason as keyof typeof UNREADY] : undefined;
}

function unready(facts: Facts): readonly Found<UnreadyId>[] {
  return failingHosts(facts).flatMap((failing) => {
    const { state, reason } = failing.sight;
    const id = state === "refuses" || state === "unverified" ? unreadyId(reason) : undefined;
    return id === undefined ? [] : [refusing(id, failing)];
  });
}

/** Reasons that only a request for a licence brings about: a host that tells who it is may still fail with one of these. */
const ONLY_WHEN_ASKED = ["STORE_UNAVAILABLE", "SIGNER_UNAVAILABLE", "HOST_CLOCK_SUSPECT", "INTERNAL_FAULT"];

function unreadyByLog({ clients }: Facts, sights: readonly HostSight[]): readonly Found<UnreadyId>[] {
  const attempts = clients.flatMap(({ products, machineName }) =>
    products.flatMap(({ lastAttempt }) => (lastAttempt?.tried ?? []).map((tried) => ({ ...tried, machineName }))),
  );
  const refused = attempts.filter(({ reason }) => ONLY_WHEN_ASKED.includes(reason));
  return distinct(refused.map(({ host }) => host)).flatMap((host) => {
    const sight = sights.find((one) => one.host === host && one.from === "probe" && one.state === "serves");
    const told = refused.find((one) => one.host === host);
    const id = unreadyId(told?.reason ?? "");
    if (sight === undefined || told === undefined || id === undefined) return [];
    const by = { ...sight, state: "refuses" as const, reason: told.reason, detail: told.detail, from: "log" as const };
    return [refusing(id, { sight: by, machines: [told.machineName], isTheLast: true })];
  });
}

function refusing<Id extends string>(finding: Id, { sight, machines, isTheLast }: FailingHost): Found<Id> {
  const { host, reason, told, names } = sight;
  return {
    finding,
    ...{ subject: host, concerns: [...names, ...machines] },
    ...(!isTheLast && { gravity: "warning" as const }),
    params: { host, reason, data: told === undefined ? "" : dataOption(told) },
    evidence: [sightText(sight)],
  };
}
