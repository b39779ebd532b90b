import { type EventRecord, eventRecord } from "./event-record.ts";

const object = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
const text = (value: unknown) => (typeof value === "string" ? value : "");

/**
 * One event from JSON of ours: what `countersign events` prints of either side, or a line of a client's event file.
 * undefined for anything else.
 */
export function readEventJson(value: unknown): EventRecord | undefined {
  const { timeMs, time, id, number, computer, requestId, cmid, repeats, data, fields } = object(value);
  const atMs = typeof timeMs === "number" ? timeMs : Date.parse(text(time));
  if (typeof id !== "number" || !Number.isFinite(atMs) || (data ?? fields) === undefined) return undefined;
  const named = object(data ?? fields);
  return eventRecord({
    ...{ timeMs: atMs, eventId: id, computer: text(computer), requestId: text(requestId), fields: named },
    number: typeof number === "number" ? number : 0,
    repeats: typeof repeats === "number" ? repeats : 0,
    cmid: text(cmid) || text(named["cmid"]),
  });
}

/** Replies carry no CMID: they are of the machine whose request they answer. */
export function withCmids(records: readonly EventRecord[]): readonly EventRecord[] {
  const known = new Map(
    records.filter(({ cmid, requestId }) => cmid !== "" && requestId !== "").map((r) => [r.requestId, r.cmid]),
  );
  return records.map((record) =>
    record.cmid === "" ? { ...record, cmid: known.get(record.requestId) ?? "" } : record,
  );
}
