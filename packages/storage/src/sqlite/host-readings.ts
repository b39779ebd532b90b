import type { DatabaseSync } from "node:sqlite";
import type { HostStore, RequestCounters } from "../host-store.ts";
import { noRequests } from "../request-counters.ts";
import { eventsAfter, logSizeOf, searchEvents } from "./event-rows.ts";
import { type Columns, json, machineOf, number, seatOf, text } from "./host-rows.ts";
import { sumRefusals, sumRequests } from "./request-sums.ts";
import { knownMachines } from "./retention.ts";
import { translating } from "./sqlite-fault.ts";
import { surveyMachines } from "./survey.ts";

/** What a store answers outside a unit. */
export type HostReadings = Omit<HostStore, "identity" | "transact" | "close">;

/** Over a connection that sees the last commit. */
export function readingsOf(reader: DatabaseSync, path: string): HostReadings {
  const reading = async <T>(work: () => T): Promise<T> => translating(path, work);
  return {
    seats: () => reading(() => reader.prepare("SELECT * FROM seat ORDER BY seat").all().map(seatOf)),
    counters: (seat) => reading(() => countersOf(reader, seat)),
    clock: () => reading(() => reader.prepare("SELECT record FROM clock").get()?.["record"] as string | undefined),
    settings: () =>
      reading(
        () =>
          new Map(
            reader
              .prepare("SELECT name, value FROM setting")
              .all()
              .map((row) => [text(row, "name"), text(row, "value")]),
          ),
      ),
    machine: ({ cmid, seat, productId }) =>
      reading(() => {
        const row = reader
          .prepare("SELECT * FROM machine WHERE cmid = ? AND seat = ? AND product_id = ?")
          .get(cmid, seat, productId);
        return row && machineOf(row);
      }),
    machinesSeen: (seat, applicationId, sinceMs) =>
      reading(() => {
        const query =
          "SELECT count(DISTINCT cmid) AS n FROM machine WHERE seat = ? AND application_id = ? AND counted = 1 AND last_seen_ms > ?";
        return number(reader.prepare(query).get(seat, applicationId, sinceMs) ?? {}, "n");
      }),
    events: (query) => reading(() => eventsAfter(reader, query)),
    searchEvents: (search) => reading(() => searchEvents(reader, search)),
    sumRequests: (span) => reading(() => sumRequests(reader, span)),
    sumRefusals: (span, served) => reading(() => sumRefusals(reader, span, served)),
    knownMachines: (query) => reading(() => knownMachines(reader, query)),
    surveyMachines: (query) => reading(() => surveyMachines(reader, query)),
    logSize: () => reading(() => logSizeOf(reader)),
    rowCounts: () =>
      reading(() => {
        const row =
          reader
            .prepare("SELECT (SELECT count(*) FROM machine) AS machines, (SELECT count(*) FROM event) AS events")
            .get() ?? {};
        return { machines: number(row, "machines"), events: number(row, "events") };
      }),
  };
}

/** The cumulative counters of a seat; none = nobody asked yet. */
export function countersOf(database: DatabaseSync, seat: number): RequestCounters {
  const row: Columns | undefined = database
    .prepare("SELECT total, failed, failed_by_reason, by_status FROM request_counter WHERE seat = ?")
    .get(seat);
  if (row === undefined) return noRequests();
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0] = text(row, "by_status").split(",").map(Number);
  return {
    total: number(row, "total"),
    failed: number(row, "failed"),
    failedByReason: json(row, "failed_by_reason"),
    byStatus: [a, b, c, d, e, f, g],
  };
}
