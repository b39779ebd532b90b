import { DnsFault } from "./dns-codes.ts";

/** A name on the wire, its final zero byte included (RFC 1035 §3.1). */
const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;
const POINTER = 0xc0;

/**
 * A name on the wire, without compression: where TSIG digests it, it may have none (RFC 8945 §4.3.3). In lower case, which is
 * its canonical form. `\DDD` and `\.` are read as zone files write them.
 */
export function encodeDnsName(name: string): Uint8Array {
  const bytes: number[] = [];
  for (const label of labelsOf(name)) {
    if (label.length === 0 || label.length > MAX_LABEL_BYTES) throw new DnsFault(`a label of ${label.length} bytes`);
    bytes.push(label.length, ...label);
  }
  bytes.push(0);
  if (bytes.length > MAX_NAME_BYTES) throw new DnsFault(`a name of ${bytes.length} bytes`);
  return new Uint8Array(bytes);
}

/**
 * Reads the name at `at`. A pointer leads only to an earlier place than the name or pointer that holds it began at, so
 * that no message, however made, can be walked for ever.
 */
export function readDnsName(message: Uint8Array, at: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let [place, earliest, length, end] = [at, at, 1, -1];
  for (;;) {
    const size = message[place];
    if (size === undefined) throw new DnsFault("the message ends inside a name");
    if (size === 0) return { name: labels.join("."), end: end === -1 ? place + 1 : end };
    if ((size & POINTER) === POINTER) {
      const low = message[place + 1];
      if (low === undefined) throw new DnsFault("the message ends inside a pointer");
      const target = ((size & 0x3f) << 8) | low;
      if (target >= earliest) throw new DnsFault("a pointer that leads forwards");
      if (end === -1) end = place + 2;
      earliest = target;
      place = target;
      continue;
    }
    if (size > MAX_LABEL_BYTES) throw new DnsFault("a label of an unknown kind");
    length += size + 1;
    if (length > MAX_NAME_BYTES) throw new DnsFault("a name longer than 255 bytes");
    if (place + 1 + size > message.length) throw new DnsFault("the message ends inside a label");
    labels.push(labelText(message.subarray(place + 1, place + 1 + size)));
    place += size + 1;
  }
}

function labelsOf(name: string): readonly (readonly number[])[] {
  if (name === "" || name === ".") return [];
  const labels: number[][] = [[]];
  for (const [symbol, escaped] of name.matchAll(/\\(\d{3}|[^\d])|[^\\]/g)) {
    if (symbol === ".") labels.push([]);
    else labels.at(-1)?.push(byteOf(escaped ?? symbol));
  }
  // A final dot is the root; an escaped one is a byte of the last label.
  if (labels.length > 1 && labels.at(-1)?.length === 0) labels.pop();
  return labels;
}

function byteOf(symbol: string): number {
  const byte = /^\d{3}$/.test(symbol) ? Number(symbol) : symbol.toLowerCase().charCodeAt(0);
  if (byte > 255) throw new DnsFault("a symbol that is no byte");
  return byte;
}

/** As zone files write it; names are compared without regard to case, so they are read in lower case (RFC 4343). */
function labelText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => {
    const symbol = String.fromCharCode(byte);
    if (/[a-z0-9_-]/i.test(symbol)) return symbol.toLowerCase();
    return byte > 0x20 && byte < 0x7f ? `\\${symbol}` : `\\${String(byte).padStart(3, "0")}`;
  }).join("");
}
