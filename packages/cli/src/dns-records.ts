import type { DnsDomainStatus, DnsRecord } from "@countersign/protocol/gen/host_admin";

/** For a zone file, for Windows DNS, for a form of a DNS provider, for nsupdate. */
export const RECORD_FORMATS = ["bind", "windows", "generic", "nsupdate"] as const;
/** One of them. */
export type RecordFormat = (typeof RECORD_FORMATS)[number];

/** The records of one domain, to be put into its zone by hand. Printed, never run. */
export function recordLines(format: RecordFormat, { domain, records }: DnsDomainStatus): readonly string[] {
  if (records.length === 0) return [];
  return WRITERS[format](domain, records);
}

const WRITERS: Readonly<Record<RecordFormat, (domain: string, records: readonly DnsRecord[]) => readonly string[]>> = {
  bind: (domain, records) => [
    `; ${domain}`,
    ...records.map(
      ({ name, ttlS, priority, weight, port, target }) =>
        `${name}. ${ttlS} IN SRV ${priority} ${weight} ${port} ${target}.`,
    ),
    // RFC 2136 by the host itself, and nothing else.
    `; or, so that the host does it itself, in the zone of named.conf, with the name of its key:`,
    `;   update-policy { ${records.map(({ name }) => `grant KEY name ${name}. SRV;`).join(" ")} };`,
  ],
  windows: (domain, records) =>
    records.map(
      ({ name, ttlS, priority, weight, port, target }) =>
        `Add-DnsServerResourceRecord -Srv -ZoneName '${domain}' -Name '${inZone(name, domain)}' -DomainName '${target}.' -Priority ${priority} -Weight ${weight} -Port ${port} -TimeToLive ${timeSpan(ttlS)}`,
    ),
  generic: (domain, records) =>
    records.flatMap(({ name, ttlS, priority, weight, port, target }, i) => [
      ...(i === 0 ? [] : [""]),
      ...Object.entries({
        type: "SRV",
        name: inZone(name, domain),
        domain,
        priority,
        weight,
        port,
        target,
        ttl: ttlS,
      }).map(([field, value]) => `${field.padEnd(8)}  ${value}`),
    ]),
  nsupdate: (domain, records) => [
    `zone ${domain}`,
    ...records.map(
      ({ name, ttlS, priority, weight, port, target }) =>
        `update add ${name}. ${ttlS} SRV ${priority} ${weight} ${port} ${target}.`,
    ),
    "send",
  ],
};

/** What each form is for, for whoever reads it. */
export const FORMAT_HINTS: Readonly<Record<RecordFormat, string>> = {
  bind: "put these lines into the zone's file and raise its serial",
  windows: "run these in PowerShell on the DNS server, as somebody who may change the zone",
  generic: "enter these at your DNS provider",
  nsupdate: "a zone secured by Active Directory: kinit, then nsupdate -g FILE; with a key: nsupdate -k KEYFILE FILE",
};

function inZone(name: string, domain: string): string {
  return name.endsWith(`.${domain}`) ? name.slice(0, -domain.length - 1) : name;
}

/** `01:00:00`, as .NET reads a TimeSpan; a day is `1.00:00:00`. */
function timeSpan(seconds: number): string {
  const days = Math.floor(seconds / 86_400);
  const clock = [Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60, seconds % 60];
  return `${days === 0 ? "" : `${days}.`}${clock.map((part) => String(part).padStart(2, "0")).join(":")}`;
}
