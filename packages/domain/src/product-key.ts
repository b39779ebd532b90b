import type { HmacSha256, Sha256 } from "./cryptography.ts";
import { concatBytes, type PublisherId } from "./identifiers.ts";
import { asciiBytes, pae } from "./pae.ts";
import { checkSymbols, isCodeWord, locateErrors } from "./reed-solomon.ts";

/** Setup keys are public selectors; host keys and MAKs are secret. */
export type ProductKeyKind = "setup" | "host" | "mak";

/** What 105 bits of a product key say (protocol.md §10). */
export interface ProductKey {
  readonly kind: ProductKeyKind;
  /** 20 bits: the key group. */
  readonly group: number;
  /** 5 bytes. Host key, MAK: random. Setup key: the product id in the low four. */
  readonly kid: Uint8Array;
  /** 5 bytes: truncated MAC (host key, MAK) or hash (setup key). */
  readonly tag: Uint8Array;
}

/** A wrong symbol and what it probably was, as people count: position 1..25. */
export interface KeySuggestion {
  readonly position: number;
  readonly found: string;
  readonly suggested: string;
}

/** A typed key read, or the reason it is none: wrong length, a symbol outside the alphabet, the check, the format. */
export type ParsedProductKey =
  | { readonly ok: true; readonly key: ProductKey }
  | {
      readonly ok: false;
      readonly problem: "length" | "symbol" | "check" | "format";
      readonly found: string;
      readonly suggestions: readonly KeySuggestion[];
    };

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const SYMBOLS = 25;
const CHECKED = 21;
const KINDS = ["setup", "host", "mak"] as const;
const FORMAT = 1;

/** `XXXXX-XXXXX-XXXXX-XXXXX-XXXXX`. `mask`: the publisher's, see publisherMask. */
export function formatProductKey(key: ProductKey, mask: number): string {
  const symbols = bitsToSymbols(keyBits(key));
  const word = [...symbols, ...masked(checkSymbols(symbols), mask)];
  return (
    word
      .map((symbol) => ALPHABET[symbol])
      .join("")
      .match(/.{5}/g) ?? []
  ).join("-");
}

/** Reads what a person typed: case folded, O as 0, I and L as 1, spaces and dashes ignored. */
export function parseProductKey(text: string, mask: number): ParsedProductKey {
  const typed = foldProductKey(text);
  if (typed.length !== SYMBOLS) return failed("length", `${typed.length} symbols`);
  const symbols = [...typed].map((character) => ALPHABET.indexOf(character));
  const foreign = symbols.indexOf(-1);
  if (foreign >= 0) return failed("symbol", `"${typed[foreign]}" at position ${foreign + 1}`);
  const word = [...symbols.slice(0, CHECKED), ...masked(symbols.slice(CHECKED), mask)];
  if (!isCodeWord(word))
    return { ...failed("check", "a check that does not hold"), suggestions: suggestionsFor(word, mask) };
  return keyOf(word);
}

/** The publishers whose mask fits the typed key: normally one or none (2^-20 by chance). */
export function publishersOfKey<T extends { readonly mask: number }>(
  text: string,
  publishers: readonly T[],
): readonly T[] {
  return publishers.filter((publisher) => parseProductKey(text, publisher.mask).ok);
}

/** 20 bits XORed into the check symbols, so that a key of another publisher never passes. Zero is not allowed: draw another root set. */
export function publisherMask(publisherId: PublisherId, sha256: Sha256): number {
  const digest = sha256(pae("application/vnd.countersign.product-key-mask.v1", publisherId));
  return ((digest[0] ?? 0) << 12) | ((digest[1] ?? 0) << 4) | ((digest[2] ?? 0) >> 4);
}

/** The 65 bits before the tag, right-padded with zero bits: 9 bytes. Also the `setup_key_id` of a request. */
export function productKeyHeader(key: Pick<ProductKey, "kind" | "group" | "kid">): Uint8Array {
  const bits = keyBits({ ...key, tag: new Uint8Array(5) }).slice(0, 65);
  return bitsToBytes([...bits, ...new Array<number>(7).fill(0)]);
}

