import type { EventLogStatus } from "@countersign/protocol/gen/host_admin";
import { dateText } from "./words.ts";

/** The log as numbers; an empty date: there is none. */
export function eventLogFacts(log: EventLogStatus | undefined) {
  const {
    rows = 0n,
    oldestMs = 0n,
    bytesPerRow = 0,
    rowsPerDay = 0,
    mostRows = 0n,
    mostDays = 0,
    fullMs = 0n,
  } = log ?? {};
  return {
    ...{ rows: Number(rows), completeSince: dateText(oldestMs), bytesPerRow, rowsPerDay },
    ...{ mostRows: Number(mostRows), mostDays, fullOn: dateText(fullMs) },
  };
}

/** The log for people: how much there is, how fast it grows, and what bounds it. */
export function eventLogText(log: EventLogStatus | undefined): string {
  const { rows, completeSince, bytesPerRow, rowsPerDay, mostRows, mostDays, fullOn } = eventLogFacts(log);
  if (rows === 0) return "empty";
  const bound = fullOn === "" ? `kept for ${mostDays} days` : `its ${mostRows} rows are full on ${fullOn}`;
  return `${rows} events since ${completeSince}, ${rowsPerDay} a day of ${bytesPerRow} bytes; ${bound}`;
}
