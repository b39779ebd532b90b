import {
  type HostFacts,
  LICENSE_STATUS,
  type LicenceFacts,
  type LicenseStatus,
  type ProductFacts,
  toUuid,
} from "@countersign/domain";
import { CERTIFICATE_FLAG } from "@countersign/protocol";
import type { ServingState } from "./activate-clients.ts";
import type { DomainPublication } from "./dns/dns-publishing.ts";
import { type KeyPlace, keyPlace } from "./key-place.ts";
import type { Seat } from "./seat.ts";
import { countStatus, standing } from "./status.ts";

const NO_ID = new Uint8Array(16);

const STATUS: Readonly<Record<ReturnType<typeof standing>["hostStatus"], LicenseStatus>> = {
  unlicensed: LICENSE_STATUS.unlicensed,
  licensed: LICENSE_STATUS.licensed,
  notification: LICENSE_STATUS.notification,
};

/** What `/dlv` says of this host: one licence a publisher. */
export async function hostLicences(
  seats: readonly Seat[],
  state: ServingState,
  publications: readonly DomainPublication[],
): Promise<readonly LicenceFacts[]> {
  const nowMs = state.clock.next(state.latestNotAfterMs()).guardedMs;
  const dnsPublications = publications.map(({ domain, atMs, code }) => ({ domain, atMs, code }));
  const licences: LicenceFacts[] = [];
  for (const seat of seats) {
    const licence = await hostLicence(seat, state, nowMs);
    licences.push({ ...licence, host: { ...licence.host, dnsPublications } });
  }
  return licences;
}

async function hostLicence(seat: Seat, state: ServingState, nowMs: number) {
  const place = keyPlace(seat);
  const { hostStatus, reason } = standing(seat, nowMs, state.parts.clock.wallMs());
  const certificate = seat.certificate?.value;
  return {
    product: productFacts(seat, place),
    state: {
      status: STATUS[hostStatus],
      remainingMinutes: undefined,
      endsMs: certificate?.notAfterMs,
      reason: reason === "" ? undefined : reason,
      rearmsLeft: undefined,
      trustedTimeMs: nowMs,
      testSite: ((certificate?.flags ?? 0) & CERTIFICATE_FLAG.test) !== 0,
    },
    host: await hostFacts(seat, place, state, nowMs),
  };
}

function productFacts({ row, trust }: Seat, { application, product }: KeyPlace): ProductFacts {
  return {
    name: product?.name ?? application?.name ?? trust.publisherName,
    channel: "host key",
    keyGroup: row.key?.keyGroup ?? 0,
    activationId: toUuid(product?.activationId ?? NO_ID),
    applicationId: toUuid(application?.applicationId ?? NO_ID),
    partialKey: row.key?.lastFive ?? "",
  };
}

async function hostFacts(
  seat: Seat,
  { application }: KeyPlace,
  state: ServingState,
  nowMs: number,
): Promise<Omit<HostFacts, "dnsPublications">> {
  const { parts, settings } = state;
  const { dnsPublishing, lowPriority } = settings.effective.values;
  const counted = application && (await countStatus(seat, application, state, nowMs));
  return {
    hostId: toUuid(parts.store.identity.hostId),
    currentCount: counted?.currentCount ?? 0,
    listeningPort: parts.listeningPort(),
    ...{ dnsPublishing, lowPriority },
    ...(await requestFacts(seat, state)),
    machinesSeen: counted?.machinesSeen ?? 0,
    agreement: await agreementOf(seat, state, nowMs),
    validUntilMs: seat.certificate?.value.notAfterMs,
  };
}

/** The counters, and of the failed ones the reasons, most frequent first. */
async function requestFacts({ row }: Seat, { parts }: ServingState) {
  const { total, failed, byStatus, failedByReason } = await parts.store.counters(row.seat);
  const reasons = Object.entries(failedByReason).map(([reason, count]) => ({
    reason: reason || UNKNOWN_REASON,
    count,
  }));
  return { requests: { total, failed, byStatus }, failedByReason: reasons.toSorted((a, b) => b.count - a.count) };
}

/** Of requests that failed before reasons were counted. */
const UNKNOWN_REASON = "not recorded";

/** Seats agreed with the vendor beside the machines seen: over them nobody is refused (behaviour.md §1). */
async function agreementOf(seat: Seat, state: ServingState, nowMs: number): Promise<HostFacts["agreement"]> {
  const agreed = new Map(
    seat.certificate?.value.seats.map(({ applicationId, count }) => [toUuid(applicationId), count]),
  );
  const rows: HostFacts["agreement"][number][] = [];
  for (const { value } of seat.trust.policies) {
    const seats = agreed.get(toUuid(value.application.applicationId));
    if (seats === undefined) continue;
    const { machinesSeen: inUse } = await countStatus(seat, value.application, state, nowMs);
    rows.push({ application: value.application.name, seats, inUse });
  }
  return rows;
}
