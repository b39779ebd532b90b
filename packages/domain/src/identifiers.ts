/** A value of T that only its own constructor makes: brands keep ids of different things apart. */
export type Brand<T, Name extends string> = T & { readonly __brand?: Name };

/** 16 bytes: first 16 of SHA-256(payload of root-set v1). */
export type PublisherId = Brand<Uint8Array, "PublisherId">;
/** 16 bytes, a UUID: the unit of counting (protocol.md §2.3). */
export type ApplicationId = Brand<Uint8Array, "ApplicationId">;
/** 16 bytes, random at install. */
export type HostId = Brand<Uint8Array, "HostId">;
/** 16 bytes, random when the database is created; tells a copy from its original. */
export type InstanceId = Brand<Uint8Array, "InstanceId">;
/** uint32, unique within a publisher. */
export type ProductId = Brand<number, "ProductId">;
/** 20 bits: what a host key covers. */
export type KeyGroup = Brand<number, "KeyGroup">;

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Lower-case hexadecimal, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += HEX[byte];
  return text;
}

/** The bytes of a hexadecimal text; undefined when a character or the length is not hexadecimal. */
export function fromHex(text: string): Uint8Array | undefined {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return undefined;
  return Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16));
}

/** `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` for 16 bytes. */
export function toUuid(bytes: Uint8Array): string {
  const hex = toHex(bytes);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

/** The 16 bytes of a UUID with or without its dashes and braces; undefined when it is none. */
export function fromUuid(text: string): Uint8Array | undefined {
  const hex = text
    .trim()
    .replace(/^\{(.*)\}$/, "$1")
    .replaceAll("-", "");
  return hex.length === 32 ? fromHex(hex) : undefined;
}

/** Equality of contents. Not constant-time: for public values only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** The parts one after the other. */
export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** True for an id of which every byte is zero: never valid (rule R5). */
export function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
