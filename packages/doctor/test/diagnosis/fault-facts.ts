// Every fault of faults/catalogue.ts as a change of the healthy facts: what the probes see on the day that it is done.
import { DAY_MS, daysBack, HOUR_MS, hostEvent, NOW_MS, PUBLISHER_ID, without } from "../healthy-facts.ts";
import {
  all,
  allNames,
  answers,
  attempt,
  attemptWithoutHost,
  type Change,
  client,
  count,
  DOMAIN,
  FILTERED,
  FORGED,
  generic,
  HOST_AT,
  HOST_NAME,
  host,
  hostStopped,
  hostUnheard,
  MUTE,
  network,
  noAddress,
  noCachedHost,
  onHost,
  product,
  REFUSED,
  records,
  SECOND_NAME,
  seat,
  second,
  secondHost,
  state,
  target,
  UNREACHABLE,
  WEB_SERVER,
} from "./change-facts.ts";

const NONE = { kind: "none", reason: "DNS_NAME_NOT_FOUND", detail: "ENOTFOUND" } as const;
const unreachable = (detail: string) => attempt({ reason: "HOST_UNREACHABLE", detail });
const fixed = (at: string): Change => client((one) => ({ ...one, fixedHost: at, cachedHost: "" }));
const clock =
  (aheadMs: number): Change =>
  (facts) => ({
    ...facts,
    clocks: facts.clocks.map((one) => ({ ...one, aheadMs })),
  });
const failing = (reason: string, detail: string): Change =>
  host((one) => ({
    ...one,
    publishing: {
      isOn: true,
      domains: (one.publishing?.domains ?? []).map((domain) => ({
        ...domain,
        failure: { reason, detail, server: "192.0.2.53:53", sinceMs: NOW_MS - 3 * DAY_MS },
      })),
    },
  }));
const noPublisher: Change = seat({
  publisher: { reachable: false, reason: "PUBLISHER_UNREACHABLE", detail: "connect ECONNREFUSED" },
  renewal: {
    dueMs: NOW_MS - 9 * DAY_MS,
    failure: { reason: "PUBLISHER_UNREACHABLE", detail: "connect ECONNREFUSED" },
  },
});
const few: Change = all(
  state(2, "", 25),
  product((one) => ({
    ...without(one, "lastLeaseMs"),
    lastAnswer: { count: 3, requiredCount: 25, atMs: NOW_MS - HOUR_MS, reason: "COUNT_TOO_LOW" },
  })),
);
const settings = (change: Readonly<Record<string, { value: string; source: string; place: string }>>): Change =>
  host((one) => ({ ...one, settings: { ...one.settings, ...change } }));
/** Another host answers at the name of the site, the same for every machine, and stands first. */
const rogue: Change = all(
  target("pc-7.corp.example", 1688, "192.0.2.77", FORGED),
  records(DOMAIN, { target: "pc-7.corp.example", port: 1688 }, { target: HOST_NAME, port: 1688, priority: 1 }),
  noCachedHost,
  attempt(
    { host: "pc-7.corp.example:1688", why: "discovered", reason: "UNTRUSTED_HOST", inner: "ISSUER_NOT_TRUSTED" },
    { host: HOST_AT, why: "discovered" },
  ),
);
const secondsCount =
  (own: number, other: number): Change =>
  (facts) =>
    network((one) => ({
      ...one,
      targets: one.targets.map((each) => ({
        ...each,
        resolution:
          each.resolution.kind === "addresses"
            ? {
                ...each.resolution,
                endpoints: each.resolution.endpoints.map((endpoint) => ({
                  ...endpoint,
                  answers: endpoint.answers.map((answer) =>
                    answer.kind === "certified"
                      ? {
                          ...answer,
                          host: {
                            ...answer.host,
                            counts: answer.host.counts.map((counted) => ({
                              ...counted,
                              currentCount: each.target === HOST_NAME ? own : other,
                            })),
                          },
                        }
                      : answer,
                  ),
                })),
              }
            : each.resolution,
      })),
    }))(facts);

