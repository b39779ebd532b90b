import type { CountFacts, SeatFacts } from "@countersign/doctor";
import {
  type Application,
  equalBytes,
  type Product,
  type RefusalReason,
  requiredCountOf,
  toHex,
  toUuid,
} from "@countersign/domain";
import type { SurveyDay } from "@countersign/storage";
import { countNow, type ServingState } from "../activate-clients.ts";
import type { HostCore } from "../open-core.ts";
import type { Seat } from "../seat.ts";
import { standing } from "../status.ts";
import type { RequestFacts } from "./request-facts.ts";
import type { InventorySurvey } from "./survey-inventory.ts";

const DAY_S = 86_400;
/** As far back as an inventory is looked at. */
const MOST_DAYS = 400;

/** Why the last attempt to get a certificate came to nothing, and since when that is so. */
export interface CertificateFailure {
  readonly reason: RefusalReason;
  readonly detail: string;
  readonly sinceMs: number;
}

/** What the facts of the seats are made of. */
export interface SeatSources {
  readonly core: HostCore;
  readonly survey: InventorySurvey;
  readonly requests: RequestFacts;
  readonly certificateFailure: (seat: number) => CertificateFailure | undefined;
  readonly nowMs: number;
  readonly wallMs: number;
}

/** Each publisher's. Requests of no publisher known are told with the first. */
export async function seatFacts(sources: SeatSources): Promise<SeatFacts[]> {
  const facts: SeatFacts[] = [];
  for (const seat of sources.core.seats()) facts.push(await oneSeat(seat, sources, facts.length === 0));
  return facts;
}

async function oneSeat(seat: Seat, sources: SeatSources, isFirst: boolean): Promise<SeatFacts> {
  const { row, trust, certificate } = seat;
  const { core, requests, nowMs, wallMs } = sources;
  const { total, failed, failedByReason } = await core.parts.store.counters(row.seat);
  const failure = sources.certificateFailure(row.seat);
  const counts: CountFacts[] = [];
  for (const { value } of trust.policies) counts.push(await countFacts(seat, value.application, sources));
  return {
    publisherId: toHex(row.publisherId),
    publisherName: trust.publisherName,
    ...standing(seat, nowMs, wallMs),
    partialKey: row.key?.lastFive ?? "",
    keyGroups: [...(certificate?.value.keyGroups ?? [])],
    ...(certificate === undefined ? {} : { notAfterMs: certificate.value.notAfterMs }),
    ...renewalFacts(seat, failure, nowMs),
    serviceUrl: trust.serviceUrl,
    ...(failure === undefined ? {} : { publisher: publisherFacts(failure) }),
    counts,
    requests: {
      ...{ total, failed },
      failedByReason: Object.entries(failedByReason)
        .map(([reason, count]) => ({ reason, count }))
        .toSorted((a, b) => b.count - a.count),
    },
    refusedLately: [...(requests.refused.get(row.seat) ?? []), ...(isFirst ? (requests.refused.get(0) ?? []) : [])],
  };
}

/** Due from two thirds of a certificate's life on. */
function renewalFacts({ certificate }: Seat, failure: CertificateFailure | undefined, nowMs: number) {
  if (certificate === undefined) return {};
  const { notBeforeMs, notAfterMs } = certificate.value;
  const dueMs = Math.round(notBeforeMs + ((notAfterMs - notBeforeMs) * 2) / 3);
  if (nowMs < dueMs) return {};
  return { renewal: { dueMs, ...(failure === undefined ? {} : { failure }) } };
}

/** What asking for a certificate last came to: whoever refuses was reached. */
function publisherFacts({ reason, detail }: CertificateFailure): SeatFacts["publisher"] {
  return { reachable: !["PUBLISHER_UNREACHABLE", "TIMEOUT"].includes(reason), reason, detail };
}

async function countFacts(
  { row, certificate }: Seat,
  application: Application,
  { core, survey, nowMs }: SeatSources,
): Promise<CountFacts> {
  const { applicationId, name, products } = application;
  const days = survey.days.filter((day) => day.seat === row.seat && isOf(day, application));
  const counted = days.filter((day) => day.applicationId !== undefined);
  const covered = products.filter(({ keyGroup }) => certificate?.value.keyGroups.includes(keyGroup) ?? true);
  const thresholds = covered.map((product) => ({
    productName: product.name,
    requiredCount: requiredCountOf(product, certificate?.siteRequired ?? new Map()),
  }));
  return {
    applicationId: toUuid(applicationId),
    applicationName: name,
    currentCount: await currentCountOf(core.state, row.seat, applicationId, nowMs),
    machinesSeen: counted.reduce((sum, { seen }) => sum + seen, 0),
    newMachines: counted.reduce((sum, { fresh }) => sum + fresh, 0),
    lastContacts: lastContactsOf(days),
    validityDays: shortestDays(products),
    thresholds: thresholds.toSorted((a, b) => a.requiredCount - b.requiredCount),
  };
}

async function currentCountOf(state: ServingState, seat: number, applicationId: Uint8Array, nowMs: number) {
  return (await countNow(state, { seat, applicationId }, nowMs)).count;
}

/** Machines without a row are of the application that has the product they asked for. */
function isOf({ applicationId, productId }: SurveyDay, application: Application): boolean {
  if (applicationId !== undefined) return equalBytes(applicationId, application.applicationId);
  return application.products.some((product) => product.productId === productId);
}

function lastContactsOf(days: readonly SurveyDay[]): CountFacts["lastContacts"] {
  const byDay = new Map<number, number>();
  for (const { dayMs, machines } of days) byDay.set(dayMs, machines + (byDay.get(dayMs) ?? 0));
  const newestFirst = [...byDay].sort(([a], [b]) => b - a).slice(0, MOST_DAYS);
  return newestFirst.map(([dayMs, machines]) => ({ dayMs, machines }));
}

function shortestDays(products: readonly Product[]): number {
  return products.length === 0 ? 0 : Math.min(...products.map(({ maxValidityS }) => maxValidityS)) / DAY_S;
}
