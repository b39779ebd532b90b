import type { Facts } from "../facts/facts.ts";
import { forecastCount, renewalDaysOf } from "../forecast/forecast-count.ts";
import { type Check, check, type Found } from "./check.ts";
import { counted, DAY_MS, dayText, distinct, instantText } from "./phrases.ts";
import {
  dataOption,
  eachCount,
  eachHost,
  fieldText,
  hostName,
  recentEvents,
  siteDomain,
  type ToldCount,
} from "./told-hosts.ts";

const WINDOW_DAYS = 30;
/** As far ahead as a fall of the count is worth a warning. */
const FORECAST_DAYS = 60;
/** A share and a number of machines that went silent, beyond what comes and goes at every site. */
const GONE_SHARE = 0.2;
const GONE_FEWEST = 3;

const machinesKeepComing = check({
  id: "CS-CNT-004",
  good: "the machines of the last months still ask",
  about:
    "A machine counts for 30 days after its last contact. One that was retired, moved or cut off leaves the count, and its licence runs out.",
  byHand: ["countersign events --id 12290 --until 30d", "countersign hosts find --domain DOMAIN"],
  needs: [],
  reads: ["host"],
  findings: {
    MACHINES_GONE: {
      gravity: "warning",
      cause: "{gone} of the {known} machines of {application} on {host} have not asked for 30 days",
      effect: "they no longer count, and their licences end from {firstEnd} on",
      remedy: "countersign hosts find --domain {domain}",
      advice: "see whether they are retired, ask another host, or no longer reach this one",
    },
  },
  judge: (facts) => eachCount(facts, (told) => goneFrom(told, facts)),
});

const countWillHold = check({
  id: "CS-CNT-005",
  good: "the count stays at its thresholds for the next 60 days at the present rate of contact",
  about:
    "Machines whose renewal is overdue are taken for gone: each leaves the count 30 days after its last contact. After them others come and go as fast as in the last 30 days.",
  byHand: ["countersign host status", "countersign events --id 12290 --since 30d"],
  needs: [],
  reads: ["host"],
  findings: {
    COUNT_WILL_FALL: {
      gravity: "warning",
      cause: "the count of {application} on {host} falls below {required} on {day} at the present rate of contact",
      effect: "from then on {product} is neither activated nor renewed; licensed machines run to their end",
      remedy: "countersign events --id 12290 --since 30d{data}  # {missing} more machines prevent it",
      advice:
        "see to it that {missing} more machines ask at least once in 30 days: bring back those that fell silent, or add some",
    },
  },
  judge: (facts) => eachCount(facts, (told) => fallsOf(told, facts)),
});

const seatsAreEnough = check({
  id: "CS-CNT-006",
  good: "no more machines ask than were agreed with the vendor",
  about: "A certificate may say how many machines were agreed. More are served all the same; the host writes it down.",
  byHand: ["countersign events --id 30011 --since 2d", "countersign host status"],
  needs: [],
  reads: ["host"],
  findings: {
    SEAT_LIMIT: {
      gravity: "warning",
      cause: "{machines} machines ask the host {host} and {seats} were agreed",
      effect: "nobody is refused; the agreement with the vendor is exceeded",
      remedy: "countersign events --id 30011 --since 2d{data}",
      advice: "agree on more with the vendor, or remove the setup key from machines that need it no longer",
    },
  },
  judge: (facts) =>
    eachHost(facts, (host) => {
      const events = recentEvents(host, [30011], facts.gatheredMs - 2 * DAY_MS);
      const applications = distinct(events.map((event) => fieldText(event, "applicationId")));
      return applications.flatMap((applicationId) => {
        const newest = events.find((event) => fieldText(event, "applicationId") === applicationId);
        if (newest === undefined) return [];
        const [machines, seats] = [fieldText(newest, "machines"), fieldText(newest, "seats")];
        return [
          {
            finding: "SEAT_LIMIT",
            subject: `${hostName(host)} ${applicationId}`,
            params: { host: hostName(host), machines, seats, data: dataOption(host) },
            evidence: [`${instantText(newest.timeMs)}: ${machines} machines, ${seats} agreed (event 30011)`],
          },
        ];
      });
    }),
});

/** Whether the machines keep coming. */
export const CONTACT_CHECKS: readonly Check[] = [machinesKeepComing, countWillHold, seatsAreEnough];

function goneFrom({ host, count }: ToldCount, facts: Facts): readonly Found<"MACHINES_GONE">[] {
  const { lastContacts, validityDays, applicationName: application } = count;
  const ago = (days: number) => facts.gatheredMs - days * DAY_MS;
  const lapsing = lastContacts.filter(({ dayMs }) => dayMs <= ago(WINDOW_DAYS) && dayMs > ago(validityDays));
  const gone = lapsing.reduce((sum, { machines }) => sum + machines, 0);
  const known = gone + count.machinesSeen;
  const oldest = lapsing.at(-1);
  if (oldest === undefined || gone < GONE_FEWEST || gone / known < GONE_SHARE) return [];
  const silent = host.machines.filter(({ lastSeenMs }) => lastSeenMs <= ago(WINDOW_DAYS));
  return [
    {
      finding: "MACHINES_GONE",
      subject: `${hostName(host)} ${application}`,
      params: {
        ...{ gone, known, application, host: hostName(host), domain: siteDomain(facts, host) },
        firstEnd: dayText(oldest.dayMs + validityDays * DAY_MS),
      },
      evidence: [
        `${counted(count.machinesSeen, "machine")} seen in 30 days, ${gone} before that and no more`,
        ...silent
          .slice(0, 10)
          .map(({ names, cmid, lastSeenMs }) => `${names[0] ?? cmid} last asked on ${dayText(lastSeenMs)}`),
      ],
    },
  ];
}

/** The first threshold that falls, per application: the larger ones fall before the smaller. */
function fallsOf({ host, count }: ToldCount, facts: Facts): readonly Found<"COUNT_WILL_FALL">[] {
  const terms = { nowMs: facts.gatheredMs, horizonDays: FORECAST_DAYS, renewalDays: renewalDaysOf(host.settings) };
  return forecastCount(count, terms).flatMap(({ fallsMs, missing, productName, requiredCount, machines, overdue }) => {
    if (fallsMs === undefined) return [];
    return [
      {
        finding: "COUNT_WILL_FALL" as const,
        subject: `${hostName(host)} ${count.applicationName} ${productName}`,
        params: {
          ...{
            application: count.applicationName,
            host: hostName(host),
            required: requiredCount,
            day: dayText(fallsMs),
          },
          ...{ product: productName, missing, data: dataOption(host) },
        },
        evidence: [
          `${machines} count today; ${overdue} of them are overdue and leave within 30 days`,
          `${count.newMachines} came new in the last 30 days`,
        ],
      },
    ];
  });
}
