import type { DnsDomain, DomainPublication, PublishedRecord } from "./dns-publishing.ts";

/** What a host says of its records in DNS. */
export interface DnsFacts {
  readonly domains: readonly DnsDomain[];
  readonly wantedIn: (domain: DnsDomain) => readonly PublishedRecord[];
  readonly publications: readonly DomainPublication[];
  /** "" = something is published. */
  readonly whyNone: string;
}

/** In the fields of its message. */
export function dnsStatus({ domains, wantedIn, publications, whyNone }: DnsFacts) {
  return {
    whyNone,
    domains: domains.map((domain) => {
      const last = publications.find((one) => one.domain === domain.name);
      return {
        domain: domain.name,
        isSigned: domain.key !== undefined,
        records: wantedIn(domain).map(({ domain: _, ...record }) => ({ ...record, ttlS: domain.ttlS })),
        ...(last === undefined ? {} : { last: lastStatus(last) }),
      };
    }),
  };
}

function lastStatus({ domain: _, failureToldMs: __, atMs, lastSuccessMs, ...said }: DomainPublication) {
  return { ...said, atMs: BigInt(Math.trunc(atMs)), lastSuccessMs: BigInt(Math.trunc(lastSuccessMs)) };
}
