import type { Facts } from "../facts/facts.ts";
import { judgeHosts } from "../finder/judge-hosts.ts";
import type { FoundHost } from "../finder/report.ts";
import { hostName, toldCounts } from "./told-hosts.ts";

/** The count of one application at one threshold, over hosts that each count alone. */
export interface SplitAt {
  readonly application: string;
  readonly requiredCount: number;
  readonly hosts: readonly { readonly host: string; readonly count: number }[];
  readonly sum: number;
  /** No host reaches it, or some do while others stay below. */
  readonly state: "all-below" | "some-below";
}

interface Counting {
  readonly application: string;
  /** The least of each host's products, and what a machine that was seen waits for. */
  readonly thresholds: readonly number[];
  readonly hosts: readonly { readonly host: string; readonly count: number; readonly isStandby: boolean }[];
}

/** Each application that two hosts or more count, at the smallest threshold that matters and that some host does not meet. */
export function splitCounts(facts: Facts): readonly SplitAt[] {
  return countingHosts(facts).flatMap(({ application, thresholds, hosts }) => {
    if (hosts.length < 2) return [];
    const splits = [...new Set(thresholds)]
      .toSorted((a, b) => a - b)
      .flatMap((requiredCount) => {
        const below = hosts.filter(({ count }) => count < requiredCount);
        const isReached = below.length < hosts.length;
        // A host that stands by is asked only when the others fail: that its count is low is what it is for.
        if (below.length === 0 || (isReached && below.every(({ isStandby }) => isStandby))) return [];
        const state = isReached ? ("some-below" as const) : ("all-below" as const);
        const sum = hosts.reduce((all, { count }) => all + count, 0);
        return [{ application, requiredCount, hosts: hosts.map(({ host, count }) => ({ host, count })), sum, state }];
      });
    return splits.slice(0, 1);
  });
}

/** By what hosts sign for anybody; where that is less than two hosts, by what hosts told the doctor. */
function countingHosts(facts: Facts): readonly Counting[] {
  const seen = facts.network === undefined ? [] : seenOnNetwork(facts);
  return seen.some(({ hosts }) => hosts.length > 1) ? seen : toldFromWithin(facts);
}

function seenOnNetwork(facts: Facts): readonly Counting[] {
  if (facts.network === undefined) return [];
  const { counts, hosts } = judgeHosts(facts.network);
  return counts.map(({ application, applicationId, hosts: counting }) => ({
    application,
    thresholds: [
      ...waitedFor(facts, applicationId),
      ...counting.map(({ required }) => required).filter((required) => required > 0),
    ],
    hosts: counting.flatMap(({ host, currentCount }) =>
      currentCount === undefined ? [] : [{ host, count: currentCount, isStandby: isStandby(host, hosts) }],
    ),
  }));
}

function toldFromWithin(facts: Facts): readonly Counting[] {
  const told = toldCounts(facts);
  const ids = [...new Set(told.map(({ count }) => count.applicationId))];
  return ids.map((applicationId) => {
    const own = told.filter(({ count }) => count.applicationId === applicationId);
    const least = own.flatMap(({ count }) => count.thresholds[0]?.requiredCount ?? []);
    const distinctHosts = own.filter(({ host }, i) => own.findIndex((one) => one.host.hostId === host.hostId) === i);
    return {
      application: own[0]?.count.applicationName ?? applicationId,
      thresholds: [...waitedFor(facts, applicationId), ...least],
      hosts: distinctHosts.map(({ host, count }) => ({
        host: hostName(host),
        count: count.currentCount,
        isStandby: false,
      })),
    };
  });
}

/** What the machines that were seen wait for, if any of them does. */
function waitedFor({ clients }: Facts, applicationId: string): readonly number[] {
  return clients
    .flatMap(({ products }) => products)
    .filter((product) => product.applicationId === applicationId && product.status !== 1)
    .flatMap(({ requiredCount }) => requiredCount ?? []);
}

/** Whether every record that leads there is of a worse priority than one that leads to another host. */
function isStandby(host: string, hosts: readonly FoundHost[]): boolean {
  const priorities = (name: string) =>
    hosts.find((one) => one.host === name)?.records.map(({ priority }) => priority) ?? [];
  const own = priorities(host);
  const best = Math.min(...hosts.flatMap(({ records }) => records.map(({ priority }) => priority)));
  return own.length > 0 && own.every((priority) => priority > best);
}
