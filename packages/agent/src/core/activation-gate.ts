import { RefusalError, refuse, tokenBuckets } from "@countersign/domain";

/**
 * What programs without root may have asked, for each publisher: the machine has one CMID there, and its hosts give that
 * six questions an hour (protocol.md §5.6). One an hour is left to the machine's own schedule.
 */
export const ACTIVATIONS = { burst: 5, perHour: 5 } as const;

/** Far more publishers than a machine has: programs name only those whose trust files root placed. */
const MOST_PUBLISHERS = 1_000;

/** Whose licence is asked for. */
export interface AskedProduct {
  /** 32 hexadecimal digits. */
  readonly publisherId: string;
  readonly activationId: string;
}

/** Lets a question to the hosts through, or throws RATE_LIMITED with the seconds until the next one may be asked. */
export type ActivationGate = <Result>(product: AskedProduct, ask: () => Promise<Result>) => Promise<Result>;

/** Root's: nothing is counted. */
export const openGate: ActivationGate = (_product, ask) => ask();

/** Everybody's. Who comes while the product is being asked for joins that attempt, which costs nothing more. */
export function activationGate(monotonicMs: () => number): ActivationGate {
  const buckets = tokenBuckets(ACTIVATIONS.burst, ACTIVATIONS.perHour / 3_600, MOST_PUBLISHERS);
  const underWay = new Set<string>();
  return async ({ publisherId, activationId }, ask) => {
    if (underWay.has(activationId)) return ask();
    const waitS = buckets.take(publisherId, monotonicMs());
    if (waitS > 0) {
      const detail = `${ACTIVATIONS.perHour} attempts an hour by programs without root`;
      throw new RefusalError(refuse("RATE_LIMITED", { detail }, waitS));
    }
    underWay.add(activationId);
    try {
      return await ask();
    } finally {
      underWay.delete(activationId);
    }
  };
}
