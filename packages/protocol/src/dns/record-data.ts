import { DNS_TYPE, DnsFault } from "./dns-codes.ts";
import { readDnsName } from "./dns-names.ts";

/** What a record says, for the types that are read; of any other only that it is there. */
export type RecordData =
  | { readonly kind: "address"; readonly address: string }
  /** NS and CNAME: the name they lead to. Of an SOA the primary (MNAME). */
  | { readonly kind: "name"; readonly target: string }
  | { readonly kind: "soa"; readonly primary: string }
  | {
      readonly kind: "service";
      readonly priority: number;
      readonly weight: number;
      readonly port: number;
      readonly target: string;
    }
  | ({ readonly kind: "tsig" } & TsigData)
  | { readonly kind: "other" };

/** The fields of a TSIG record (RFC 8945 §4.2). */
export interface TsigData {
  readonly algorithm: string;
  readonly timeS: number;
  readonly fudgeS: number;
  readonly mac: Uint8Array;
  readonly originalId: number;
  readonly error: number;
  readonly other: Uint8Array;
}

/** Where the data of one record begins and ends. */
interface Extent {
  readonly start: number;
  readonly end: number;
}

/** Reads the data of one record; it fills its length exactly. */
export function readRecordData(bytes: Uint8Array, type: number, extent: Extent): RecordData {
  const { start, end } = extent;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type) {
    case DNS_TYPE.A:
      return { kind: "address", address: [...exactly(bytes, extent, 4)].join(".") };
    case DNS_TYPE.AAAA:
      return { kind: "address", address: ipv6Text(exactly(bytes, extent, 16)) };
    case DNS_TYPE.NS:
    case DNS_TYPE.CNAME:
      return { kind: "name", target: lastName(bytes, start, end) };
    case DNS_TYPE.SRV:
      if (end - start < 7) throw new DnsFault("an SRV record too short");
      return {
        kind: "service",
        priority: view.getUint16(start),
        weight: view.getUint16(start + 2),
        port: view.getUint16(start + 4),
        target: lastName(bytes, start + 6, end),
      };
    case DNS_TYPE.SOA: {
      const primary = readDnsName(bytes, start);
      const mailbox = readDnsName(bytes, primary.end);
      if (mailbox.end + 20 !== end) throw new DnsFault("an SOA record of another length");
      return { kind: "soa", primary: primary.name };
    }
    case DNS_TYPE.TSIG:
      return { kind: "tsig", ...readTsig(bytes, view, extent) };
    default:
      return { kind: "other" };
  }
}

function readTsig(bytes: Uint8Array, view: DataView, { start, end }: Extent): TsigData {
  const { name: algorithm, end: at } = readDnsName(bytes, start);
  if (at + 10 > end) throw new DnsFault("a TSIG record too short");
  const macEnd = at + 10 + view.getUint16(at + 8);
  if (macEnd + 6 > end) throw new DnsFault("a MAC longer than its record");
  const otherEnd = macEnd + 6 + view.getUint16(macEnd + 4);
  if (otherEnd !== end) throw new DnsFault("a TSIG record of another length");
  return {
    algorithm,
    timeS: view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2),
    fudgeS: view.getUint16(at + 6),
    mac: bytes.slice(at + 10, macEnd),
    originalId: view.getUint16(macEnd),
    error: view.getUint16(macEnd + 2),
    other: bytes.slice(macEnd + 6, otherEnd),
  };
}

function lastName(bytes: Uint8Array, start: number, end: number): string {
  const { name, end: found } = readDnsName(bytes, start);
  if (found !== end) throw new DnsFault("a name that does not fill its record");
  return name;
}

function exactly(bytes: Uint8Array, { start, end }: Extent, length: number): Uint8Array {
  if (end - start !== length) throw new DnsFault(`an address of ${end - start} bytes`);
  return bytes.subarray(start, end);
}

/** Uncompressed groups: every reader of addresses takes them. */
function ipv6Text(bytes: Uint8Array): string {
  return Array.from({ length: 8 }, (_, i) => (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16)).join(
    ":",
  );
}
