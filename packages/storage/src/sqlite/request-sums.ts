import type { DatabaseSync } from "node:sqlite";
import { EVENT, placeOfField } from "@countersign/domain";
import type { LogSpan, RefusalSum, RequestSums } from "../host-event.ts";
import { refusalSums } from "../refusal-sums.ts";
import { number, text } from "./host-rows.ts";

const REQUEST = EVENT.requestProcessed;
/** Lists have a field by place, rows of version 1 by name. */
const fieldOf = (name: string) =>
  `coalesce(json_extract(data, '$[${placeOfField(REQUEST, name)}]'), json_extract(data, '$.${name}'), '')`;
const SPAN = `FROM event INDEXED BY event_time WHERE time_ms >= ? AND time_ms < ? AND event_id = ${REQUEST}`;
const CONTACTS = `SELECT seat, ${fieldOf("activationId")} AS activation_id, count(DISTINCT cmid) AS machines,
  count(*) AS requests ${SPAN} GROUP BY seat, activation_id ORDER BY seat, activation_id`;
/** What was granted begins with result code 0, and nearly every row is one of those: they are told apart as text. */
const REFUSALS = (served: readonly string[]) => `SELECT seat, ${fieldOf("reason")} AS reason,
  coalesce(nullif(${fieldOf("clientName")}, ''), ${fieldOf("address")}) AS name, count(*) AS requests, max(id) AS last_id
  ${SPAN} AND data NOT LIKE '[0,%' AND reason NOT IN (''${served.map(() => ", ?").join("")})
  GROUP BY seat, reason, name ORDER BY last_id DESC`;

/** Read along the index of time. */
export function sumRequests(reader: DatabaseSync, { fromMs, toMs }: LogSpan): RequestSums {
  const contacts = reader.prepare(CONTACTS).all(fromMs, toMs);
  return {
    requests: contacts.reduce((sum, row) => sum + number(row, "requests"), 0),
    contacts: contacts.map((row) => ({
      seat: number(row, "seat"),
      activationId: text(row, "activation_id"),
      machines: number(row, "machines"),
    })),
  };
}

/** By machine from the store, by reason from there on. */
export function sumRefusals(
  reader: DatabaseSync,
  { fromMs, toMs }: LogSpan,
  served: readonly string[],
): readonly RefusalSum[] {
  const refused = reader.prepare(REFUSALS(served)).all(fromMs, toMs, ...served);
  return refusalSums(
    refused.map((row) => ({
      ...{ seat: number(row, "seat"), reason: text(row, "reason"), requests: number(row, "requests") },
      ...{ name: text(row, "name"), lastEventId: number(row, "last_id") },
    })),
  );
}
