import { DNS_CLASS, DNS_TYPE, DnsFault, type DnsRead } from "./dns-codes.ts";
import { type DnsMessage, joined, readDnsMessage, uint16 } from "./dns-message.ts";
import { encodeDnsName } from "./dns-names.ts";
import type { TsigData } from "./record-data.ts";

/** The algorithms of TSIG that are used (RFC 8945 §6): those with SHA-2 that BIND and others have. */
export const TSIG_ALGORITHMS = ["hmac-sha256", "hmac-sha384", "hmac-sha512"] as const;
/** One of them. */
export type TsigAlgorithm = (typeof TSIG_ALGORITHMS)[number];

/** A key that a host and a DNS server share. */
export interface TsigKey {
  readonly name: string;
  readonly algorithm: TsigAlgorithm;
  readonly secret: Uint8Array;
}

/** The HMAC of one of the algorithms; its full length. */
export type TsigHmac = (algorithm: TsigAlgorithm, key: Uint8Array, bytes: Uint8Array) => Uint8Array;

/** How far two clocks may be apart (protocol.md §11.2). */
export const TSIG_FUDGE_S = 300;

const MAC_BYTES: Readonly<Record<TsigAlgorithm, number>> = { "hmac-sha256": 32, "hmac-sha384": 48, "hmac-sha512": 64 };
const NO_BYTES = new Uint8Array();

/** A signed message, and the MAC that its answer is bound to. */
export interface SignedMessage {
  readonly bytes: Uint8Array;
  readonly mac: Uint8Array;
}

/** Signs a request (RFC 8945 §5.1). */
export function signTsig(message: Uint8Array, key: TsigKey, timeS: number, hmac: TsigHmac): SignedMessage {
  const fields = { timeS, fudgeS: TSIG_FUDGE_S, error: 0, other: NO_BYTES };
  const mac = hmac(key.algorithm, key.secret, joined([message, variables(key, fields)]));
  const data = joined([
    encodeDnsName(key.algorithm),
    uint48(timeS),
    ...[TSIG_FUDGE_S, mac.length].map(uint16),
    mac,
    message.slice(0, 2),
    ...[0, 0].map(uint16),
  ]);
  const record = joined([
    encodeDnsName(key.name),
    ...[DNS_TYPE.TSIG, DNS_CLASS.ANY, 0, 0, data.length].map(uint16),
    data,
  ]);
  const bytes = joined([message, record]);
  bytes.set(uint16(count(bytes, 10) + 1), 10);
  return { bytes, mac };
}

/** What a request that is answered was signed with. */
export interface AnsweredRequest {
  readonly key: TsigKey;
  readonly mac: Uint8Array;
}

/**
 * What the signature of an answer says. `signed`: it is the key owner's, and its `error` is what it says of ours (0, or
 * BADTIME with the server's time). `unsigned`: anybody may have sent it; BADKEY and BADSIG come so (RFC 8945 §5.3.2).
 */
export type TsigVerdict =
  | { readonly kind: "signed"; readonly message: DnsMessage; readonly error: number; readonly serverTimeS: number }
  | { readonly kind: "unsigned"; readonly message: DnsMessage; readonly error: number };

/** Checks the answer to a signed request (RFC 8945 §5.3). A signature that is there and wrong is no answer at all. */
export function verifyTsig(
  bytes: Uint8Array,
  { key, mac }: AnsweredRequest,
  nowS: number,
  hmac: TsigHmac,
): DnsRead<TsigVerdict> {
  const read = readDnsMessage(bytes);
  if (!read.ok) return read;
  const message = read.value;
  const found = tsigOf(message);
  if (typeof found === "string") return { ok: false, detail: found };
  if (found === undefined) return { ok: true, value: { kind: "unsigned", message, error: 0 } };
  const { data, at, name } = found;
  if (data.mac.length === 0) return { ok: true, value: { kind: "unsigned", message, error: data.error } };
  const [keyName, algorithm] = [key.name.replace(/\.$/, "").toLowerCase(), key.algorithm];
  if (name !== keyName || data.algorithm !== algorithm) return { ok: false, detail: "a signature of another key" };
  // A shorter MAC is weaker than what was agreed (RFC 8945 §5.2.2.1).
  if (data.mac.length !== MAC_BYTES[algorithm]) return { ok: false, detail: "a signature of another length" };
  const wanted = hmac(
    algorithm,
    key.secret,
    joined([uint16(mac.length), mac, unsignedPart(bytes, at, data.originalId), variables(key, data)]),
  );
  if (!isEqual(wanted, data.mac)) return { ok: false, detail: "a signature that is not this key's" };
  const serverTimeS = data.other.length === 6 ? readUint48(data.other) : data.timeS;
  // In BADTIME the time signed is the request's own, so that the answer can be checked (RFC 8945 §5.2.3).
  if (Math.abs(nowS - data.timeS) > data.fudgeS) return { ok: false, detail: "a signature of another time" };
  return { ok: true, value: { kind: "signed", message, error: data.error, serverTimeS } };
}

function tsigOf({ answers, authority, additional }: DnsMessage) {
  const all = [...answers, ...authority, ...additional].filter(({ type }) => type === DNS_TYPE.TSIG);
  if (all.length === 0) return undefined;
  const last = additional.at(-1);
  // RFC 8945 §5.1: one, and the last record of all.
  if (all.length > 1 || last?.data.kind !== "tsig" || last.class !== DNS_CLASS.ANY || last.ttlS !== 0)
    return "a TSIG record out of place";
  return { data: last.data, at: last.at, name: last.name };
}

/** The message as it was before it was signed (RFC 8945 §4.3.2). */
function unsignedPart(bytes: Uint8Array, at: number, originalId: number): Uint8Array {
  const part = bytes.slice(0, at);
  part.set(uint16(originalId), 0);
  part.set(uint16(count(bytes, 10) - 1), 10);
  return part;
}

/** The TSIG variables of the digest (RFC 8945 §4.3.3). */
function variables(
  { name, algorithm }: TsigKey,
  { timeS, fudgeS, error, other }: Pick<TsigData, "timeS" | "fudgeS" | "error" | "other">,
): Uint8Array {
  return joined([
    encodeDnsName(name),
    ...[DNS_CLASS.ANY, 0, 0].map(uint16),
    encodeDnsName(algorithm),
    uint48(timeS),
    ...[fudgeS, error, other.length].map(uint16),
    other,
  ]);
}

function uint48(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value >= 2 ** 48) throw new DnsFault("a time of more than 48 bits");
  const bytes = new Uint8Array(6);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(value / 2 ** 32));
  view.setUint32(2, value % 2 ** 32);
  return bytes;
}

function readUint48(bytes: Uint8Array): number {
  return bytes.reduce((value, byte) => value * 256 + byte, 0);
}

function count(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** In the same time whatever differs. */
function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.reduce((found, byte, i) => found | (byte ^ (b[i] ?? 0)), 0) === 0;
}
