import type { ClientFacts, ProductFacts } from "../facts/client-facts.ts";
import { type Check, check, type Found, judged, moot } from "./check.ts";
import { counted, firstOf, instantText } from "./phrases.ts";
import { ofMachine, slmgrData } from "./told-clients.ts";
import { concerning, dataOption, eachCount, hostName, type ToldCount, toldCounts } from "./told-hosts.ts";

const countMeetsThreshold = check({
  id: "CS-CNT-001",
  good: "each count meets the threshold of the products that are asked for",
  about:
    "A host activates machines once so many different ones asked within 30 days. The count is no inventory: it stops at twice the largest threshold, and machines beyond it are served all the same.",
  byHand: ["countersign host status", "countersign slmgr /dlv", "countersign events --id 12290 --since 30d"],
  needs: [],
  reads: ["host", "client"],
  findings: {
    TOO_FEW_MACHINES: {
      gravity: "error",
      cause: "{count} of {required} machines that {product} requires have asked {host}",
      effect: "no machine is activated before {missing} more have asked; each read COUNT_TOO_LOW (0xC004F038)",
      remedy: "{command}  # {missing} more machines must ask",
      advice:
        "let {missing} more machines ask this host; each asks by itself every 2 hours once it has its setup key and finds the host",
    },
  },
  judge: (facts) => {
    const counts = toldCounts(facts);
    const products = facts.clients.flatMap((client) => client.products.map((product) => ({ client, product })));
    if (counts.length === 0 && products.length === 0) return moot("neither a count nor a product was seen");
    const waiting = products.filter(({ product }) => isShort(product) && !isReachedSince(product, counts));
    const ofClients = waiting.flatMap(({ client, product }) =>
      ofMachine(client, [shortForClient(product, client, counts)]),
    );
    const told = new Set(waiting.map(({ product }) => product.applicationId));
    const ofHosts = counts
      .filter(({ count }) => !told.has(count.applicationId))
      .flatMap((told) => concerning(told.host, shortOnHost(told)));
    return judged([...ofClients, ...ofHosts]);
  },
});

const thresholdsAreMet = check({
  id: "CS-CNT-007",
  good: "the count meets every threshold, not only the smallest",
  about:
    "Products of one application share a count and may require different numbers: servers usually 5, workstations 25.",
  byHand: ["countersign host status", "countersign publisher product list"],
  needs: [],
  reads: ["host"],
  findings: {
    THRESHOLDS_DIFFER: {
      gravity: "notice",
      cause: "the count of {application} on {host} is {count}: enough for {met}, not for {unmet}",
      effect: "machines with {unmet} wait while others are activated",
      remedy: "countersign host status{data}  # {missing} more machines must ask",
      advice: "nothing to do where nobody has {unmet}; else let {missing} more machines ask",
    },
  },
  judge: (facts) =>
    eachCount(facts, ({ host, count }) => {
      const { currentCount, thresholds, applicationName: application } = count;
      const met = thresholds.filter(({ requiredCount }) => currentCount >= requiredCount);
      const [unmet] = thresholds.filter(({ requiredCount }) => currentCount < requiredCount);
      if (met.length === 0 || unmet === undefined) return [];
      return [
        {
          finding: "THRESHOLDS_DIFFER",
          subject: `${hostName(host)} ${application}`,
          params: {
            ...{ host: hostName(host), application, count: currentCount, data: dataOption(host) },
            ...{ met: firstOf(met.map(({ productName }) => productName)), unmet: unmet.productName },
            missing: unmet.requiredCount - currentCount,
          },
          evidence: thresholds.map(({ productName, requiredCount }) => `${productName} requires ${requiredCount}`),
        },
      ];
    }),
});

/** Whether enough machines ask. */
export const THRESHOLD_CHECKS: readonly Check[] = [countMeetsThreshold, thresholdsAreMet];

/** Not licensed for want of machines, or licensed still and no longer renewed for it. */
function isShort({ lastAnswer, requiredCount }: ProductFacts): boolean {
  if (lastAnswer === undefined) return false;
  const required = Math.max(lastAnswer.requiredCount, requiredCount ?? 0);
  return lastAnswer.reason === "COUNT_TOO_LOW" || (lastAnswer.reason === "" && lastAnswer.count < required);
}

/** A host that was seen since has enough: the machine need only ask again. */
function isReachedSince(
  { applicationId, lastAnswer, requiredCount }: ProductFacts,
  counts: readonly ToldCount[],
): boolean {
  const required = Math.max(lastAnswer?.requiredCount ?? 0, requiredCount ?? 0);
  const own = counts.filter(({ count }) => count.applicationId === applicationId);
  return own.some(({ count }) => count.currentCount >= required);
}

function shortForClient(
  product: ProductFacts,
  client: ClientFacts,
  counts: readonly ToldCount[],
): Found<"TOO_FEW_MACHINES"> {
  const { lastAnswer, applicationId, name, status, lastAttempt } = product;
  const machine = client.machineName;
  const [told] = counts.filter(({ count }) => count.applicationId === applicationId);
  const count = told?.count.currentCount ?? lastAnswer?.count ?? 0;
  const required = Math.max(lastAnswer?.requiredCount ?? 0, product.requiredCount ?? 0);
  const asked = lastAttempt?.tried.find(({ reason }) => reason === "" || reason === "COUNT_TOO_LOW")?.host;
  return {
    finding: "TOO_FEW_MACHINES",
    subject: `${machine} ${name}`,
    ...(status === 1 && { gravity: "warning" as const }),
    params: {
      ...{ count, required, product: name, host: told === undefined ? (asked ?? "the host") : hostName(told.host) },
      ...{ missing: required - count, command: `countersign slmgr /ato${slmgrData(client)}` },
    },
    evidence: [
      `${machine} was told a count of ${lastAnswer?.count} at ${instantText(lastAnswer?.atMs ?? 0)}, and needs ${required}`,
      ...(told === undefined ? [] : countEvidence(told)),
    ],
  };
}

/** Below even the smallest threshold. Nobody at all is told by the check of clients. */
function shortOnHost(told: ToldCount): readonly Found<"TOO_FEW_MACHINES">[] {
  const { host, count } = told;
  const [least] = count.thresholds;
  if (least === undefined || count.machinesSeen === 0 || count.currentCount >= least.requiredCount) return [];
  return [
    {
      finding: "TOO_FEW_MACHINES",
      subject: `${hostName(host)} ${count.applicationName}`,
      params: {
        ...{
          count: count.currentCount,
          required: least.requiredCount,
          product: least.productName,
          host: hostName(host),
        },
        ...{ missing: least.requiredCount - count.currentCount, command: `countersign host status${dataOption(host)}` },
      },
      evidence: countEvidence(told),
    },
  ];
}

function countEvidence({ host, count }: ToldCount): readonly string[] {
  const { applicationName, currentCount, machinesSeen, thresholds } = count;
  return [
    `${hostName(host)} counts ${currentCount} for ${applicationName}; ${counted(machinesSeen, "machine")} seen in 30 days`,
    ...thresholds.map(({ productName, requiredCount }) => `${productName} requires ${requiredCount}`),
  ];
}
