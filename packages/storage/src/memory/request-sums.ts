import { EVENT, toHex } from "@countersign/domain";
import type { LogSpan, RefusalSum, RequestSums, StoredEvent } from "../host-event.ts";
import { type RefusedMachine, refusalSums } from "../refusal-sums.ts";

/** Looked at one by one. */
export function sumRequests(events: Iterable<StoredEvent>, span: LogSpan): RequestSums {
  const requests = requestsIn(events, span);
  return { requests: requests.length, contacts: contactsOf(requests) };
}

/** Looked at one by one. */
export function sumRefusals(
  events: Iterable<StoredEvent>,
  span: LogSpan,
  served: readonly string[],
): readonly RefusalSum[] {
  const isServed = (reason: string) => reason === "" || served.includes(reason);
  const refused = requestsIn(events, span).filter(
    ({ data }) => data["resultCode"] !== 0 && !isServed(textOf(data["reason"])),
  );
  return refusalSums(machinesOf(refused).toSorted((a, b) => b.lastEventId - a.lastEventId));
}

function requestsIn(events: Iterable<StoredEvent>, { fromMs, toMs }: LogSpan): readonly StoredEvent[] {
  return [...events].filter(
    ({ eventId, timeMs }) => eventId === EVENT.requestProcessed && timeMs >= fromMs && timeMs < toMs,
  );
}

function contactsOf(requests: readonly StoredEvent[]): RequestSums["contacts"] {
  const asked = new Map<
    string,
    { readonly seat: number; readonly activationId: string; readonly cmids: Set<string> }
  >();
  for (const { seat, cmid, data } of requests) {
    const activationId = textOf(data["activationId"]);
    const known = asked.get(`${seat} ${activationId}`) ?? { seat, activationId, cmids: new Set() };
    asked.set(`${seat} ${activationId}`, known);
    if (cmid !== undefined) known.cmids.add(toHex(cmid));
  }
  const contacts = [...asked.values()].map(({ cmids, ...product }) => ({ ...product, machines: cmids.size }));
  return contacts.sort((a, b) => a.seat - b.seat || (a.activationId < b.activationId ? -1 : 1));
}

function machinesOf(refused: readonly StoredEvent[]): readonly RefusedMachine[] {
  const machines = new Map<string, RefusedMachine>();
  for (const { id: lastEventId, seat, data } of refused) {
    const [reason, name] = [textOf(data["reason"]), textOf(data["clientName"]) || textOf(data["address"])];
    const place = `${seat} ${reason} ${name}`;
    machines.set(place, { seat, reason, name, requests: (machines.get(place)?.requests ?? 0) + 1, lastEventId });
  }
  return [...machines.values()];
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
