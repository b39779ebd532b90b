import type { HostFacts } from "@countersign/doctor";
import { toHex } from "@countersign/domain";
import { settleClock } from "../clock-step.ts";
import type { DnsPublisher } from "../dns/dns-publisher.ts";
import type { HostCore } from "../open-core.ts";
import { eventLogStatus } from "../retention.ts";
import { newestRareEvents, startFailureOf } from "./event-facts.ts";
import { knownMachines } from "./machine-facts.ts";
import { publishingFacts } from "./publishing-facts.ts";
import { requestFacts } from "./request-facts.ts";
import { type CertificateFailure, seatFacts } from "./seat-facts.ts";
import { settingsFacts } from "./settings-facts.ts";
import { type Surroundings, UNKNOWN_SURROUNDINGS } from "./surroundings.ts";
import { surveyInventory } from "./survey-inventory.ts";

/** What the facts of a host are made of. */
export interface FactSources {
  readonly core: HostCore;
  readonly dns: DnsPublisher;
  readonly certificateFailure: (seat: number) => CertificateFailure | undefined;
}

/**
 * Everything this host knows of itself, as the doctor's checks read it. Reads in stretches, so that whoever activates
 * meanwhile has its turn, and bounds every list: what it costs is told by the fleet, not by the age of the log.
 */
export async function gatherFacts({ core, dns, certificateFailure }: FactSources): Promise<HostFacts> {
  const { parts, state, settings, clock, drops, startedMs } = core;
  // A store that cannot take it now takes it with the next request; its own check says what is wrong with it.
  await settleClock(state).catch(() => undefined);
  const { guardedMs, suspect } = clock.next(core.latestNotAfterMs());
  const now = { nowMs: guardedMs, wallMs: parts.clock.wallMs() };
  const around: Surroundings = (await parts.surroundings?.()) ?? UNKNOWN_SURROUNDINGS;
  const survey = await surveyInventory(parts, guardedMs);
  const requests = await requestFacts(core.seats(), parts, guardedMs);
  const events = await newestRareEvents(parts);
  const seats = await seatFacts({ core, survey, requests, certificateFailure, ...now });
  const startFailure = around.isRunning ? undefined : await startFailureOf(parts);
  return {
    from: around.isRunning ? "service" : "store",
    ...around,
    dataDirectory: parts.dataDirectory,
    ...(startFailure === undefined ? {} : { startFailure }),
    settings: settingsFacts(settings.effective, settings.layers()),
    softwareVersion: parts.softwareVersion,
    hostId: toHex(parts.store.identity.hostId),
    instanceId: toHex(parts.store.identity.instanceId),
    ...(around.isRunning ? { startedMs: Math.trunc(startedMs) } : {}),
    clock: { wallMs: now.wallMs, guardedMs: Math.trunc(guardedMs), isSuspect: suspect !== undefined },
    seats,
    eventLog: logFacts(await eventLogStatus(parts, settings.effective.values)),
    events,
    contacts: requests.contacts,
    machines: await knownMachines({ parts, survey, events, nowMs: guardedMs }),
    publishing: publishingFacts(dns.facts(), settings.effective.values, events),
    dropped: [...drops.counts].map(([reason, count]) => ({ reason, count })),
  };
}

function logFacts(status: Awaited<ReturnType<typeof eventLogStatus>>): HostFacts["eventLog"] {
  const { rows, oldestMs, mostRows, mostDays, rowsPerDay, fullMs } = status;
  return {
    ...{ rows: Number(rows), mostRows: Number(mostRows), mostDays, rowsPerDay },
    ...(rows === 0n ? {} : { oldestMs: Number(oldestMs) }),
    ...(fullMs === 0n ? {} : { fullMs: Number(fullMs) }),
  };
}
