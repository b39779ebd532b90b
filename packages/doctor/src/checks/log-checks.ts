import { type Check, check, judged, moot } from "./check.ts";
import { settingCommand } from "./host-commands.ts";
import { counted, DAY_MS, dayText, instantText } from "./phrases.ts";
import { slmgrData } from "./told-clients.ts";
import { dataOption, eachHost, fieldText, hostName, recentEvents, toldHosts } from "./told-hosts.ts";

/** Counting rows are kept so long: less would take machines from the count, or cloned CMIDs from sight. */
const COUNTING_DAYS = 35;
const USUAL_DAYS = 400;
const MOST_ROWS = 999_999_999;

const logHasRoom = check({
  id: "CS-STO-002",
  good: "the event log has room for the time it is to reach back",
  about:
    "The log is bounded by age and by rows. When it is full of rows its oldest events go early; activation never stops for it.",
  byHand: ["countersign host status", "countersign events --limit 1"],
  needs: ["CS-STO-001"],
  reads: ["host"],
  findings: {
    EVENT_LOG_FULL: {
      gravity: "warning",
      cause: "the event log of the host {host} {when}: {rows} of {most} events",
      effect: "it reaches back to {oldest} only, not the {days} days that are wanted",
      remedy: "{command}",
      advice:
        "give eventRows a larger number, or forward events to a log server with forwardEvents, and start the host again",
    },
  },
  judge: (facts) =>
    eachHost(facts, (host) => {
      const { eventLog } = host;
      if (eventLog === undefined) return [];
      const { rows, oldestMs = facts.gatheredMs, mostRows, mostDays, rowsPerDay, fullMs } = eventLog;
      const isFull = rows >= mostRows;
      const isSoon = fullMs !== undefined && fullMs < facts.gatheredMs + 14 * DAY_MS;
      if (!(isFull || isSoon) || oldestMs <= facts.gatheredMs - mostDays * DAY_MS) return [];
      const wanted = Math.min(MOST_ROWS, Math.ceil(Math.max(2 * mostRows, 1.2 * rowsPerDay * mostDays)));
      return [
        {
          finding: "EVENT_LOG_FULL",
          subject: hostName(host),
          params: {
            ...{ host: hostName(host), rows, most: mostRows, days: mostDays, oldest: dayText(oldestMs) },
            when: isFull ? "is full" : `will be full on ${dayText(fullMs ?? 0)}`,
            command: settingCommand(host, "eventRows", String(wanted)),
          },
          evidence: [
            `${rows} events since ${dayText(oldestMs)}, ${Math.round(rowsPerDay)} a day; at most ${mostRows} and ${mostDays} days`,
          ],
        },
      ];
    }),
});

const retentionReachesFar = check({
  id: "CS-STO-003",
  good: "the event log reaches back at least 35 days",
  about: "What a machine did in the 30 days that count can only be explained from events that are still there.",
  byHand: ["countersign host config show", "countersign events --until 35d --limit 1"],
  needs: ["CS-STO-001"],
  reads: ["host"],
  findings: {
    RETENTION_SHORT: {
      gravity: "warning",
      cause: "the event log of the host {host} keeps {kept} only",
      effect: "nobody can tell from it why a machine left the count, and the audit has gaps",
      remedy: "{command}",
      advice: "keep at least 35 days, usually 400, and start the host again",
    },
  },
  judge: (facts) =>
    eachHost(facts, (host) => {
      const { eventLog } = host;
      if (eventLog === undefined) return [];
      const { mostDays, mostRows, rows, oldestMs = facts.gatheredMs, rowsPerDay } = eventLog;
      const keptDays = (facts.gatheredMs - oldestMs) / DAY_MS;
      const byRows = rows >= mostRows && keptDays < COUNTING_DAYS;
      if (mostDays >= COUNTING_DAYS && !byRows) return [];
      const rowsWanted = Math.min(MOST_ROWS, Math.ceil(Math.max(2 * mostRows, 2 * COUNTING_DAYS * rowsPerDay)));
      return [
        {
          finding: "RETENTION_SHORT",
          subject: hostName(host),
          params: {
            host: hostName(host),
            kept: mostDays < COUNTING_DAYS ? counted(mostDays, "day") : `${Math.floor(keptDays)} days of events`,
            command:
              mostDays < COUNTING_DAYS
                ? settingCommand(host, "eventDays", String(USUAL_DAYS))
                : settingCommand(host, "eventRows", String(rowsWanted)),
          },
          evidence: [`eventDays is ${mostDays}, eventRows is ${mostRows}; the oldest event is of ${dayText(oldestMs)}`],
        },
      ];
    }),
});

const noEventIsLost = check({
  id: "CS-STO-006",
  good: "no event was lost for want of room or rights",
  about: "A log that cannot be written never stops activation, so what is missing in it would go unnoticed.",
  byHand: ["countersign events --id 30021 --since 30d"],
  needs: ["CS-STO-001"],
  reads: ["host", "client"],
  findings: {
    EVENTS_LOST: {
      gravity: "warning",
      cause: "the log of {machine} could not be written since {since}, {times} in the last 30 days",
      effect: "what happened then is not in the log, or was not served",
      remedy: "countersign events --id 30021 --since 30d{data}",
      advice: "give the store room and rights; the log goes on by itself",
    },
  },
  judge: (facts) => {
    const sides = [
      ...toldHosts(facts).map((host) => ({ machine: hostName(host), events: host.events, data: dataOption(host) })),
      ...facts.clients.map((client) => ({
        machine: client.machineName,
        events: client.events,
        data: slmgrData(client),
      })),
    ];
    if (sides.length === 0) return moot("no log was seen");
    return judged(
      sides.flatMap(({ machine, events, data }) => {
        const lost = recentEvents({ events }, [30021], facts.gatheredMs - 30 * DAY_MS);
        const [newest, oldest] = [lost[0], lost.at(-1)];
        if (newest === undefined || oldest === undefined) return [];
        return [
          {
            finding: "EVENTS_LOST" as const,
            subject: machine,
            concerns: [machine],
            params: { machine, data, since: instantText(oldest.timeMs), times: counted(lost.length, "time") },
            evidence: lost
              .slice(0, 3)
              .map(
                (event) =>
                  `${instantText(event.timeMs)}: ${fieldText(event, "reason")}: ${fieldText(event, "detail")} (event 30021)`,
              ),
          },
        ];
      }),
    );
  },
});

/** Event logs, as far as they are kept. */
export const LOG_CHECKS: readonly Check[] = [logHasRoom, retentionReachesFar, noEventIsLost];
