import type { ClientFacts } from "../facts/client-facts.ts";
import type { HostFacts, SeatFacts } from "../facts/host-facts.ts";
import { type Check, check, judged, moot } from "./check.ts";
import { bareName } from "./names.ts";
import { counted, distinct, firstOf, reasonText } from "./phrases.ts";
import { dataOption, hostName, toldHosts } from "./told-hosts.ts";

const NOT_COVERED = ["GROUP_NOT_AUTHORIZED", "PRODUCT_UNKNOWN"];

const productsAreCovered = check({
  id: "CS-HST-004",
  good: "the host's key covers every product it is asked for",
  about:
    "A host key serves its own and older generations, its class and below. What is newer or above needs a newer host key.",
  byHand: ["countersign events --id 12290 --text GROUP_NOT_AUTHORIZED", "countersign slmgr /dlv"],
  needs: [],
  reads: ["host", "client"],
  findings: {
    PRODUCT_NOT_COVERED: {
      gravity: "error",
      cause: "{product} is not covered by the host key of {host}",
      effect: "machines with it read GROUP_NOT_AUTHORIZED (0xC004F042) and are not licensed here",
      remedy: "countersign host key install -{data}",
      advice: "install a host key on that host that covers the product, or point the machines at a host that has one",
    },
    PRODUCT_UNKNOWN_THERE: {
      gravity: "error",
      cause: "{product} is in no policy that {host} knows",
      effect: "machines with it read PRODUCT_UNKNOWN (0xC004F042) and are not licensed here",
      remedy: "countersign host trust add NEWEST.cstrust{data}",
      advice:
        "give the host the publisher's newest trust file; it fetches newer ones by itself where the publisher can be reached",
    },
  },
  judge: (facts) => {
    const refused = [...facts.clients.flatMap(refusedToClient), ...toldHosts(facts).flatMap(refusedByHost)];
    if (facts.clients.length === 0 && toldHosts(facts).length === 0)
      return moot("neither a host nor a client was seen from within");
    const reasons = NOT_COVERED.filter((reason) => refused.some((one) => one.reason === reason));
    return judged(
      reasons.map((reason) => {
        const all = refused.filter((one) => one.reason === reason);
        const product = all.find((one) => one.product !== "")?.product ?? "a product that machines ask for";
        const host = all.find((one) => one.host !== "")?.host ?? "the host";
        const [own] = toldHosts(facts);
        return {
          finding: reason === "PRODUCT_UNKNOWN" ? ("PRODUCT_UNKNOWN_THERE" as const) : ("PRODUCT_NOT_COVERED" as const),
          subject: `${host} ${product}`,
          params: { product, host, data: own === undefined ? "" : dataOption(own) },
          concerns: distinct(all.flatMap(({ concerns }) => concerns)),
          evidence: all.flatMap(({ evidence }) => evidence).slice(0, 10),
        };
      }),
    );
  },
});

/** What the host may serve, and what is asked of it. */
export const COVERED_PRODUCTS_CHECKS: readonly Check[] = [productsAreCovered];

interface RefusedProduct {
  readonly reason: string;
  readonly host: string;
  readonly product: string;
  readonly concerns: readonly string[];
  readonly evidence: readonly string[];
}

/** What hosts told the client about its own products, where it is not licensed for all that. */
function refusedToClient({ machineName, products }: ClientFacts): readonly RefusedProduct[] {
  return products.flatMap(({ name, lastAttempt, keyGroup }) => {
    const tried = lastAttempt?.tried ?? [];
    if (tried.some(({ reason }) => reason === "")) return [];
    return tried
      .filter(({ reason }) => NOT_COVERED.includes(reason))
      .map(({ reason, host, detail }) => ({
        ...{ reason, host, product: keyGroup === undefined ? name : `${name} (key group ${keyGroup})` },
        concerns: [machineName, bareName(host)],
        evidence: [`${host} answered ${machineName}: ${reasonText({ reason, detail })}`],
      }));
  });
}

function refusedByHost(host: HostFacts): readonly RefusedProduct[] {
  return host.seats.flatMap(({ refusedLately, keyGroups }: SeatFacts) =>
    refusedLately
      .filter(({ reason }) => NOT_COVERED.includes(reason))
      .map(({ reason, count, machines, detail }) => ({
        ...{ reason, host: hostName(host), product: detail },
        concerns: [hostName(host)],
        evidence: [
          `${counted(count, "request")} of the last 7 days refused with ${reason}${machines.length > 0 ? `, of ${firstOf(machines)}` : ""}`,
          `its key covers key groups ${keyGroups.join(", ") || "none"}`,
        ],
      })),
  );
}