/** Tag of a setup key: public, anybody can compute it. */
export function setupKeyTag(header: Uint8Array, publisherId: PublisherId, sha256: Sha256): Uint8Array {
  return sha256(pae("application/vnd.countersign.setup-key-tag.v1", concatBytes(header, publisherId))).slice(0, 5);
}

/** Tag of a host key or MAK: only the publisher, who holds the epoch's key, can compute it. */
export function secretKeyTag(header: Uint8Array, epochKey: Uint8Array, hmac: HmacSha256): Uint8Array {
  return hmac(epochKey, pae("application/vnd.countersign.product-key-tag.v1", header)).slice(0, 5);
}

/** A setup key's kid for a product id. */
export function setupKid(productId: number): Uint8Array {
  return Uint8Array.of(0, productId >>> 24, productId >>> 16, productId >>> 8, productId);
}

/** The product id a setup key selects. */
export function productIdOfKid(kid: Uint8Array): number {
  return new DataView(kid.buffer, kid.byteOffset, kid.byteLength).getUint32(1);
}

/** The last five symbols: all that is ever shown or logged. */
export function partialKey(text: string): string {
  return foldProductKey(text).slice(-5);
}

/** The 25 symbols without dashes, as they enter a key proof. */
export function keySymbols(text: string): Uint8Array {
  return asciiBytes(foldProductKey(text));
}

/** Any dash: word processors make a longer one of a hyphen. */
function foldProductKey(text: string): string {
  return text
    .toUpperCase()
    .replace(/[\s\p{Dash_Punctuation}]/gu, "")
    .replaceAll("O", "0")
    .replace(/[IL]/g, "1");
}

function keyOf(word: readonly number[]): ParsedProductKey {
  const bits = word.slice(0, CHECKED).flatMap((symbol) => bitsOf(symbol, 5));
  const format = numberOf(bits.slice(0, 3));
  const kind = KINDS[numberOf(bits.slice(3, 5))];
  if (format !== FORMAT || kind === undefined) return failed("format", `format ${format}`);
  const key = {
    kind,
    group: numberOf(bits.slice(5, 25)),
    kid: bitsToBytes(bits.slice(25, 65)),
    tag: bitsToBytes(bits.slice(65, 105)),
  };
  return { ok: true, key };
}

function keyBits(key: ProductKey): readonly number[] {
  return [
    ...bitsOf(FORMAT, 3),
    ...bitsOf(KINDS.indexOf(key.kind), 2),
    ...bitsOf(key.group, 20),
    ...[...key.kid].flatMap((byte) => bitsOf(byte, 8)),
    ...[...key.tag].flatMap((byte) => bitsOf(byte, 8)),
  ];
}

function suggestionsFor(word: readonly number[], mask: number): readonly KeySuggestion[] {
  const shown = (symbol: number, position: number) => {
    const shift = position < CHECKED ? 0 : (mask >> (5 * (SYMBOLS - 1 - position))) & 31;
    return ALPHABET[symbol ^ shift] ?? "";
  };
  return (locateErrors(word) ?? []).map(({ position, symbol }) => ({
    position: position + 1,
    found: shown(word[position] ?? 0, position),
    suggested: shown(symbol, position),
  }));
}

const failed = (problem: "length" | "symbol" | "check" | "format", found: string) =>
  ({ ok: false, problem, found, suggestions: [] }) as const;

const masked = (check: readonly number[], mask: number) =>
  check.map((symbol, i) => symbol ^ ((mask >> (5 * (3 - i))) & 31));

const bitsOf = (value: number, width: number): readonly number[] =>
  Array.from({ length: width }, (_, i) => (value >>> (width - 1 - i)) & 1);

const numberOf = (bits: readonly number[]): number => bits.reduce((value, bit) => value * 2 + bit, 0);

const bitsToBytes = (bits: readonly number[]): Uint8Array =>
  Uint8Array.from({ length: bits.length / 8 }, (_, i) => numberOf(bits.slice(8 * i, 8 * i + 8)));

const bitsToSymbols = (bits: readonly number[]): readonly number[] =>
  Array.from({ length: bits.length / 5 }, (_, i) => numberOf(bits.slice(5 * i, 5 * i + 5)));
