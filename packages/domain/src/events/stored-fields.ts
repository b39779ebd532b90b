import { EVENTS, isEventId } from "../event-catalog.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Stands for the CMID where it is the one its row has in a column of its own: 36 characters less. */
const SAME_CMID = 0;
const CMID = "cmid";

const NAMES: ReadonlyMap<number, readonly string[]> = new Map(
  Object.values(EVENTS).map(({ id, fields }) => [id, Object.keys(fields)]),
);

/**
 * An event's data as a store keeps it: a list in the order of the catalogue, to which fields are only ever appended. What
 * the catalogue has no place for stays an object, so nothing is lost. `cmid`: of the row, a UUID or "".
 */
export function packFields(eventId: number, fields: Fields, cmid: string): readonly unknown[] | Fields {
  const names = NAMES.get(eventId);
  if (names === undefined) return fields;
  let placed = 0;
  let length = 0;
  const values = names.map((name, i) => {
    const value = fields[name];
    // A list could not tell these from what it writes for them.
    if (value === undefined || value === null || (name === CMID && value === SAME_CMID)) return null;
    placed++;
    length = i + 1;
    return name === CMID && value === cmid ? SAME_CMID : value;
  });
  return placed === Object.keys(fields).length ? values.slice(0, length) : fields;
}

/** The data by name again. A list longer than the catalogue is of a newer version: its own values are `field14` and on. */
export function unpackFields(eventId: number, packed: unknown, cmid: string): Fields {
  if (!Array.isArray(packed)) return isFields(packed) ? packed : { value: packed };
  const names = isEventId(eventId) ? (NAMES.get(eventId) ?? []) : [];
  const fields: Record<string, unknown> = {};
  for (const [i, value] of packed.entries()) {
    const name = names[i] ?? `field${i + 1}`;
    if (value !== null) fields[name] = name === CMID && value === SAME_CMID ? cmid : value;
  }
  return fields;
}

/** Where one field stands in the list of an event; undefined when it has none of that name. */
export function placeOfField(eventId: number, name: string): number | undefined {
  const place = NAMES.get(eventId)?.indexOf(name) ?? -1;
  return place < 0 ? undefined : place;
}

function isFields(packed: unknown): packed is Fields {
  return typeof packed === "object" && packed !== null;
}
