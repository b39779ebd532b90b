import { EVENT, toHex } from "@countersign/domain";
import type { RequestSpan, RequestSums, StoredEvent } from "../host-event.ts";

/** Looked at one by one. */
export function sumRequests(events: Iterable<StoredEvent>, { fromMs, toMs }: RequestSpan): RequestSums {
  const machines = new Map<string, { seat: number; activationId: string; cmids: Set<string> }>();
  const refusals = new Map<string, { seat: number; reason: string; requests: number }>();
  let requests = 0;
  for (const { eventId, timeMs, seat, cmid, data } of events) {
    if (eventId !== EVENT.requestProcessed || timeMs < fromMs || timeMs >= toMs) continue;
    requests++;
    const [activationId, reason] = [String(data["activationId"] ?? ""), String(data["reason"] ?? "")];
    const asked = machines.get(`${seat} ${activationId}`) ?? { seat, activationId, cmids: new Set() };
    machines.set(`${seat} ${activationId}`, asked);
    if (cmid !== undefined) asked.cmids.add(toHex(cmid));
    if (reason === "" || data["resultCode"] === 0) continue;
    const refused = refusals.get(`${seat} ${reason}`) ?? { seat, reason, requests: 0 };
    refusals.set(`${seat} ${reason}`, { ...refused, requests: refused.requests + 1 });
  }
  const contacts = [...machines.values()].map(({ cmids, ...asked }) => ({ ...asked, machines: cmids.size }));
  return {
    requests,
    contacts: contacts.sort((a, b) => a.seat - b.seat || (a.activationId < b.activationId ? -1 : 1)),
    refusals: [...refusals.values()].sort(
      (a, b) => b.requests - a.requests || a.seat - b.seat || (a.reason < b.reason ? -1 : 1),
    ),
  };
}
