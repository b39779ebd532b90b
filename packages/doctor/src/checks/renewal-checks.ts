import { REFUSALS, refusalReasonOf } from "@countersign/domain";
import type { ProductFacts, TriedHostFacts } from "../facts/client-facts.ts";
import type { Facts } from "../facts/facts.ts";
import { isServedNow } from "./asked-hosts.ts";
import { type Check, check, type Found, judged, moot } from "./check.ts";
import { lookText } from "./domain-sights.ts";
import { counted, DAY_MS, HOUR_MS, instantText } from "./phrases.ts";
import { aboutProduct, eachProduct, placesOf, type ToldProduct } from "./told-products.ts";

/** One renewal may be missed by a machine that was off; two in a row are a failing. */
const MISSED_RENEWALS = 2;
const ERROR_MINUTES = 30 * 1_440;
const USUAL_RENEWAL_MINUTES = 10_080;

const renewalsSucceed = check({
  id: "CS-RNW-001",
  good: "renewals succeed",
  about:
    "A licensed machine renews every 7 days and stays licensed for 180 without. So failing renewals show only here, months before anybody notices.",
  byHand: ["countersign events --side client --id 12288,12289,8198", "countersign slmgr /dlv"],
  needs: [],
  reads: ["client"],
  findings: {
    RENEWAL_FAILING: {
      gravity: "warning",
      cause: "{product} on {machine} was last renewed {days} ago, though it is licensed still",
      effect: "its licence runs out {left} unless a host answers",
      remedy: "countersign slmgr /ato{data}",
      advice: "activate it by hand: the codes of the hosts it tries say what fails",
    },
  },
  judge: (facts) => eachProduct(facts, (told) => failingRenewal(told, facts)),
});

const attemptIsPlanned = check({
  id: "CS-RNW-002",
  good: "a next attempt is planned",
  about: "Every product with a key asks again by itself: every 2 hours until it is licensed, every 7 days afterwards.",
  byHand: ["countersign slmgr /dlv", "countersign events --side client --id 16384,12292"],
  needs: [],
  reads: ["client"],
  findings: {
    NO_ATTEMPT_PLANNED: {
      gravity: "error",
      cause: "no next attempt of {product} on {machine} is planned{late}",
      effect: "it asks no host by itself, and its licence runs out",
      remedy: "{serve}",
      advice: "start the agent, which plans it; where it runs, start it again and look for event 12292",
    },
  },
  judge: (facts) => {
    // Where a program or a person asks, nobody plans, and nothing is wrong with that.
    const planned = facts.clients.filter(({ from, agent }) => from === "agent" || agent !== undefined);
    if (planned.length === 0) return moot("no agent plans attempts where the doctor looked");
    return judged(
      planned.flatMap((client) => client.products.flatMap((product) => unplanned({ client, product }, facts))),
    );
  },
});

const lastAttemptSucceeded = check({
  id: "CS-RNW-003",
  good: "the last attempt had an answer",
  about:
    "An attempt asks one host after another until one gives a signed answer. ALL_HOSTS_FAILED only sums up: the code of each host says why.",
  byHand: ["countersign slmgr /dlv", "countersign explain MACHINE", "countersign events --side client --id 8198"],
  needs: [],
  reads: ["client"],
  findings: {
    ATTEMPT_FAILED: {
      gravity: "error",
      cause: "the last attempt of {product} on {machine} failed ({codes})",
      effect: "{effect}",
      remedy: "countersign slmgr /ato{data}",
      advice: "mend what the other findings name; the machine tries again by itself, and at once with this command",
    },
  },
  judge: (facts) => eachProduct(facts, (told) => failedAttempt(told, facts)),
});

/** Whether licences stay. */
export const RENEWAL_CHECKS: readonly Check[] = [renewalsSucceed, attemptIsPlanned, lastAttemptSucceeded];

