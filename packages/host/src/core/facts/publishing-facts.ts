import type { HostFacts, PublicationFacts } from "@countersign/doctor";
import { EVENT, type HostSettings } from "@countersign/domain";
import type { DomainPublication } from "../dns/dns-publishing.ts";
import type { DnsFacts } from "../dns/dns-status.ts";
import type { EventFacts } from "./event-facts.ts";

/** Where the host publishes itself, and how each newest attempt went. */
export function publishingFacts(
  { domains, wantedIn, publications }: DnsFacts,
  { dnsPublishing }: Pick<HostSettings, "dnsPublishing">,
  events: readonly EventFacts[],
): HostFacts["publishing"] {
  const told = domains.flatMap((domain): readonly PublicationFacts[] => {
    const [record] = wantedIn(domain);
    if (record === undefined) return [];
    const last = publications.find((one) => one.domain === domain.name);
    return [{ domain: domain.name, target: record.target, port: record.port, ...attemptFacts(last, events) }];
  });
  return { isOn: dnsPublishing, domains: told };
}

function attemptFacts(last: DomainPublication | undefined, events: readonly EventFacts[]) {
  if (last === undefined) return {};
  const { reason, detail, server, lastSuccessMs } = last;
  return {
    ...(lastSuccessMs === 0 ? {} : { lastSuccessMs: Math.trunc(lastSuccessMs) }),
    ...(reason === "" ? {} : { failure: { reason, detail, server, sinceMs: failingSince(last, events) } }),
  };
}

/** The first failure (12293) after the last success (12294), as far as the events reach. */
function failingSince({ domain, atMs, lastSuccessMs }: DomainPublication, events: readonly EventFacts[]): number {
  const failures = events.filter(
    ({ eventId, timeMs, fields }) =>
      eventId === EVENT.dnsPublicationFailed && fields["domain"] === domain && timeMs > lastSuccessMs,
  );
  return Math.trunc(failures.at(-1)?.timeMs ?? atMs);
}
