// One healthy site as facts: a host that has been activated, published and asked by 30 machines, and one of its clients. No
// check finds anything in it. A test changes one thing and expects one finding.
import type { ClientFacts, ProductFacts } from "../src/facts/client-facts.ts";
import { FACTS_FORMAT, type Facts } from "../src/facts/facts.ts";
import type { CountFacts, HostFacts, SeatFacts } from "../src/facts/host-facts.ts";
import type { EventFacts, MachineFacts } from "../src/facts/machine-facts.ts";
import type { CertifiedHost, DomainFacts, FinderFacts, TargetFacts } from "../src/finder/facts.ts";

export const NOW_MS = Date.UTC(2026, 10, 25, 9);
export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const TODAY_MS = Date.UTC(2026, 10, 25);

export const DOMAIN = "corp.example";
export const HOST_NAME = `kms1.${DOMAIN}`;
export const HOST_AT = `${HOST_NAME}:1688`;
export const CLIENT_NAME = `pc-1.${DOMAIN}`;
export const PUBLISHER_ID = "aa".repeat(16);
export const APPLICATION_ID = "abababab-abab-abab-abab-abababababab";
export const CMID = "36f27b39-0000-4000-8000-000000000001";

/** The good facts, as the doctor on the client gathers them, the host's own told by the host. */
export function healthyFacts(change: Partial<Facts> = {}): Facts {
  return {
    format: FACTS_FORMAT,
    standpoint: "client",
    gatheredMs: NOW_MS,
    softwareVersion: "0.1.0",
    machine: healthyMachine(),
    hosts: [healthyHost()],
    clients: [healthyClient()],
    network: healthyNetwork(),
    clocks: [
      { of: HOST_AT, kind: "host", aheadMs: 400 },
      { of: "192.0.2.53:53", kind: "dns", aheadMs: -300 },
    ],
    gaps: [],
    ...change,
  };
}

/** The good facts with that host in place of the healthy one. */
export const withHost = (change: Partial<HostFacts>) => healthyFacts({ hosts: [healthyHost(change)] });
/** The good facts with that seat on the host. */
export const withSeat = (change: Partial<SeatFacts>) => withHost({ seats: [healthySeat(change)] });
/** The good facts with that count on the host. */
export const withCount = (change: Partial<CountFacts>) => withSeat({ counts: [healthyCount(change)] });
/** The good facts with those events in the host's log, the newest first. */
export const withHostEvents = (...events: readonly EventFacts[]) => withHost({ events: [...events] });
/** The good facts with that client in place of the healthy one. */
export const withClient = (change: Partial<ClientFacts>) => healthyFacts({ clients: [healthyClient(change)] });
/** The good facts with that product on the client. */
export const withProduct = (change: Partial<ProductFacts>) => withClient({ products: [healthyProduct(change)] });
/** The good facts with that said by DNS and targets. */
export const withNetwork = (change: Partial<FinderFacts>) => healthyFacts({ network: healthyNetwork(change) });
/** A value without one of its optional parts. */
export function without<T extends object, Key extends keyof T>(value: T, ...keys: readonly Key[]): Omit<T, Key> {
  const copy = { ...value };
  for (const key of keys) delete copy[key];
  return copy;
}

/** The client's machine. */
export function healthyMachine(change: Partial<MachineFacts> = {}): MachineFacts {
  return {
    name: CLIENT_NAME,
    platform: "linux",
    addresses: ["192.0.2.101"],
    hasDefaultRoute: true,
    resolvers: ["192.0.2.53:53"],
    domain: DOMAIN,
    wallMs: NOW_MS,
    clockSynchronised: true,
    ...change,
  };
}

