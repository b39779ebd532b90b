import type { Product, ProductClass } from "./product.ts";

const DAY_S = 86_400;

/** The numbers of behaviour.md §1, used where a publisher says nothing else. */
export const DEFAULT_POLICY = {
  requiredCount: { client: 25, server: 5 } satisfies Record<ProductClass, number>,
  validityS: 180 * DAY_S,
  renewalS: 7 * DAY_S,
  retryS: 7_200,
  initialGraceS: 30 * DAY_S,
  additionalGraceS: 30 * DAY_S,
  rebindGraceS: 7 * DAY_S,
  nonGenuineGraceS: 7 * DAY_S,
  rearms: 3,
  jitterPct: 10,
  ephemeralLeaseS: DAY_S,
} as const;

/** The window in which a machine counts after its last contact: 30 days. */
export const COUNT_WINDOW_MS = 30 * DAY_S * 1000;

/** n(r) of protocol.md §8.1: the certificate's site grant for the key group, else the signed policy. Never the client's claim. */
export function requiredCountOf(product: Product, siteRequired: ReadonlyMap<number, number>): number {
  return siteRequired.get(product.keyGroup) ?? product.requiredCount;
}