function failingRenewal(told: ToldProduct, facts: Facts): readonly Found<"RENEWAL_FAILING">[] {
  const { product, client } = told;
  const { status, lastLeaseMs, renewalIntervalMinutes = USUAL_RENEWAL_MINUTES, remainingMinutes } = product;
  if (status !== 1 || lastLeaseMs === undefined) return [];
  const sinceMs = (client.clock?.believedMs ?? facts.gatheredMs) - lastLeaseMs;
  if (sinceMs <= MISSED_RENEWALS * Math.max(renewalIntervalMinutes * 60_000, HOUR_MS)) return [];
  const isLate = remainingMinutes !== undefined && remainingMinutes < ERROR_MINUTES;
  const left =
    remainingMinutes === undefined ? "some day" : `in ${counted(Math.floor(remainingMinutes / 1_440), "day")}`;
  return [
    {
      finding: "RENEWAL_FAILING",
      ...aboutProduct(told),
      ...(isLate && { gravity: "error" as const }),
      params: { ...placesOf(told), days: counted(Math.floor(sinceMs / DAY_MS), "day"), left },
      evidence: [`last renewed ${instantText(lastLeaseMs)}`, ...attemptLines(product)],
    },
  ];
}

function unplanned(told: ToldProduct, facts: Facts): readonly Found<"NO_ATTEMPT_PLANNED">[] {
  const { client, product } = told;
  const { nextAttemptMs, channel } = product;
  // Without a key there is nothing to plan (CS-KEY-001); a MAK is activated once, by a person.
  if (channel !== "setup key") return [];
  const nowMs = client.machine?.wallMs ?? facts.gatheredMs;
  const isLate = nextAttemptMs !== undefined && nowMs - nextAttemptMs > HOUR_MS;
  if (nextAttemptMs !== undefined && !isLate) return [];
  const late = nextAttemptMs === undefined ? "" : `: it was due ${instantText(nextAttemptMs)}`;
  return [
    {
      finding: "NO_ATTEMPT_PLANNED",
      ...aboutProduct(told),
      params: { ...placesOf(told), late, serve: client.agent?.command ?? "countersign agent serve" },
      evidence: [late === "" ? `${product.name}: no next attempt` : `${product.name}${late}, and was not made`],
    },
  ];
}

function failedAttempt(told: ToldProduct, facts: Facts): readonly Found<"ATTEMPT_FAILED">[] {
  const { product, client } = told;
  const { lastAttempt } = product;
  if (lastAttempt === undefined || lastAttempt.tried.some(({ reason }) => reason === "")) return [];
  if (lastAttempt.tried.length === 0 && (lastAttempt.lookups ?? []).length === 0) return [];
  // What failed then and answers now is history: the next attempt will find it.
  const isOver = isServedNow(client, facts);
  const reasons = lastAttempt.tried.length > 0 ? lastAttempt.tried : (lastAttempt.lookups ?? []);
  return [
    {
      finding: "ATTEMPT_FAILED",
      ...aboutProduct(told),
      ...(isOver && { gravity: "notice" as const }),
      params: {
        ...placesOf(told),
        codes: [...new Set(reasons.map(({ reason }) => reason))].join(", "),
        effect: isOver
          ? "none: a host answers now, and the next attempt will find it"
          : "it stays as it is until an attempt succeeds",
      },
      evidence: attemptLines(product),
    },
  ];
}

/** The last attempt, a line for each host with its own code, and for each name that DNS was asked. */
function attemptLines({ lastAttempt }: ProductFacts): readonly string[] {
  if (lastAttempt === undefined) return ["no attempt is recorded"];
  const { atMs, tried, lookups = [] } = lastAttempt;
  return [`attempt of ${instantText(atMs)}`, ...tried.map(triedText), ...lookups.map(lookText)];
}

function triedText({ host, why, reason, inner, detail }: TriedHostFacts): string {
  const known = refusalReasonOf(inner === "" ? reason : inner);
  const code = known === undefined ? "" : ` 0x${REFUSALS[known].code.toString(16).toUpperCase().padStart(8, "0")}`;
  const said = reason === "" ? "a verified answer" : `${inner === "" ? reason : `${reason}, ${inner}`}${code}`;
  return `${host} (${why}): ${said}${detail === "" ? "" : ` (${detail})`}`;
}