/** A host that serves one publisher. */
export function healthyHost(change: Partial<HostFacts> = {}): HostFacts {
  const setting = (value: string) => ({ value, source: "default", place: "" });
  return {
    from: "service",
    machine: healthyMachine({ name: HOST_NAME, addresses: ["192.0.2.10"] }),
    dataDirectory: "/var/lib/countersign/host",
    isRunning: true,
    disk: { path: "/var/lib/countersign/host", freeBytes: 40e9, totalBytes: 100e9, writable: true },
    openKeyFiles: [],
    configuration: { path: "/etc/countersign/host.yaml", problems: [] },
    settings: {
      listeningPort: setting("1688"),
      listenAddress: setting("0.0.0.0"),
      activationIntervalMinutes: setting("each product's policy"),
      renewalIntervalMinutes: setting("each product's policy"),
      dnsPublishing: setting("on"),
      lowPriority: setting("off"),
      clientNames: setting("on"),
      eventDays: setting("400"),
      eventRows: setting("10000000"),
    },
    softwareVersion: "0.1.0",
    hostId: "01".repeat(16),
    instanceId: "11".repeat(16),
    startedMs: NOW_MS - 9 * DAY_MS,
    listening: { address: "0.0.0.0", port: 1688 },
    clock: { wallMs: NOW_MS, guardedMs: NOW_MS, isSuspect: false },
    seats: [healthySeat()],
    eventLog: {
      rows: 41_000,
      oldestMs: NOW_MS - 120 * DAY_MS,
      mostRows: 10_000_000,
      mostDays: 400,
      rowsPerDay: 340,
    },
    events: [
      hostEvent(12294, 2 * HOUR_MS, { resultCode: 0, domain: DOMAIN, server: "192.0.2.53:53" }),
      hostEvent(1003, 9 * HOUR_MS, { licenseStatus: 1, reason: "", minutesToExpiry: 400_000 }),
      hostEvent(902, 9 * DAY_MS, { version: "0.1.0" }),
    ],
    contacts: daysBack(35, 5).map((day) => ({ ...day, applicationId: APPLICATION_ID })),
    machines: [{ cmid: CMID, names: [CLIENT_NAME], productId: 1, lastSeenMs: NOW_MS - 2 * DAY_MS, hardwareChanges: 0 }],
    publishing: {
      isOn: true,
      domains: [{ domain: DOMAIN, target: HOST_NAME, port: 1688, lastSuccessMs: NOW_MS - 2 * HOUR_MS }],
    },
    dropped: [],
    ...change,
  };
}

/** What the host is for the publisher. */
export function healthySeat(change: Partial<SeatFacts> = {}): SeatFacts {
  return {
    publisherId: PUBLISHER_ID,
    publisherName: "Example",
    hostStatus: "licensed",
    reason: "",
    partialKey: "7K2QX",
    keyGroups: [1, 2],
    notAfterMs: NOW_MS + 280 * DAY_MS,
    serviceUrl: "https://activation.example/",
    publisher: { reachable: true, reason: "", detail: "" },
    counts: [healthyCount()],
    requests: { total: 900, failed: 4, failedByReason: [{ reason: "GROUP_NOT_AUTHORIZED", count: 4 }] },
    refusedLately: [],
    ...change,
  };
}

/** Thirty machines that renew every week. */
export function healthyCount(change: Partial<CountFacts> = {}): CountFacts {
  return {
    applicationId: APPLICATION_ID,
    applicationName: "Editor",
    currentCount: 30,
    machinesSeen: 30,
    newMachines: 1,
    lastContacts: daysBack(6, 5),
    validityDays: 180,
    thresholds: [
      { productName: "Editor Server", requiredCount: 5 },
      { productName: "Editor", requiredCount: 25 },
    ],
    ...change,
  };
}

/** So many machines on each of the last days, today first. */
export function daysBack(days: number, machines: number) {
  return Array.from({ length: days }, (_, back) => ({ dayMs: TODAY_MS - back * DAY_MS, machines }));
}

/** An event of the host's log, so long ago. */
export function hostEvent(eventId: number, agoMs: number, fields: EventFacts["fields"] = {}): EventFacts {
  const cmid = typeof fields["cmid"] === "string" ? fields["cmid"] : "";
  return { timeMs: NOW_MS - agoMs, eventId, computer: HOST_NAME, requestId: "", cmid, fields };
}

/** An event of the client's log, so long ago. */
export function clientEvent(eventId: number, agoMs: number, fields: EventFacts["fields"] = {}): EventFacts {
  return { ...hostEvent(eventId, agoMs, fields), computer: CLIENT_NAME, cmid: CMID };
}

/** A licensed machine that renewed two days ago. */
export function healthyClient(change: Partial<ClientFacts> = {}): ClientFacts {
  const setting = (value: string) => ({ value, source: "default", place: "" });
  return {
    from: "agent",
    machine: healthyMachine(),
    machineName: CLIENT_NAME,
    dataDirectory: "/var/lib/countersign/client",
    agent: { isRunning: true },
    disk: { path: "/var/lib/countersign/client", freeBytes: 40e9, totalBytes: 100e9, writable: true },
    cmid: CMID,
    trust: { publisherName: "Example" },
    settings: {
      host: setting(""),
      lookupDomain: setting(""),
      dnsServers: setting(""),
      hostCaching: setting("true"),
      keepPort: setting("false"),
      clientNames: setting("on"),
    },
    settingsProblems: [],
    fixedHost: "",
    cachedHost: HOST_AT,
    lookupDomain: "",
    hostCaching: true,
    keepPort: false,
    clock: { wallMs: NOW_MS, believedMs: NOW_MS, isSuspect: false },
    isMachineChanged: false,
    isStoreCopied: false,
    products: [healthyProduct()],
    events: [
      clientEvent(16384, 2 * DAY_MS, { attemptMs: NOW_MS + 5 * DAY_MS, reason: "renewal-interval" }),
      clientEvent(12289, 2 * DAY_MS, { resultCode: 0, flags: 0, activated: true, currentCount: 30 }),
      clientEvent(12288, 2 * DAY_MS, { resultCode: 0, flags: 0, host: HOST_AT, requiredCount: 25 }),
    ],
    ...change,
  };
}

