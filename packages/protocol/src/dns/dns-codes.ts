/** Types of records that finding a zone, publishing and checking need. */
export const DNS_TYPE = { A: 1, NS: 2, CNAME: 5, SOA: 6, AAAA: 28, SRV: 33, TSIG: 250 } as const;

/** Classes. NONE in an update takes one record away, ANY is the class of a TSIG record (RFC 2136 §2.5.4, RFC 8945 §4.2). */
export const DNS_CLASS = { IN: 1, NONE: 254, ANY: 255 } as const;

/** Operations of a message. */
export const DNS_OPCODE = { query: 0, update: 5 } as const;

/** Response codes by number (RFC 1035 §4.1.1, RFC 2136 §2.2); from 16 on they stand in a TSIG record (RFC 8945 §3). */
export const RCODE_NAMES: Readonly<Record<number, string>> = {
  0: "NOERROR",
  1: "FORMERR",
  2: "SERVFAIL",
  3: "NXDOMAIN",
  4: "NOTIMP",
  5: "REFUSED",
  6: "YXDOMAIN",
  7: "YXRRSET",
  8: "NXRRSET",
  9: "NOTAUTH",
  10: "NOTZONE",
  16: "BADSIG",
  17: "BADKEY",
  18: "BADTIME",
  22: "BADTRUNC",
};

/** What dig prints for a response code. */
export function rcodeName(rcode: number): string {
  return RCODE_NAMES[rcode] ?? `RCODE${rcode}`;
}

/** The longest message: its length is 16 bits over TCP (RFC 1035 §4.2.2). */
export const MAX_DNS_BYTES = 65_535;

/** Thrown for bytes that are no DNS message, or a value that none can carry; caught at the door, never beyond it. */
export class DnsFault extends Error {}

/** What reading or checking a message found. */
export type DnsRead<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly detail: string };
