import type { HostFacts, SeatFacts } from "@countersign/doctor";
import { type Application, toUuid } from "@countersign/domain";
import type { RefusalSum, RequestSums } from "@countersign/storage";
import type { HostParts } from "../host-parts.ts";
import type { Seat } from "../seat.ts";

const DAY_MS = 86_400_000;
const CONTACT_DAYS = 35;
const REFUSED_DAYS = 7;
/** No further days of contacts are summed up once so many requests were: what it costs must not grow with the fleet. */
const MOST_REQUESTS = 20_000;
const MOST_NAMES = 20;
const MOST_REASONS = 20;
/** A machine was answered below the count, or told to draw another CMID: it was served. */
const SERVED: readonly string[] = ["COUNT_TOO_LOW", "REIDENTIFY"];

/** What the log says of requests. */
export interface RequestFacts {
  readonly contacts: HostFacts["contacts"];
  /** By the number of the seat; 0 = of no publisher this host knows. */
  readonly refused: ReadonlyMap<number, SeatFacts["refusedLately"]>;
}

/** Sums up whole days (UTC), the newest first, as far as the bound reaches. */
export async function requestFacts(
  seats: readonly Seat[],
  { store, defer }: Pick<HostParts, "store" | "defer">,
  nowMs: number,
): Promise<RequestFacts> {
  const applications = applicationsOf(seats);
  const contacts: HostFacts["contacts"] = [];
  const refused: RefusalSum[] = [];
  const today = Math.floor(nowMs / DAY_MS);
  let looked = 0;
  for (let back = 0; back < CONTACT_DAYS; back++) {
    const span = { fromMs: (today - back) * DAY_MS, toMs: (today - back + 1) * DAY_MS };
    if (back < REFUSED_DAYS) refused.push(...(await store.sumRefusals(span, SERVED)));
    if (looked >= MOST_REQUESTS) continue;
    const sums = await store.sumRequests(span);
    looked += sums.requests;
    contacts.push(...contactsOf(sums.contacts, span.fromMs, applications));
    await defer();
  }
  const described: [number, SeatFacts["refusedLately"][number]][] = [];
  for (const sum of joined(refused).slice(0, MOST_REASONS))
    described.push([sum.seat, { ...reasonFacts(sum), detail: await productIn(sum, store, seats) }]);
  const bySeat = Map.groupBy(described, ([seat]) => seat);
  return { contacts, refused: new Map([...bySeat].map(([seat, told]) => [seat, told.map(([, one]) => one)])) };
}

/** Of several days, the newest first, one sum a reason. */
function joined(sums: readonly RefusalSum[]): readonly RefusalSum[] {
  const byReason = new Map<string, RefusalSum>();
  for (const sum of sums) {
    const known = byReason.get(`${sum.seat} ${sum.reason}`);
    const machines = [...new Set([...(known?.machines ?? []), ...sum.machines])];
    const requests = sum.requests + (known?.requests ?? 0);
    byReason.set(`${sum.seat} ${sum.reason}`, { ...(known ?? sum), requests, machines });
  }
  return [...byReason.values()].sort((a, b) => b.requests - a.requests);
}

function reasonFacts({ reason, requests, machines }: RefusalSum) {
  return { reason, count: requests, machines: machines.slice(0, MOST_NAMES) };
}

/** A machine with two products of one application asked twice for it: the larger number is nearer to the truth. */
function contactsOf(
  sums: RequestSums["contacts"],
  dayMs: number,
  applications: ReadonlyMap<string, Application>,
): HostFacts["contacts"] {
  const machines = new Map<string, number>();
  for (const sum of sums) {
    const application = applications.get(sum.activationId);
    if (application === undefined) continue;
    const id = toUuid(application.applicationId);
    machines.set(id, Math.max(sum.machines, machines.get(id) ?? 0));
  }
  return [...machines].map(([applicationId, count]) => ({ dayMs, applicationId, machines: count }));
}

function applicationsOf(seats: readonly Seat[]): ReadonlyMap<string, Application> {
  const places = seats.flatMap(({ products }) => [...products.values()]);
  return new Map(places.map(({ application, product }) => [toUuid(product.activationId), application]));
}

/** Which product the newest refusal was about, and the least version that product wants. */
async function productIn(
  { lastEventId }: RefusalSum,
  store: HostParts["store"],
  seats: readonly Seat[],
): Promise<string> {
  const [event] = await store.events({ afterId: lastEventId - 1, limit: 1, eventIds: [] });
  const places = seats.flatMap(({ products }) => [...products.values()]);
  const isAsked = (activationId: Uint8Array) => toUuid(activationId) === event?.data["activationId"];
  const product = places.find((place) => isAsked(place.product.activationId))?.product;
  if (product === undefined) return "";
  return product.leastHostVersion === ""
    ? product.name
    : `${product.name}, which wants version ${product.leastHostVersion} or later`;
}