/** The product that is licensed on it. */
export function healthyProduct(change: Partial<ProductFacts> = {}): ProductFacts {
  return {
    name: "Editor",
    activationId: "cdcdcdcd-cdcd-cdcd-cdcd-cdcdcdcdcdcd",
    applicationId: APPLICATION_ID,
    productId: 1,
    keyGroup: 1,
    channel: "setup key",
    partialKey: "Q4MTP",
    hasVolumeChannel: true,
    status: 1,
    reason: "",
    remainingMinutes: 178 * 1440,
    expiresMs: NOW_MS + 178 * DAY_MS,
    rearmsLeft: 3,
    requiredCount: 25,
    nextAttemptMs: NOW_MS + 5 * DAY_MS,
    lastLeaseMs: NOW_MS - 2 * DAY_MS,
    renewalIntervalMinutes: 10_080,
    lastAnswer: { count: 30, requiredCount: 25, atMs: NOW_MS - 2 * DAY_MS, reason: "" },
    lastAttempt: {
      atMs: NOW_MS - 2 * DAY_MS,
      tried: [{ host: HOST_AT, why: "cached", reason: "", inner: "", detail: "" }],
    },
    ...change,
  };
}

/** One domain with one record, and the host that it leads to. */
export function healthyNetwork(change: Partial<FinderFacts> = {}): FinderFacts {
  return {
    atMs: NOW_MS,
    publishers: [
      {
        publisherId: PUBLISHER_ID,
        name: "Example",
        applications: [
          {
            applicationId: APPLICATION_ID,
            name: "Editor",
            products: [
              { keyGroup: 1, requiredCount: 25 },
              { keyGroup: 2, requiredCount: 5 },
            ],
          },
        ],
      },
    ],
    ownHosts: [],
    domains: [healthyDomain()],
    targets: [healthyTarget()],
    uses: [
      {
        host: HOST_AT,
        from: "client-log",
        machine: CLIENT_NAME,
        cmid: CMID,
        lastMs: NOW_MS - 2 * DAY_MS,
        resultCode: 0,
      },
    ],
    ...change,
  };
}

/** The site's domain: one generic record, none of the publisher's own name, none of Microsoft's. */
export function healthyDomain(change: Partial<DomainFacts> = {}): DomainFacts {
  const none = { kind: "none", reason: "DNS_NAME_NOT_FOUND", detail: "" } as const;
  const name = `_countersign._tcp.${DOMAIN}`;
  const records = [{ target: HOST_NAME, port: 1688, priority: 0, weight: 0 }];
  return {
    domain: DOMAIN,
    zone: DOMAIN,
    primary: `ns.${DOMAIN}`,
    names: [
      { name: `_ab2cd3ef._sub.${name}`, service: "own", publisherId: PUBLISHER_ID, answer: none },
      { name, service: "generic", publisherId: "", answer: { kind: "records", records, owner: name } },
      { name: `_vlmcs._tcp.${DOMAIN}`, service: "microsoft", publisherId: "", answer: none },
    ],
    ...change,
  };
}

/** The host as everybody sees it; `change` bends what it signs. */
export function healthyTarget(change: Partial<CertifiedHost> = {}): TargetFacts {
  const host: CertifiedHost = {
    hostId: "01".repeat(16),
    instanceId: "11".repeat(16),
    nodeId: "21".repeat(8),
    laterNodeId: "",
    customerId: "c1".repeat(16),
    certificateSerial: "31".repeat(16),
    notAfterMs: NOW_MS + 280 * DAY_MS,
    softwareVersion: "0.1.0",
    port: 1688,
    serverTimeMs: NOW_MS + 400,
    keyGroups: [1, 2],
    siteRequired: [],
    counts: [{ applicationId: APPLICATION_ID, currentCount: 30 }],
    ...change,
  };
  const answers = [{ kind: "certified", publisherId: PUBLISHER_ID, host } as const];
  return {
    target: HOST_NAME,
    port: 1688,
    service: "countersign",
    resolution: { kind: "addresses", endpoints: [{ address: "192.0.2.10", answers }], notProbed: 0 },
  };
}
