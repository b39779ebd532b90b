import type { RefusalRow } from "./refusal-row.ts";

const UNREACHED = { fate: "local", rpcCode: "", exitCode: 4, clientAction: "next-host" } as const;
const DNS_UPDATE = { ...UNREACHED, exitCode: 1, clientAction: "none" } as const;

/** The network and DNS as HRESULTs of Win32 codes that administrators know (behaviour.md §6). Own numbers: 0xE0C504nn. */
export const NETWORK_REFUSALS = {
  HOST_UNREACHABLE: {
    ...UNREACHED,
    code: 0x800706ba,
    sentence: "expected a host[ at {host}], found no connection[: {detail}]",
    remedy: "check that the host runs and that its port is open from this machine",
  },
  TIMEOUT: {
    ...UNREACHED,
    code: 0x800705b4,
    sentence: "expected a reply[ of {host}] in time[, within {seconds} s], found none",
    remedy: "look for a filtered port on the way, then at the host's load",
  },
  NOT_A_HOST: {
    ...UNREACHED,
    code: 0xe0c50401,
    sentence: "expected a Countersign host[ at {host}], found something else[: {detail}]",
    remedy: "check the address and port: something else answers there",
  },
  DNS_NAME_NOT_FOUND: {
    ...UNREACHED,
    code: 0x8007232b,
    sentence: "expected the name {name} in DNS, found that it does not exist",
    remedy: "publish the host in that domain, or set the host or the look-up domain by hand",
  },
  DNS_NO_RECORDS: {
    ...UNREACHED,
    code: 0x8007251d,
    sentence: "expected SRV records at {name}, found none",
    remedy: "publish the host in that domain, or set the host or the look-up domain by hand",
  },
  DNS_SERVER_FAILURE: {
    ...UNREACHED,
    code: 0x8007232a,
    sentence: "expected an answer of the DNS server[ {server}] about {name}, found a server failure[: {detail}]",
    remedy: "check the DNS server and the zone",
  },
  DNS_REFUSED: {
    ...DNS_UPDATE,
    code: 0x8007232d,
    sentence: "expected the DNS server[ {server}] to accept the update[ of {name}], found it refused",
    remedy: "allow this host's key to update the two owner names of type SRV, or publish the record by hand",
  },
  DNS_BADSIG: {
    ...DNS_UPDATE,
    code: 0x80072338,
    sentence: "expected the DNS server[ {server}] to accept the TSIG signature, found it bad",
    remedy: "compare the TSIG secret and algorithm on both sides",
  },
  DNS_BADKEY: {
    ...DNS_UPDATE,
    code: 0x80072339,
    sentence: "expected the DNS server[ {server}] to know the TSIG key[ {key}], found it unknown",
    remedy: "add that key to the DNS server's configuration, or correct its name here",
  },
  DNS_BADTIME: {
    ...DNS_UPDATE,
    code: 0x8007233a,
    sentence: "expected this host's clock within 300 s of the DNS server's, found it further off[: {detail}]",
    remedy: "set both clocks from a time server",
  },
  DNS_NOT_IMPLEMENTED: {
    ...DNS_UPDATE,
    code: 0x8007232c,
    sentence: "expected a DNS server that takes updates[ at {server}], found that it does not know them",
    remedy: "publish the record by hand: countersign host dns show, then slmgr /cdns",
  },
  DNS_NOT_AUTHORITATIVE: {
    ...DNS_UPDATE,
    code: 0x80072331,
    sentence: "expected the primary of {zone}[ at {server}], found a server that is not its authority",
    remedy: "name the zone's primary as the domain's `server`, or correct the SOA record",
  },
  DNS_NOT_ZONE: {
    ...DNS_UPDATE,
    code: 0x80072332,
    sentence: "expected both owner names in the zone {zone}, found one outside it",
    remedy: "publish the record by hand, or leave the publisher's own name out with `subName: false`",
  },
  DNS_BAD_PACKET: {
    ...DNS_UPDATE,
    code: 0x8007251e,
    sentence: "expected an answer of the DNS server[ {server}], found something else[: {detail}]",
    remedy: "look for a proxy or a filter between this host and that server",
  },
  DNS_NO_SERVER: {
    ...DNS_UPDATE,
    code: 0x8007267c,
    sentence: "expected a DNS server this machine asks, found none configured",
    remedy: "configure the machine's resolver, or name `servers` in the section dns of the configuration",
  },
  DNS_SERVER_UNREACHABLE: {
    ...DNS_UPDATE,
    code: 0x800705b4,
    sentence: "expected a reply of the DNS server[ {server}], found none[: {detail}]",
    remedy: "check that the server answers over tcp at that port, then the filters on the way",
  },
  DNS_ZONE_NOT_FOUND: {
    ...DNS_UPDATE,
    code: 0x80072581,
    sentence: "expected a zone that holds {domain}, found no SOA record[: {detail}]",
    remedy: "create the zone, or correct the domain in the section dns of the configuration",
  },
  DNS_NAME_IS_ALIAS: {
    ...DNS_UPDATE,
    code: 0x800725ec,
    sentence: "expected room for SRV records at {name}, found a CNAME",
    remedy: "remove the CNAME: beside one no other record can be",
  },
  DNS_UPDATE_UNCONFIRMED: {
    ...DNS_UPDATE,
    code: 0xe0c50402,
    sentence: "expected the DNS server[ {server}] to show that the update was done, found that it does not[: {detail}]",
    remedy: "look at the zone itself, and at what stands between this host and that server",
  },
} as const satisfies Readonly<Record<string, RefusalRow>>;
