import type { Facts } from "../facts/facts.ts";
import type { CountFacts, HostFacts, SeatFacts } from "../facts/host-facts.ts";
import type { EventFacts } from "../facts/machine-facts.ts";
import { type Found, type Judgement, judged, moot } from "./check.ts";
import { distinct, shellWord } from "./phrases.ts";

/** The name a person knows the host by. */
export function hostName({ machine, dataDirectory }: HostFacts): string {
  return machine?.name ?? dataDirectory;
}

/** Hosts that told of themselves or whose files were read; what a host says to anybody is too little to judge it by. */
export function toldHosts({ hosts }: Facts): readonly HostFacts[] {
  return hosts.filter(({ from }) => from !== "answer");
}

/** The judgement of every host that told of itself; moot without one. */
export function eachHost<FindingId extends string>(
  facts: Facts,
  judgeHost: (host: HostFacts) => readonly Found<FindingId>[],
): Judgement<FindingId> {
  const hosts = toldHosts(facts);
  if (hosts.length === 0) return moot("no host was seen from within");
  return judged(hosts.flatMap((host) => concerning(host, judgeHost(host))));
}

/** The same findings, each with the names of the host: a finding about its port or its publisher is one about the host. */
export function concerning<FindingId extends string>(
  { machine, dataDirectory, publishing }: HostFacts,
  found: readonly Found<FindingId>[],
): readonly Found<FindingId>[] {
  const targets = publishing?.domains.map(({ target }) => target) ?? [];
  const names = distinct([machine?.name ?? dataDirectory, ...targets]);
  return found.map((one) => ({ ...one, concerns: distinct([...names, ...(one.concerns ?? [])]) }));
}

/** A host with one publisher it serves. */
export interface ToldSeat {
  readonly host: HostFacts;
  readonly seat: SeatFacts;
}

/** The judgement of every publisher's seat that has a key; moot without one. */
export function eachSeat<FindingId extends string>(
  facts: Facts,
  judgeSeat: (told: ToldSeat) => readonly Found<FindingId>[],
): Judgement<FindingId> {
  const seats = toldHosts(facts).flatMap((host) => host.seats.map((seat) => ({ host, seat })));
  const keyed = seats.filter(({ seat }) => seat.partialKey !== "");
  if (keyed.length === 0) return moot("no host with a host key was seen from within");
  return judged(keyed.flatMap((told) => concerning(told.host, judgeSeat(told))));
}

/** One application's count with the host that counts it. */
export interface ToldCount extends ToldSeat {
  readonly count: CountFacts;
}

/** The judgement of every count; moot without one. */
export function eachCount<FindingId extends string>(
  facts: Facts,
  judgeCount: (told: ToldCount) => readonly Found<FindingId>[],
): Judgement<FindingId> {
  const counts = toldCounts(facts);
  if (counts.length === 0) return moot("no count was seen");
  return judged(counts.flatMap((told) => concerning(told.host, judgeCount(told))));
}

/** Every count of every host that told of itself. */
export function toldCounts(facts: Facts): readonly ToldCount[] {
  return toldHosts(facts).flatMap((host) =>
    host.seats.flatMap((seat) => seat.counts.map((count) => ({ host, seat, count }))),
  );
}

/** What a host takes for the time: what it counts and judges certificates by. */
export function hostNowMs({ clock }: HostFacts, { gatheredMs }: Facts): number {
  return clock?.guardedMs ?? gatheredMs;
}

/** The newest events of these ids since then, newest first. */
export function recentEvents(
  { events }: { readonly events: readonly EventFacts[] },
  ids: readonly number[],
  sinceMs: number,
): readonly EventFacts[] {
  return events.filter(({ eventId, timeMs }) => ids.includes(eventId) && timeMs >= sinceMs);
}

/** A field of an event as text; "" where it has none. */
export function fieldText({ fields }: EventFacts, name: string): string {
  return String(fields[name] ?? "");
}

/** ` --data DIRECTORY`, for a command that speaks of this host. */
export function dataOption({ dataDirectory }: Pick<HostFacts, "dataDirectory">): string {
  return dataDirectory === "" ? "" : ` --data ${shellWord(dataDirectory)}`;
}

/** The site's domain, as a command needs it: where the host is published, its machine's, or the first that was asked. */
export function siteDomain(facts: Facts, host?: HostFacts): string {
  const known = [
    ...(host?.publishing?.domains.map(({ domain }) => domain) ?? []),
    host?.machine?.domain ?? "",
    ...(facts.network?.domains.map(({ domain }) => domain) ?? []),
    facts.machine?.domain ?? "",
  ];
  return shellWord(known.find((domain) => domain !== "") ?? "DOMAIN");
}
