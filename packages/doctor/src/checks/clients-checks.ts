import type { Facts } from "../facts/facts.ts";
import { type Check, check } from "./check.ts";
import { counted, DAY_MS, dayText, distinct, firstOf } from "./phrases.ts";
import { adviceOf } from "./reason-advice.ts";
import { areSeveral, cmidUsers } from "./shared-cmids.ts";
import { dataOption, eachCount, eachHost, fieldText, hostName, recentEvents, type ToldCount } from "./told-hosts.ts";

/** What other checks say in words of their own. */
const SAID_ELSEWHERE = [
  "GROUP_NOT_AUTHORIZED",
  "PRODUCT_UNKNOWN",
  "HOST_TOO_OLD",
  "HOST_NOT_ENABLED",
  "HOST_NOT_ACTIVATED",
  "HOST_CERT_EXPIRED",
  "HOST_CLOCK_SUSPECT",
  "SIGNER_UNAVAILABLE",
  "OVERLOADED",
  "RATE_LIMITED",
];
const SOON_DAYS = 30;
const QUIET_DAYS = 14;
/** Hardware that differs so often is no repair. */
const DRIFTS = 3;

const requestsAreServed = check({
  id: "CS-CLI-001",
  good: "requests are served, not refused",
  about:
    "A refused request is written down (event 12290 with its reason) and counted as failed; the machine does not count.",
  byHand: ["countersign events --id 12290 --since 7d", "countersign slmgr /dlv"],
  needs: [],
  reads: ["host"],
  findings: {
    REQUESTS_REFUSED: {
      gravity: "warning",
      cause: "the host {host} refused {requests} of the last 7 days with {reason}",
      effect: "the machines that asked ({machines}) are not licensed here",
      remedy: "countersign events --id 12290 --since 7d --text {reason}{data}",
      advice: "do what the reason asks for: {advice}",
    },
  },
  judge: (facts) =>
    eachHost(facts, (host) =>
      host.seats.flatMap(({ publisherName, refusedLately }) =>
        refusedLately
          .filter(({ reason, count }) => count > 0 && !SAID_ELSEWHERE.includes(reason))
          .map(({ reason, count, machines, detail }) => ({
            finding: "REQUESTS_REFUSED" as const,
            subject: `${hostName(host)} ${publisherName} ${reason}`,
            params: {
              ...{ host: hostName(host), requests: counted(count, "request"), reason, data: dataOption(host) },
              ...{ machines: firstOf(machines) || "without names", advice: adviceOf(reason) },
            },
            evidence: [
              `${counted(count, "request")} with ${reason}${detail === "" ? "" : `: ${detail}`}`,
              ...machines.slice(0, 10),
            ],
          })),
      ),
    ),
});

const licencesRunOn = check({
  id: "CS-CLI-002",
  good: "no machine that the host knows is about to lose its licence",
  about:
    "A licence ends 180 days after the last renewal unless the policy says otherwise. Who did not ask for 150 days has a month left.",
  byHand: ["countersign events --id 12290 --until 150d", "countersign explain MACHINE"],
  needs: [],
  reads: ["host"],
  findings: {
    MACHINES_EXPIRING: {
      gravity: "warning",
      cause: "the licences of {machines} that last asked {host} for {application} end between {from} and {to}",
      effect: "each of them is in grace from its day on unless it asks a host before",
      remedy: "countersign events --id 12290 --until {asked}{data}",
      advice: "see why they ask no more: retired, moved to another host, or cut off",
    },
  },
  judge: (facts) => eachCount(facts, (told) => expiringOf(told, facts)),
});

const machinesAsk = check({
  id: "CS-CLI-003",
  good: "machines ask the host",
  about:
    "Every machine with a setup key asks by itself: every 2 hours until it is licensed, every 7 days from then on.",
  byHand: ["countersign events --id 12290 --limit 5", "countersign hosts find --domain DOMAIN"],
  needs: ["CS-HST-002"],
  reads: ["host"],
  findings: {
    NO_REQUESTS: {
      gravity: "notice",
      cause: "no machine has asked the host {host} for {application} {since}",
      effect: "nobody is counted there, so nobody is activated",
      remedy: "countersign slmgr /dlv{data}",
      advice:
        "install setup keys on the machines, and see that they find this host: its record in DNS, its port in the firewall",
    },
  },
  judge: (facts) =>
    eachCount(facts, ({ host, seat, count }) => {
      const [newest] = count.lastContacts;
      if (seat.partialKey === "") return [];
      if (newest !== undefined && newest.dayMs > facts.gatheredMs - (QUIET_DAYS + 1) * DAY_MS) return [];
      const since = newest === undefined ? "yet" : `since ${dayText(newest.dayMs)}`;
      return [
        {
          finding: "NO_REQUESTS",
          subject: `${hostName(host)} ${count.applicationName}`,
          params: { host: hostName(host), application: count.applicationName, since, data: dataOption(host) },
          evidence: [newest === undefined ? "no machine is known" : `the last contact was on ${dayText(newest.dayMs)}`],
        },
      ];
    }),
});

