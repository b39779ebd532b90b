import type { Facts, HostFacts } from "@countersign/doctor";
import { EVENT, toHex } from "@countersign/domain";
import type { Host } from "../../core/host.ts";
import type { HostParts } from "../../core/host-parts.ts";
import { openAlerts } from "./alerts.ts";
import type { AlertsSection } from "./alerts-section.ts";

/** When a host is examined. */
export interface WatchTimes {
  readonly firstMs: number;
  readonly everyMs: number;
  /** While something fatal stands: whoever mends it need not wait an hour for readyz. */
  readonly fatalMs: number;
  /** After a change; several changes together are one. */
  readonly changeMs: number;
}

const TIMES: WatchTimes = { firstMs: 300_000, everyMs: 3_600_000, fatalMs: 60_000, changeMs: 2_000 };

/** Events that say something a check looks at has changed. */
const CHANGES: readonly number[] = [
  ...[EVENT.keyInstalled, EVENT.keyRemoved, EVENT.adminAction],
  ...[EVENT.certificateInstalled, EVENT.certificateExpiring, EVENT.certificateExpired, EVENT.hostCloneSuspected],
  ...[EVENT.dnsPublished, EVENT.dnsPublicationFailed, EVENT.dnsUnpublished, EVENT.documentsUpdated],
  ...[EVENT.clockSuspect, EVENT.clockTrusted, EVENT.storeNotWritable, EVENT.seatLimit, EVENT.hostRollback],
];

/** A host under watch. */
export interface HostWatch {
  /** An event that was committed. */
  heard(eventId: number): void;
}

/** Examines the host on a schedule and after changes, and tells what appeared and cleared. It never stops service. */
export function watchHost(
  host: Host,
  { log, computerName, store }: Pick<HostParts, "log" | "computerName" | "store">,
  { alerts: section, watch }: { readonly alerts?: AlertsSection | undefined; readonly watch?: Partial<WatchTimes> },
  closers: (() => Promise<void>)[],
): HostWatch {
  const times = { ...TIMES, ...watch };
  const alerts = openAlerts(section, { host: computerName, hostId: toHex(store.identity.hostId) }, log);
  let timer: NodeJS.Timeout | undefined;
  let dueMs = Number.POSITIVE_INFINITY;
  let isEnding = false;
  let underWay: Promise<void> = Promise.resolve();
  const within = (ms: number): void => {
    const wantedMs = performance.now() + ms;
    if (isEnding || wantedMs >= dueMs) return;
    clearTimeout(timer);
    dueMs = wantedMs;
    timer = setTimeout(() => {
      dueMs = Number.POSITIVE_INFINITY;
      underWay = round();
    }, ms).unref();
  };
  const round = async (): Promise<void> => {
    try {
      const { ALL_CHECKS, examine } = await import("@countersign/doctor");
      const changes = await host.findings.round((facts) => examine(factsOfHost(facts), ALL_CHECKS));
      alerts.tell(changes);
    } catch (fault) {
      log.error({ err: fault }, "the host could not be examined");
    }
    const isFatal = host.findings.standing.some(({ gravity }) => gravity === "fatal");
    within(isFatal ? times.fatalMs : times.everyMs);
  };
  within(times.firstMs);
  closers.push(async () => {
    isEnding = true;
    clearTimeout(timer);
    await underWay;
    await alerts.close();
  });
  return {
    heard(eventId) {
      if (CHANGES.includes(eventId)) within(times.changeMs);
    },
  };
}

/** What a host sees of the world without asking anybody: itself. */
function factsOfHost(facts: HostFacts): Facts {
  return {
    ...{ format: 1, standpoint: "host", gatheredMs: facts.clock?.wallMs ?? 0, softwareVersion: facts.softwareVersion },
    ...{ machine: facts.machine, hosts: [facts], clients: [], network: undefined, clocks: [], gaps: [] },
  };
}
