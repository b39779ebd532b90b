import { REFUSALS, refusalReasonOf } from "@countersign/domain";
import type { ProductFacts } from "../facts/client-facts.ts";
import { type Check, check, type Found } from "./check.ts";
import { DAY_MS, dayText, spanText } from "./phrases.ts";
import { aboutProduct, eachProduct, placesOf, type ToldProduct } from "./told-products.ts";

const DAY_MINUTES = 1_440;
const SOON_MINUTES = 30 * DAY_MINUTES;
/** A grace with less than this left is trouble even on a machine that is new. */
const LAST_WEEK_MINUTES = 7 * DAY_MINUTES;

const productIsLicensed = check({
  id: "CS-LIC-001",
  good: "each product is licensed",
  about:
    "A product is licensed for 180 days from its last good answer, in initial grace for 30 days at first, in additional grace for 30 days after its end, then in notification. It is never switched off.",
  byHand: ["countersign slmgr /dlv", "countersign slmgr /xpr"],
  needs: [],
  reads: ["client"],
  findings: {
    NOT_LICENSED: {
      gravity: "error",
      cause: "{product} on {machine} is not licensed ({reason})",
      effect: "it reminds its users, and asks hosts where it has a key",
      remedy: "countersign slmgr /ato{data}",
      advice: "mend what the other findings name, then activate it",
    },
    IN_GRACE: {
      gravity: "error",
      cause: "{product} on {machine} is in its {grace}, which ends {end}",
      effect: "it works until then, and reminds its users afterwards",
      remedy: "countersign slmgr /ato{data}",
      advice: "make sure that a host can be reached; the machine asks by itself every 2 hours",
    },
    NOTIFICATION: {
      gravity: "error",
      cause: "the grace of {product} on {machine} is over ({reason})",
      effect: "it reminds its users until a host has answered",
      remedy: "countersign slmgr /ato{data}",
      advice: "mend what the other findings name, then activate it; the machine also asks by itself every 2 hours",
    },
  },
  judge: (facts) => eachProduct(facts, unlicensed),
});

const licenceLasts = check({
  id: "CS-LIC-002",
  good: "each licence lasts for 30 days or more",
  about:
    "A machine that renews every week always has about 180 days left. With less than 150 it has not been answered for a month.",
  byHand: ["countersign slmgr /xpr"],
  needs: [],
  reads: ["client"],
  findings: {
    EXPIRES_SOON: {
      gravity: "warning",
      cause: "the licence of {product} on {machine} ends {end}",
      effect: "after it the machine is in additional grace for 30 days, then reminds its users",
      remedy: "countersign slmgr /ato{data}",
      advice: "mend what keeps it from renewing before that day",
    },
  },
  judge: (facts) =>
    eachProduct(facts, (told) => {
      const { status, remainingMinutes, lastLeaseMs } = told.product;
      if (status !== 1 || remainingMinutes === undefined || remainingMinutes >= soonMinutes(told.product)) return [];
      const last = lastLeaseMs === undefined ? [] : [`last renewed ${dayText(lastLeaseMs)}`];
      const evidence = [`${told.product.name}: ${Math.floor(remainingMinutes / DAY_MINUTES)} days left`, ...last];
      return [
        {
          finding: "EXPIRES_SOON",
          ...aboutProduct(told),
          params: { ...placesOf(told), end: endOf(told.product) },
          evidence,
        },
      ];
    }),
});

/** Whether the machine may be used. */
export const LICENCE_CHECKS: readonly Check[] = [productIsLicensed, licenceLasts];

const GRACES: Readonly<Record<number, string>> = {
  2: "initial grace",
  3: "additional grace",
  4: "non-genuine grace",
  6: "extended grace",
};

function unlicensed(told: ToldProduct): readonly Found<"NOT_LICENSED" | "IN_GRACE" | "NOTIFICATION">[] {
  const { product } = told;
  const { status, reason, name } = product;
  if (status === 1) return [];
  const known = refusalReasonOf(reason);
  const code = known === undefined ? "" : ` (0x${REFUSALS[known].code.toString(16).toUpperCase().padStart(8, "0")})`;
  const about = aboutProduct(told);
  const evidence = [`${name}: status ${status}${reason === "" ? "" : `, ${reason}${code}`}`];
  const params = {
    ...placesOf(told),
    reason: reason || "no reason told",
    end: endOf(product),
    grace: GRACES[status] ?? "grace",
  };
  if (status === 0) return [{ finding: "NOT_LICENSED", ...about, params, evidence }];
  if (status === 5) return [{ finding: "NOTIFICATION", ...about, params, evidence }];
  // A machine that is new has its month: that it asks and gets no licence is said by what keeps it from one.
  const isYoung = status === 2 && (product.remainingMinutes ?? 0) >= LAST_WEEK_MINUTES;
  return [{ finding: "IN_GRACE", ...about, ...(isYoung && { gravity: "notice" as const }), params, evidence }];
}

/** Of a licence of few days by policy, a sixth: it is not near its end from its first day on. */
function soonMinutes({ lastLeaseMs, expiresMs }: ProductFacts): number {
  if (lastLeaseMs === undefined || expiresMs === undefined) return SOON_MINUTES;
  return Math.min(SOON_MINUTES, (expiresMs - lastLeaseMs) / 60_000 / 6);
}

function endOf({ expiresMs, remainingMinutes }: ProductFacts): string {
  if (expiresMs !== undefined) return `on ${dayText(expiresMs)}`;
  if (remainingMinutes === undefined) return "on no set day";
  return remainingMinutes < DAY_MINUTES ? "within a day" : `in ${spanText((remainingMinutes / DAY_MINUTES) * DAY_MS)}`;
}