/** By the id of the fault. */
export const FAULT_FACTS: Readonly<Record<string, Change>> = {
  "host-stopped": all(hostStopped, onHost),
  "host-gone": all(hostUnheard, answers(HOST_AT, REFUSED), unreachable("refused")),
  "agent-stopped": all(
    client((one) => ({ ...one, agent: { isRunning: false }, from: "store" })),
    product((one) => without(one, "nextAttemptMs")),
  ),
  "fixed-host-gone": all(
    fixed("old.corp.example:1688"),
    target("old.corp.example", 1688, "192.0.2.9", REFUSED),
    attempt({ host: "old.corp.example:1688", why: "fixed", reason: "HOST_UNREACHABLE", detail: "refused" }),
  ),
  "dns-down": all(
    allNames(DOMAIN, "DNS_SERVER_FAILURE", "ECONNREFUSED"),
    network((one) => ({ ...one, targets: [] })),
    noCachedHost,
    attemptWithoutHost("DNS_SERVER_FAILURE", "ECONNREFUSED"),
  ),
  "publisher-down": all(noPublisher, onHost),
  "wrong-service": all(
    hostUnheard,
    answers(HOST_AT, WEB_SERVER),
    attempt({ reason: "UNTRUSTED_HOST", inner: "NOT_A_HOST", detail: WEB_SERVER.detail }),
  ),

  "port-dropped": all(answers(HOST_AT, FILTERED), attempt({ reason: "TIMEOUT", detail: "connect" })),
  "port-rejected": all(answers(HOST_AT, REFUSED), unreachable("refused")),
  "no-route": all(answers(HOST_AT, UNREACHABLE), unreachable("unreachable")),
  "replies-dropped": all(answers(HOST_AT, MUTE), attempt({ reason: "TIMEOUT", detail: "reply" })),
  "dns-dropped": all(
    allNames(DOMAIN, "TIMEOUT", "ETIMEOUT"),
    network((one) => ({ ...one, targets: [] })),
    noCachedHost,
    attemptWithoutHost("DNS_SERVER_FAILURE", "ETIMEOUT"),
  ),
  "network-out": all(
    hostUnheard,
    allNames(DOMAIN, "TIMEOUT", "ETIMEOUT"),
    network((one) => ({
      ...one,
      targets: one.targets.map((each) => ({
        ...each,
        resolution: {
          ...{ kind: "none", reason: "TIMEOUT", detail: "ETIMEOUT" },
          lastKnown: { address: "192.0.2.10", answers: [FILTERED] },
        },
      })),
    })),
    (facts) => ({ ...facts, clocks: [] }),
    attempt({ reason: "DNS_SERVER_FAILURE", detail: "ETIMEOUT" }),
  ),
  "publisher-filtered": all(
    noPublisher,
    seat({ publisher: { reachable: false, reason: "PUBLISHER_UNREACHABLE", detail: "connect ETIMEDOUT" } }),
    onHost,
  ),

  "srv-missing": all(generic(DOMAIN, NONE), noCachedHost, attemptWithoutHost("DNS_NAME_NOT_FOUND", "")),
  "srv-elsewhere": all(
    generic(DOMAIN, NONE),
    network((one) => ({
      ...one,
      domains: [
        ...one.domains,
        ...one.domains.map((each) => ({
          ...{ ...each, domain: "other.example", zone: "other.example" },
          names: each.names.map((name) => ({
            ...name,
            name: name.name.replace(DOMAIN, "other.example"),
            answer:
              name.service === "generic"
                ? {
                    ...{ kind: "records" as const, owner: "_countersign._tcp.other.example" },
                    records: [{ target: HOST_NAME, port: 1688, priority: 0, weight: 0 }],
                  }
                : name.answer,
          })),
        })),
      ],
    })),
    host((one) => ({
      ...one,
      publishing: { isOn: true, domains: [{ domain: "other.example", target: HOST_NAME, port: 1688 }] },
    })),
    noCachedHost,
    attemptWithoutHost("DNS_NAME_NOT_FOUND", ""),
  ),
  "srv-stale": all(
    target("old.corp.example", 1688, "192.0.2.9", REFUSED),
    records(DOMAIN, { target: "old.corp.example", port: 1688 }, { target: HOST_NAME, port: 1688 }),
    noCachedHost,
    attempt(
      { host: "old.corp.example:1688", why: "discovered", reason: "HOST_UNREACHABLE", detail: "refused" },
      { host: HOST_AT, why: "discovered" },
    ),
  ),
  "srv-wrong-port": all(
    target(HOST_NAME, 1999, "192.0.2.10", REFUSED),
    network((one) => ({ ...one, targets: one.targets.filter(({ port }) => port !== 1688) })),
    records(DOMAIN, { target: HOST_NAME, port: 1999 }),
    noCachedHost,
    attempt({ host: `${HOST_NAME}:1999`, why: "discovered", reason: "HOST_UNREACHABLE", detail: "refused" }),
  ),
  "srv-target-unresolved": all(
    noAddress(HOST_AT, "DNS_NAME_NOT_FOUND", "ENOTFOUND"),
    noCachedHost,
    attempt({ why: "discovered", reason: "DNS_NAME_NOT_FOUND", detail: `${HOST_NAME} has no address` }),
  ),
  "srv-declined": all(
    records(DOMAIN, { target: "", port: 0 }),
    noCachedHost,
    attemptWithoutHost("DNS_NO_RECORDS", "declined: the target is ."),
  ),
  "zone-broken": all(
    allNames(DOMAIN, "DNS_SERVER_FAILURE", "ESERVFAIL"),
    network((one) => ({ ...one, targets: [] })),
    noCachedHost,
    attemptWithoutHost("DNS_SERVER_FAILURE", "ESERVFAIL"),
  ),
  "lookup-domain-empty": all(
    client((one) => ({ ...one, lookupDomain: "lab.example", cachedHost: "" })),
    network((one) => ({
      ...one,
      domains: [
        ...one.domains,
        {
          ...{ domain: "lab.example", zone: "lab.example", primary: "ns.lab.example" },
          names: [
            { name: "_countersign._tcp.lab.example", service: "generic" as const, publisherId: "", answer: NONE },
          ],
        },
      ],
    })),
    product((one) => ({
      ...one,
      lastAttempt: {
        ...{ atMs: NOW_MS - HOUR_MS, tried: [] },
        lookups: [
          { domain: "lab.example", name: "_countersign._tcp.lab.example", reason: "DNS_NAME_NOT_FOUND", detail: "" },
        ],
      },
    })),
  ),
  "rogue-host": rogue,
  "record-taken": all(generic(DOMAIN, NONE), onHost),
  "publishing-refused": all(generic(DOMAIN, NONE), failing("DNS_REFUSED", "REFUSED"), onHost),
  "publishing-badkey": all(generic(DOMAIN, NONE), failing("DNS_BADSIG", "BADSIG"), onHost),
  "publishing-badtime": all(
    generic(DOMAIN, NONE),
    failing("DNS_BADTIME", "60 min behind, the server's clock says 2026-11-25T10:00:00.000Z"),
    (facts) => ({ ...facts, clocks: [{ of: "192.0.2.53:53", kind: "dns", aheadMs: HOUR_MS }] }),
    onHost,
  ),

  "configuration-invalid": all(
    hostStopped,
    host((one) => ({
      ...one,
      configuration: {
        path: "/etc/countersign/host.yaml",
        problems: ["expected a known name, found listenAdress in line 3 of /etc/countersign/host.yaml"],
      },
    })),
    onHost,
  ),
  "store-damaged": all(
    hostStopped,
    host((one) => ({
      ...one,
      store: { reason: "STORE_CORRUPT", detail: "host.db: malformed" },
      startFailure: { reason: "STORE_CORRUPT", detail: "host.db: malformed" },
      seats: [],
    })),
    onHost,
  ),
  "store-newer": all(
    hostStopped,
    host((one) => ({ ...one, store: { reason: "STORE_NEWER", detail: "format 9, this version knows 4" }, seats: [] })),
    onHost,
  ),
  "disk-full": all(
    host((one) => ({
      ...one,
      disk: { path: one.dataDirectory, freeBytes: 0, totalBytes: 16e6, writable: false },
      store: { reason: "STORE_UNAVAILABLE", detail: "database or disk is full" },
    })),
    onHost,
  ),
  "store-read-only": all(
    host((one) => ({
      ...one,
      disk: { path: one.dataDirectory, freeBytes: 40e9, totalBytes: 100e9, writable: false },
      store: { reason: "STORE_UNAVAILABLE", detail: "attempt to write a readonly database" },
    })),
    onHost,
  ),
  "key-files-open": all(
    host((one) => ({ ...one, openKeyFiles: [`${one.dataDirectory}/keys/host-identity.key`] })),
    onHost,
  ),
  "client-store-unwritable": all(
    client((one) => ({
      ...one,
      disk: { path: one.dataDirectory, freeBytes: 40e9, totalBytes: 100e9, writable: false },
      store: { reason: "FILE_UNWRITABLE", detail: "EACCES" },
    })),
  ),
  "store-copied": all(
    client((one) => ({ ...one, isStoreCopied: true, isMachineChanged: true })),
    state(3, "MACHINE_CHANGED", 30),
  ),
  "trust-file-damaged": client((one) => ({
    ...without(one, "agent"),
    from: "store",
    trust: {
      publisherName: "",
      problem: { reason: "ARMOUR_INVALID", detail: "/etc/countersign/trust.d/example.cstrust: no end line" },
    },
  })),
  "settings-unreadable": client((one) => ({
    ...one,
    settingsProblems: ["expected JSON, found half a line in /var/lib/countersign/client/settings.json"],
  })),

  "client-clock-ahead": all(clock(-9 * HOUR_MS)),
  "client-clock-behind": all(clock(9 * HOUR_MS)),
  "host-clock-back": all(
    host((one) => ({
      ...one,
      clock: { wallMs: NOW_MS - 3 * DAY_MS, guardedMs: NOW_MS, isSuspect: true },
      machine: one.machine && { ...one.machine, wallMs: NOW_MS - 3 * DAY_MS },
    })),
    (facts) => ({ ...facts, clocks: [{ of: "192.0.2.53:53", kind: "dns", aheadMs: 3 * DAY_MS }] }),
    onHost,
  ),

  "host-key-missing": all(
    seat({ hostStatus: "unlicensed", reason: "HOST_NOT_ENABLED", partialKey: "", keyGroups: [] }),
    onHost,
  ),
  "host-not-activated": all(
    host((one) => ({
      ...one,
      seats: one.seats.map((each) => ({
        ...without(each, "notAfterMs"),
        ...{ hostStatus: "unlicensed", reason: "HOST_NOT_ACTIVATED" },
      })),
    })),
    onHost,
  ),
  "publishing-off": all(
    generic(DOMAIN, NONE),
    host((one) => ({ ...one, publishing: { isOn: false, domains: [] } })),
    settings({ dnsPublishing: { value: "off", source: "setting", place: "slmgr /cdns" } }),
    onHost,
  ),
  "setup-key-missing": all(
    state(0, "KEY_NOT_INSTALLED"),
    product((one) => ({ ...without(one, "nextAttemptMs", "lastAttempt"), channel: "", partialKey: "" })),
  ),
  "both-host-and-domain": all(
    client((one) => ({ ...one, fixedHost: "old.corp.example:1688", lookupDomain: DOMAIN, cachedHost: "" })),
    target("old.corp.example", 1688, "192.0.2.9", REFUSED),
    attempt({ host: "old.corp.example:1688", why: "fixed", reason: "HOST_UNREACHABLE", detail: "refused" }),
  ),
  "product-not-covered": all(
    state(2, "", 25),
    product((one) => ({ ...without(one, "lastLeaseMs", "lastAnswer"), keyGroup: 4, name: "Editor 2" })),
    attempt({ reason: "GROUP_NOT_AUTHORIZED", detail: "key group 4" }),
  ),
  "too-few-machines": all(
    few,
    secondsCount(3, 3),
    count({ currentCount: 3, machinesSeen: 3, lastContacts: daysBack(1, 3) }),
  ),
  "cloned-cmids": all(
    host((one) => ({
      ...one,
      machines: [
        {
          ...{ cmid: "0000c10e-0000-4000-8000-000000000001", productId: 1, lastSeenMs: NOW_MS - HOUR_MS },
          ...{ names: Array.from({ length: 12 }, (_, i) => `pc-${i + 1}.corp.example`), hardwareChanges: 11 },
        },
      ],
    })),
    count({ currentCount: 4, machinesSeen: 4, lastContacts: daysBack(1, 4) }),
    secondsCount(4, 4),
    onHost,
  ),
  "count-split": all(
    few,
    (facts) => target(SECOND_NAME, 1688, "192.0.2.11", second(facts))(facts),
    records(DOMAIN, { target: HOST_NAME, port: 1688 }, { target: SECOND_NAME, port: 1688 }),
    secondsCount(14, 13),
    count({ currentCount: 14, machinesSeen: 14, lastContacts: daysBack(2, 7) }),
    product((one) => ({
      ...one,
      lastAnswer: { count: 14, requiredCount: 25, atMs: NOW_MS - HOUR_MS, reason: "COUNT_TOO_LOW" },
    })),
  ),
  "loopback-only": all(
    host((one) => ({ ...one, listening: { address: "127.0.0.1", port: 1688 } })),
    settings({ listenAddress: { value: "127.0.0.1", source: "file", place: "/etc/countersign/host.yaml" } }),
    answers(HOST_AT, REFUSED),
    onHost,
  ),

  "certificate-lapsed": all(
    seat({
      ...{ hostStatus: "notification", reason: "HOST_CERT_EXPIRED", notAfterMs: NOW_MS - 20 * DAY_MS },
      publisher: { reachable: false, reason: "PUBLISHER_UNREACHABLE", detail: "connect ETIMEDOUT" },
      renewal: {
        dueMs: NOW_MS - 110 * DAY_MS,
        failure: { reason: "PUBLISHER_UNREACHABLE", detail: "connect ETIMEDOUT" },
      },
    }),
    answers(HOST_AT, { kind: "refusal", publisherId: PUBLISHER_ID, reason: "HOST_CERT_EXPIRED", message: "" }),
    onHost,
  ),
  "certificate-expiring": all(noPublisher, seat({ notAfterMs: NOW_MS + 40 * DAY_MS }), onHost),
  "machines-gone": all(
    count({
      ...{ currentCount: 15, machinesSeen: 15, newMachines: 0 },
      lastContacts: [
        ...daysBack(5, 3),
        ...Array.from({ length: 5 }, (_, i) => ({ dayMs: Date.UTC(2026, 10, 25) - (40 + i) * DAY_MS, machines: 3 })),
      ],
    }),
    onHost,
  ),
  "log-full": all(
    host((one) => ({
      ...one,
      eventLog: {
        ...{ rows: 100_000, mostRows: 100_000, mostDays: 400, rowsPerDay: 2_000 },
        oldestMs: NOW_MS - 50 * DAY_MS,
      },
    })),
    onHost,
  ),
  "renewal-failing": all(
    product((one) => ({
      ...one,
      ...{ lastLeaseMs: NOW_MS - 60 * DAY_MS, expiresMs: NOW_MS + 120 * DAY_MS, remainingMinutes: 120 * 1_440 },
      nextAttemptMs: NOW_MS + HOUR_MS,
    })),
    unreachable("refused"),
  ),
  "rearms-used-up": all(
    state(5, "GRACE_EXPIRED"),
    product((one) => ({ ...without(one, "lastAnswer", "lastAttempt"), rearmsLeft: 0 })),
  ),
  overloaded: all(
    host((one) => ({
      ...one,
      dropped: [{ reason: "OVERLOADED", count: 4_000 }],
      events: [hostEvent(30013, HOUR_MS, { queued: 2_000, refused: 800, retryAfterS: 60 }), ...one.events],
    })),
    onHost,
  ),
  "lease-revoked": all(
    state(4, "LEASE_REVOKED", 9),
    hostUnheard,
    answers(HOST_AT, {
      ...{ kind: "unverified", publisherId: PUBLISHER_ID },
      ...{ reason: "CERTIFICATE_REVOKED", detail: "revoked on 2026-11-20" },
    }),
    attempt({ reason: "UNTRUSTED_HOST", inner: "CERTIFICATE_REVOKED" }),
  ),
};

/** Nothing of a second host: for pairs that need one beside the first. */
export const withSecondHost: Change = all(
  secondHost,
  records(DOMAIN, { target: HOST_NAME, port: 1688 }, { target: SECOND_NAME, port: 1688 }),
);
