import type { DatabaseSync } from "node:sqlite";
import { toHex } from "@countersign/domain";
import type { KnownMachineRow, SurveyDay, SurveyQuery, SurveyStretch } from "../host-store.ts";
import { type Columns, number, optionalBytes } from "./host-rows.ts";
import { endOfStretch, knownMachineOf } from "./retention.ts";

const DAY_MS = 86_400_000;
const COLUMNS = "cmid, seat, product_id, client_name, address, last_seen_ms";
/** Of a machine with rows of several products, one row an application: the newest contact of any, and of those that count. */
const MACHINES = `SELECT seat, application_id, 0 AS product_id, max(last_seen_ms) AS last,
  max(CASE WHEN counted = 1 THEN last_seen_ms ELSE 0 END) AS counted, min(first_seen_ms) AS first
  FROM machine WHERE cmid > ? AND cmid <= ? GROUP BY cmid, seat, application_id`;
/** Machines without any row on this seat. */
const HEARD = `SELECT seat, NULL AS application_id, max(product_id) AS product_id, max(last_seen_ms) AS last,
  0 AS counted, 0 AS first
  FROM heard_machine AS heard WHERE cmid > ? AND cmid <= ?
    AND NOT EXISTS (SELECT 1 FROM machine WHERE cmid = heard.cmid AND seat = heard.seat) GROUP BY cmid, seat`;
const DAYS = `SELECT seat, application_id, product_id, last / ${DAY_MS} AS day, count(*) AS machines,
  sum(counted > ?) AS seen, sum(counted > ? AND first > ?) AS fresh
  FROM (${MACHINES} UNION ALL ${HEARD}) GROUP BY seat, application_id, product_id, day ORDER BY day DESC`;
const TABLES = ["machine", "heard_machine"] as const;
/** Of one table, before the other is put beside it. */
const NEWEST = (table: (typeof TABLES)[number]) => `SELECT ${COLUMNS}, ${table === "machine" ? 1 : 0} AS has_row
  FROM ${table} AS one WHERE cmid > ? AND cmid <= ?`;
const ORDER = "ORDER BY last_seen_ms DESC, cmid LIMIT ?";
/** No row of a machine of which anything newer is known. */
const SILENT = `AND last_seen_ms <= ? ${TABLES.map(
  (other) =>
    `AND NOT EXISTS (SELECT 1 FROM ${other} WHERE cmid = one.cmid AND seat = one.seat AND last_seen_ms > one.last_seen_ms)`,
).join(" ")}`;
/** A machine has a row for each product it asked for: so many at most make one machine of several rows. */
const SEVERAL = 2;
/** No CMID comes after it. */
const BEYOND = new Uint8Array(17).fill(0xff);

/** One stretch of both tables, read as a set. */
export function surveyMachines(reader: DatabaseSync, query: SurveyQuery): SurveyStretch {
  const { after = new Uint8Array(), limit, seenSinceMs, most } = query;
  const end = endOfStretch(reader, after, limit);
  const within = [after, end ?? BEYOND];
  const days = reader.prepare(DAYS).all(...[seenSinceMs, seenSinceMs, seenSinceMs], ...within, ...within);
  const named = (condition: string, ...values: number[]) => {
    const rows = TABLES.flatMap((table) =>
      reader.prepare(`${NEWEST(table)} ${condition} ${ORDER}`).all(...within, ...values, SEVERAL * most),
    );
    return newestFirst(rows.map(knownMachineOf)).slice(0, most);
  };
  return { days: days.map(dayOf), newest: named(""), silent: named(SILENT, seenSinceMs), after: end };
}

/** Each machine of a seat once; the rows of one machine are in no order of their own. */
function newestFirst(rows: readonly KnownMachineRow[]): readonly KnownMachineRow[] {
  const sorted = rows.toSorted((a, b) => b.lastSeenMs - a.lastSeenMs || Buffer.compare(a.cmid, b.cmid));
  const known = new Set<string>();
  return sorted.filter(({ seat, cmid }) => {
    const name = `${seat} ${toHex(cmid)}`;
    return !known.has(name) && known.add(name);
  });
}

function dayOf(row: Columns): SurveyDay {
  return {
    seat: number(row, "seat"),
    applicationId: optionalBytes(row, "application_id"),
    productId: number(row, "product_id"),
    dayMs: number(row, "day") * DAY_MS,
    machines: number(row, "machines"),
    seen: number(row, "seen"),
    fresh: number(row, "fresh"),
  };
}
