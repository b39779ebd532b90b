import { DNS_CLASS, DNS_OPCODE, DNS_TYPE, DnsFault, type DnsRead, MAX_DNS_BYTES } from "./dns-codes.ts";
import { encodeDnsName, readDnsName } from "./dns-names.ts";
import { type RecordData, readRecordData } from "./record-data.ts";

/** One record of a message. */
export interface DnsRecord {
  readonly name: string;
  readonly type: number;
  readonly class: number;
  readonly ttlS: number;
  readonly data: RecordData;
  /** Where it begins in the message: what TSIG signs ends there. */
  readonly at: number;
}

/** A message as it was read: nothing in it is believed yet. */
export interface DnsMessage {
  readonly id: number;
  readonly isResponse: boolean;
  readonly opcode: number;
  readonly isAuthoritative: boolean;
  readonly isTruncated: boolean;
  readonly rcode: number;
  readonly questions: readonly { readonly name: string; readonly type: number }[];
  readonly answers: readonly DnsRecord[];
  readonly authority: readonly DnsRecord[];
  readonly additional: readonly DnsRecord[];
}

/** An SRV record as it stands in a zone. */
export interface ZoneService {
  readonly name: string;
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

/** What an update does to a zone: puts records in, takes exactly one record away. Never a whole set: others share it. */
export type ZoneChange =
  | { readonly kind: "add"; readonly record: ZoneService; readonly ttlS: number }
  | { readonly kind: "remove"; readonly record: ZoneService };

/** A question of one name. Throws DnsFault for a name that DNS cannot carry. */
export function encodeDnsQuery(id: number, name: string, type: number): Uint8Array {
  // Recursion desired: who is asked may be a resolver.
  return joined([header(id, 0x0100, [1, 0, 0, 0]), encodeDnsName(name), uint16(type), uint16(DNS_CLASS.IN)]);
}

/** An UPDATE of one zone (RFC 2136 §2). Throws DnsFault for names that DNS cannot carry. */
export function encodeDnsUpdate(id: number, zone: string, changes: readonly ZoneChange[]): Uint8Array {
  return joined([
    header(id, DNS_OPCODE.update << 11, [1, 0, changes.length, 0]),
    encodeDnsName(zone),
    uint16(DNS_TYPE.SOA),
    uint16(DNS_CLASS.IN),
    ...changes.flatMap(changeBytes),
  ]);
}

/** Reads a whole message strictly: no byte too few, none too many. */
export function readDnsMessage(bytes: Uint8Array): DnsRead<DnsMessage> {
  try {
    return { ok: true, value: readMessage(bytes) };
  } catch (fault) {
    if (fault instanceof DnsFault) return { ok: false, detail: fault.message };
    throw fault;
  }
}

function readMessage(bytes: Uint8Array): DnsMessage {
  if (bytes.length < 12) throw new DnsFault("a message shorter than its header");
  if (bytes.length > MAX_DNS_BYTES) throw new DnsFault(`a message of ${bytes.length} bytes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint16(2);
  let at = 12;
  const questions = Array.from({ length: view.getUint16(4) }, () => {
    const { name, end } = readDnsName(bytes, at);
    if (end + 4 > bytes.length) throw new DnsFault("the message ends inside a question");
    at = end + 4;
    return { name, type: view.getUint16(end) };
  });
  const section = (count: number): readonly DnsRecord[] =>
    Array.from({ length: count }, () => {
      const { record, end } = readRecord(bytes, view, at);
      at = end;
      return record;
    });
  const [answers, authority, additional] = [6, 8, 10].map((place) => section(view.getUint16(place)));
  if (at !== bytes.length) throw new DnsFault(`${bytes.length - at} bytes after the end`);
  return {
    id: view.getUint16(0),
    isResponse: (flags & 0x8000) !== 0,
    opcode: (flags >> 11) & 15,
    isAuthoritative: (flags & 0x0400) !== 0,
    isTruncated: (flags & 0x0200) !== 0,
    rcode: flags & 15,
    ...{ questions, answers: answers ?? [], authority: authority ?? [], additional: additional ?? [] },
  };
}

function readRecord(bytes: Uint8Array, view: DataView, at: number) {
  const { name, end: fixed } = readDnsName(bytes, at);
  if (fixed + 10 > bytes.length) throw new DnsFault("the message ends inside a record");
  const type = view.getUint16(fixed);
  const [start, end] = [fixed + 10, fixed + 10 + view.getUint16(fixed + 8)];
  if (end > bytes.length) throw new DnsFault("a record longer than the message");
  const data = readRecordData(bytes, type, { start, end });
  const record = { name, type, class: view.getUint16(fixed + 2), ttlS: view.getUint32(fixed + 4), data, at };
  return { record, end };
}

function changeBytes(change: ZoneChange): readonly Uint8Array[] {
  const { name, priority, weight, port, target } = change.record;
  const data = joined([uint16(priority), uint16(weight), uint16(port), encodeDnsName(target)]);
  const [recordClass, ttlS] = change.kind === "add" ? [DNS_CLASS.IN, change.ttlS] : [DNS_CLASS.NONE, 0];
  return [
    encodeDnsName(name),
    uint16(DNS_TYPE.SRV),
    uint16(recordClass),
    uint16(Math.floor(ttlS / 65_536)),
    uint16(ttlS % 65_536),
    uint16(data.length),
    data,
  ];
}

function header(id: number, flags: number, counts: readonly number[]): Uint8Array {
  return joined([id, flags, ...counts].map(uint16));
}

/** Two bytes, the higher first. */
export function uint16(value: number): Uint8Array {
  return new Uint8Array([value >> 8, value & 255]);
}

/** One after the other. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
