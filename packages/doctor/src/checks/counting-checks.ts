import { type Check, check, judged } from "./check.ts";
import { bareName } from "./names.ts";
import { counted, DAY_MS, firstOf } from "./phrases.ts";
import { areSeveral, type CmidUsers, cmidUsers } from "./shared-cmids.ts";
import { splitCounts } from "./split-counts.ts";
import { eachHost, hostName, siteDomain } from "./told-hosts.ts";

const WINDOW_DAYS = 30;

const cmidsAreDistinct = check({
  id: "CS-CNT-002",
  good: "no two machines share a CMID",
  about:
    "Machines made from one image that was not generalized have one CMID and count as one. The host tells all but one of them to draw a new one.",
  byHand: ["countersign events --id 30001,30002 --since 30d", "countersign explain CMID"],
  needs: [],
  reads: ["host"],
  findings: {
    CLONED_CMIDS: {
      gravity: "error",
      cause: "{machines} share the CMID {cmid}: they come from one image",
      effect: "they count as one machine until each has a CMID of its own",
      remedy: "countersign client generalize",
      advice:
        "run it in the image as the last step before it is captured and make the image anew; on machines that exist already run `countersign slmgr /rearm`",
    },
    GENERALIZE_SKIPPED: {
      gravity: "warning",
      cause: "machines of one image came with the CMID {cmid} ({machines}) and were told to draw new ones",
      effect: "each costs one more request; the image makes more of them",
      remedy: "countersign client generalize",
      advice: "run it in the image as the last step before it is captured",
    },
  },
  judge: (facts) =>
    eachHost(facts, (host) =>
      cmidUsers(host, facts.gatheredMs - WINDOW_DAYS * DAY_MS).flatMap((users) => {
        const { cmid, names, directives } = users;
        const several = areSeveral(users);
        if (!several && directives === 0) return [];
        return [
          {
            finding: several ? ("CLONED_CMIDS" as const) : ("GENERALIZE_SKIPPED" as const),
            subject: `${hostName(host)} ${cmid}`,
            params: { cmid, machines: several ? counted(names.length, "machine") : firstOf(names) || "without names" },
            evidence: cmidEvidence(users),
          },
        ];
      }),
    ),
});

const countIsOne = check({
  id: "CS-CNT-003",
  good: "the machines are counted by one host, or each host has enough",
  about:
    "Hosts share nothing: each counts the machines that ask it. Spread over several, each may stay below the threshold that together they would meet.",
  byHand: ["countersign hosts find --domain DOMAIN"],
  needs: [],
  reads: ["targets", "host"],
  findings: {
    COUNT_SPLIT: {
      gravity: "warning",
      cause: "the machines of {application} are spread over {number}: {counts} of {required}",
      effect: "what one host counts does not help the other: {harm}",
      remedy: "countersign hosts find --domain {domain}",
      advice:
        "leave one host in DNS (or one of better priority) and withdraw the records of the others; each machine is counted there at its next contact",
    },
  },
  judge: (facts) =>
    judged(
      splitCounts(facts).map(({ application, hosts, requiredCount, sum, state }) => {
        const isCause = state === "all-below" && sum >= requiredCount;
        return {
          finding: "COUNT_SPLIT",
          subject: application,
          concerns: hosts.map(({ host }) => bareName(host)),
          ...(isCause && { gravity: "error" as const }),
          params: {
            ...{ application, required: requiredCount, domain: siteDomain(facts) },
            number: counted(hosts.length, "host"),
            counts: hosts.map(({ count }) => count).join(" + "),
            harm:
              state === "all-below"
                ? "no host activates anybody, though each is asked"
                : "who asks a host below the threshold is not activated there",
          },
          evidence: hosts.map(({ host, count }) => `${host} counts ${count} of ${requiredCount}`),
        };
      }),
    ),
});

/** Whether machines are counted as what they are, in one place. */
export const COUNTING_CHECKS: readonly Check[] = [cmidsAreDistinct, countIsOne];

function cmidEvidence({ cmid, names, directives, hardwareChanges }: CmidUsers): readonly string[] {
  return [
    `${cmid}: ${firstOf(names, 20) || "no names are kept"}`,
    ...(directives > 0 ? [`told to draw a new CMID ${counted(directives, "time")} in 30 days (event 30002)`] : []),
    ...(hardwareChanges > 0 ? [`the hardware behind it changed ${counted(hardwareChanges, "time")} in 30 days`] : []),
  ];
}
