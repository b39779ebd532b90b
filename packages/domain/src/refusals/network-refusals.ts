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
    sentence: "expected an answer of the DNS server about {name}, found a server failure",
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
} as const satisfies Readonly<Record<string, RefusalRow>>;