const hardwareIsSteady = check({
  id: "CS-CLI-004",
  good: "machines keep their hardware from one request to the next",
  about:
    "A machine is known again by its hardware. Where it differs at every request the machine is moved between hosts of a cluster, or is no machine: a container without an identity of its own.",
  byHand: ["countersign events --id 30003 --since 30d", "countersign explain MACHINE"],
  needs: [],
  reads: ["host"],
  findings: {
    HARDWARE_DRIFT: {
      gravity: "notice",
      cause: "the hardware of {machine} differed {times} in 30 days",
      effect: "it is licensed all the same; a copy of it would be hard to tell from it",
      remedy: "countersign events --id 30003 --since 30d{data}",
      advice:
        "give a virtual machine a fixed identity and network address; let containers ask the agent of their machine",
    },
  },
  judge: (facts) =>
    eachHost(facts, (host) => {
      const sinceMs = facts.gatheredMs - 30 * DAY_MS;
      const events = recentEvents(host, [30003], sinceMs);
      const shared = new Set(
        cmidUsers(host, sinceMs)
          .filter(areSeveral)
          .map(({ cmid }) => cmid),
      );
      const cmids = distinct([...host.machines.map(({ cmid }) => cmid), ...events.map(({ cmid }) => cmid)]);
      return cmids.flatMap((cmid) => {
        const known = host.machines.find((one) => one.cmid === cmid);
        const own = events.filter((event) => event.cmid === cmid);
        const changes = Math.max(known?.hardwareChanges ?? 0, own.length);
        if (changes < DRIFTS || shared.has(cmid)) return [];
        const machine = known?.names[0] ?? ((own[0] && fieldText(own[0], "clientName")) || cmid);
        return [
          {
            finding: "HARDWARE_DRIFT" as const,
            subject: `${hostName(host)} ${cmid}`,
            params: { machine, times: counted(changes, "time"), data: dataOption(host) },
            evidence: [`${machine} (${cmid}): ${counted(changes, "change")} (event 30003)`],
          },
        ];
      });
    }),
});

/** The machines as their host knows them. */
export const CLIENT_FLEET_CHECKS: readonly Check[] = [requestsAreServed, licencesRunOn, machinesAsk, hardwareIsSteady];

function expiringOf({ host, count }: ToldCount, { gatheredMs }: Facts) {
  const { lastContacts, validityDays, machinesSeen, applicationName: application } = count;
  const ends = lastContacts
    .map(({ dayMs, machines }) => ({ endMs: dayMs + validityDays * DAY_MS, machines }))
    .filter(({ endMs }) => endMs > gatheredMs && endMs <= gatheredMs + SOON_DAYS * DAY_MS);
  const machines = ends.reduce((sum, end) => sum + end.machines, 0);
  const [last, first] = [ends[0], ends.at(-1)];
  if (first === undefined || last === undefined || machines === 0) return [];
  // One machine in ten that is retired in a month is every site's daily life.
  const isFew = machines * 10 < machinesSeen + machines;
  return [
    {
      finding: "MACHINES_EXPIRING" as const,
      subject: `${hostName(host)} ${application}`,
      ...(isFew && { gravity: "notice" as const }),
      params: {
        ...{ machines: counted(machines, "machine"), host: hostName(host), application, data: dataOption(host) },
        ...{ from: dayText(first.endMs), to: dayText(last.endMs), asked: `${Math.max(1, validityDays - SOON_DAYS)}d` },
      },
      evidence: ends
        .slice(-5)
        .map(({ endMs, machines: some }) => `${counted(some, "machine")} until ${dayText(endMs)}`),
    },
  ];
}
