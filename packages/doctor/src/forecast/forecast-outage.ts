import type { Facts } from "../facts/facts.ts";
import type { CountFacts } from "../facts/host-facts.ts";

const DAY_MS = 86_400_000;
/** Machines that were not heard of for so long ask nobody any more: an outage takes nothing from them. */
const ASKING_DAYS = 30;

/** When the licences of those who still ask end, if from now on no host answers. */
export interface OutageForecast {
  /** An application of a host, or a product of one machine. */
  readonly subject: string;
  readonly machines: number;
  /** The first, half and all of them. Whole days of the first possible instant: nothing ends before. */
  readonly firstMs: number;
  readonly halfMs: number;
  readonly lastMs: number;
}

/** One for every application that is counted and every licensed product of a client that was seen. */
export function forecastOutage({ hosts, clients, gatheredMs }: Facts): readonly OutageForecast[] {
  const counts = hosts.flatMap(({ seats }) => seats.flatMap((seat) => seat.counts));
  const applications = counts.flatMap((count) => outageOfCount(count, gatheredMs) ?? []);
  const products = clients.flatMap(({ machineName, products }) =>
    products.flatMap(({ name, status, expiresMs }) => {
      if (status !== 1 || expiresMs === undefined) return [];
      return [
        { subject: `${name} on ${machineName}`, machines: 1, firstMs: expiresMs, halfMs: expiresMs, lastMs: expiresMs },
      ];
    }),
  );
  return [...applications, ...products];
}

/** The same for one application of a host; undefined: nobody asks. */
export function outageOfCount(
  { applicationName, lastContacts, validityDays }: CountFacts,
  nowMs: number,
): OutageForecast | undefined {
  const ends = lastContacts
    .filter(({ dayMs, machines }) => machines > 0 && dayMs > nowMs - ASKING_DAYS * DAY_MS)
    .map(({ dayMs, machines }) => ({ endMs: dayMs + validityDays * DAY_MS, machines }))
    .toSorted((a, b) => a.endMs - b.endMs);
  const machines = ends.reduce((sum, end) => sum + end.machines, 0);
  const [first, last] = [ends[0], ends.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  let ended = 0;
  const half = ends.find((end) => {
    ended += end.machines;
    return 2 * ended >= machines;
  });
  return {
    subject: applicationName,
    machines,
    firstMs: first.endMs,
    halfMs: (half ?? last).endMs,
    lastMs: last.endMs,
  };
}
