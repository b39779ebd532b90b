import { COUNT_WINDOW_MS, certificateRefusal, largestRequired } from "@countersign/domain";
import { CERTIFICATE_FLAG } from "@countersign/protocol";
import { countNow, type ServingState } from "./activate-clients.ts";
import { settleClock } from "./clock-step.ts";
import { type DnsFacts, dnsStatus } from "./dns/dns-status.ts";
import { eventLogStatus } from "./retention.ts";
import type { Seat } from "./seat.ts";
import type { StandingFinding } from "./watch/finding-changes.ts";

const PROBE = "store.probe";
const PROBE_TEXT = "0".repeat(65_536);

/** What the status is made of. */
export interface StatusSources {
  readonly state: ServingState;
  readonly seats: readonly Seat[];
  readonly batcher: { readonly batches: number; readonly inFlight: number };
  readonly startedMs: number;
  readonly dns: DnsFacts;
  readonly findings: readonly StandingFinding[];
}

/** GetStatus, in the fields of its message. */
export async function statusOf({ state, seats, batcher, startedMs, dns, findings }: StatusSources) {
  const { parts, clock, drops } = state;
  // A store that cannot take it now takes it with the next request; readyz says what is wrong with it.
  await settleClock(state).catch(() => undefined);
  const record = clock.next(state.latestNotAfterMs());
  const seatStatuses: Awaited<ReturnType<typeof seatStatus>>[] = [];
  for (const seat of seats) seatStatuses.push(await seatStatus(seat, state, record.guardedMs));
  return {
    ...parts.store.identity,
    softwareVersion: parts.softwareVersion,
    listeningPort: parts.listeningPort(),
    seats: seatStatuses,
    batches: BigInt(batcher.batches),
    batchInFlight: batcher.inFlight,
    clockSuspect: record.suspect !== undefined,
    guardedTimeMs: BigInt(Math.trunc(record.guardedMs)),
    startedMs: BigInt(startedMs),
    dataDirectory: parts.dataDirectory,
    dropped: [...drops.counts].map(([reason, count]) => ({ reason, count: BigInt(count) })),
    eventLog: await eventLogStatus(parts, state.settings.effective.values),
    dns: dnsStatus(dns),
    findings: findings.map(({ sinceMs, ...finding }) => ({ ...finding, sinceMs: BigInt(sinceMs) })),
  };
}

/** Why this host cannot serve now; empty when it can. A store that failed is tried again: nobody else may be asking. */
export async function whyUnready({ state, seats }: Pick<StatusSources, "state" | "seats">): Promise<readonly string[]> {
  const { parts, clock } = state;
  const { guardedMs, suspect } = clock.next(state.latestNotAfterMs());
  const faults: string[] = [];
  const certificates = seats.flatMap(({ certificate }) => (certificate === undefined ? [] : [certificate.value]));
  const isBehind = certificates.some(({ issuedMs }) => parts.clock.wallMs() < issuedMs);
  if (!seats.some((seat) => seat.row.key !== undefined)) faults.push("no host key is installed");
  else if (certificates.length === 0) faults.push("the host key is not activated");
  else if (certificates.every(({ notAfterMs }) => guardedMs >= notAfterMs))
    faults.push("the host certificate has ended");
  if (suspect !== undefined || isBehind) faults.push("the clock is suspect");
  if (state.storeFault !== "" && !(await isWritable(state))) faults.push(`the store is ${state.storeFault}`);
  return faults;
}

/** Writes as much as a request would and takes it back: a full disk often has room for less. */
async function isWritable(state: ServingState): Promise<boolean> {
  const { store } = state.parts;
  try {
    await store.transact((unit) => unit.saveSetting(PROBE, PROBE_TEXT));
    await store.transact((unit) => unit.saveSetting(PROBE, undefined));
    state.storeFault = "";
    return true;
  } catch {
    return false; // Its reason is the one that the batch was told.
  }
}

async function seatStatus(seat: Seat, state: ServingState, nowMs: number) {
  const { row, trust, certificate } = seat;
  const counters = await state.parts.store.counters(row.seat);
  const counts: Awaited<ReturnType<typeof countStatus>>[] = [];
  for (const { value } of trust.policies) counts.push(await countStatus(seat, value.application, state, nowMs));
  const [unlicensed, licensed, initialGrace, additionalGrace, nonGenuineGrace, notification, extendedGrace] =
    counters.byStatus.map(BigInt);
  const byStatus = {
    unlicensed,
    licensed,
    initialGrace,
    additionalGrace,
    nonGenuineGrace,
    notification,
    extendedGrace,
  };
  return {
    publisherId: row.publisherId,
    publisherName: trust.publisherName,
    ...standing(seat, nowMs, state.parts.clock.wallMs()),
    partialKey: row.key?.lastFive ?? "",
    keyGroups: [...(certificate?.value.keyGroups ?? [])],
    notBeforeMs: BigInt(certificate?.value.notBeforeMs ?? 0),
    notAfterMs: BigInt(certificate?.value.notAfterMs ?? 0),
    certificateSerial: certificate?.value.serial ?? new Uint8Array(),
    testSite: ((certificate?.value.flags ?? 0) & CERTIFICATE_FLAG.test) !== 0,
    counts,
    requests: {
      total: BigInt(counters.total),
      failed: BigInt(counters.failed),
      ...present(byStatus),
      failedByReason: Object.entries(counters.failedByReason).map(([reason, n]) => ({ reason, count: BigInt(n) })),
    },
    serviceUrl: trust.serviceUrl,
  };
}

/** Whether a seat may serve, and why not (behaviour.md §5). */
export function standing({ row, certificate }: Seat, nowMs: number, wallMs: number) {
  if (row.key === undefined) return { hostStatus: "unlicensed", reason: "HOST_NOT_ENABLED" } as const;
  if (certificate === undefined) return { hostStatus: "unlicensed", reason: "HOST_NOT_ACTIVATED" } as const;
  const reason = certificateRefusal(certificate.value, nowMs, wallMs);
  if (reason !== undefined) return { hostStatus: "notification", reason } as const;
  return { hostStatus: "licensed", reason: "" } as const;
}

/** The counts of one application of a seat. */
export async function countStatus(
  { row }: Seat,
  application: Seat["trust"]["policies"][number]["value"]["application"],
  state: ServingState,
  nowMs: number,
) {
  const { applicationId } = application;
  const { count, window } = await countNow(state, { seat: row.seat, applicationId }, nowMs);
  return {
    applicationId,
    applicationName: application.name,
    currentCount: count,
    machinesSeen: await state.parts.store.machinesSeen(row.seat, applicationId, nowMs - COUNT_WINDOW_MS),
    largestRequiredCount: largestRequired(window, nowMs),
  };
}

function present(byStatus: Readonly<Record<string, bigint | undefined>>): Record<string, bigint> {
  return Object.fromEntries(Object.entries(byStatus).map(([name, count]) => [name, count ?? 0n]));
}
