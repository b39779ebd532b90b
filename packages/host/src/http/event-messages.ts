import { type EventFilter, type EventLevel, type EventRecord, fromUuid, infoLine, toUuid } from "@countersign/domain";
import type { EventFilter as FilterMessage } from "@countersign/protocol/gen/host_admin";

const LEVELS: readonly EventLevel[] = ["information", "warning", "error"];

/** Names of products by activation id. */
export type ProductNames = ReadonlyMap<string, string>;

/** A filter as it was asked for. A word that names no level, product or UUID lets nothing through rather than everything. */
export function filterOf(message: FilterMessage | undefined, products: ProductNames): EventFilter {
  const { eventIds = [], levels = [], log = "", cmid = "", machine = "", product = "", text = "" } = message ?? {};
  const known = LEVELS.filter((level) => levels.includes(level));
  const isLog = log === "Key Management Service" || log === "Application";
  const isNothing = (levels.length > 0 && known.length === 0) || (log !== "" && !isLog);
  const uuid = fromUuid(cmid);
  return {
    // No event has id 0.
    eventIds: isNothing ? [0] : eventIds,
    levels: known,
    log: isLog ? log : undefined,
    cmid: cmid === "" ? undefined : uuid === undefined ? cmid : toUuid(uuid),
    machine: machine || undefined,
    activationIds: product === "" ? [] : productIds(product, products),
    fromMs: message?.fromMs === undefined ? undefined : Number(message.fromMs),
    toMs: message?.toMs === undefined ? undefined : Number(message.toMs),
    text: text || undefined,
  };
}

function productIds(product: string, names: ProductNames): readonly string[] {
  const uuid = fromUuid(product);
  if (uuid !== undefined) return [toUuid(uuid)];
  const found = [...names].filter(([, name]) => name.toLowerCase() === product.toLowerCase()).map(([id]) => id);
  return found.length > 0 ? found : [product];
}

/** An event as its message. */
export function eventMessage(record: EventRecord) {
  const { number, timeMs, eventId, level, log, source, computer, requestId, cmid, repeats, fields } = record;
  return {
    ...{ eventId, level, log, source, computer, requestId, cmid, repeats },
    id: BigInt(number),
    timeMs: BigInt(Math.trunc(timeMs)),
    info: infoLine(eventId, fields),
    dataJson: JSON.stringify(fields),
  };
}
