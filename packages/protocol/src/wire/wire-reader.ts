/** Wire types of protobuf that this protocol uses or passes over. */
export const WIRE = { varint: 0, fixed64: 1, lengthDelimited: 2, fixed32: 5 } as const;

/** Thrown for bytes that are no protobuf message; caught at the door, never beyond it. */
export class WireFault extends Error {}

/**
 * A strict reader of one message without copies: a number has one spelling. Numbers beyond 2^53 come out inexact but
 * large: range rules refuse them.
 */
export class WireReader {
  private readonly source: Uint8Array;
  private at = 0;

  constructor(source: Uint8Array) {
    this.source = source;
  }

  /** field << 3 | wire type; 0 at the end. */
  tag(): number {
    if (this.at >= this.source.length) return 0;
    const tag = this.uint32();
    if (tag < 8) throw new WireFault("field number 0");
    return tag;
  }

  uint32(): number {
    const value = this.uint64();
    if (value > 0xffffffff) throw new WireFault("a number of more than 32 bits");
    return value;
  }

  uint64(): number {
    let value = 0;
    for (let factor = 1; factor < 2 ** 70; factor *= 128) {
      const byte = this.source[this.at++];
      if (byte === undefined) throw new WireFault("the message ends inside a number");
      value += (byte & 127) * factor;
      if (byte >= 128) continue;
      if (byte === 0 && factor > 1) throw new WireFault("a number longer than it needs to be");
      if (byte > 1 && factor === 2 ** 63) break;
      return value;
    }
    throw new WireFault("a number of more than 64 bits");
  }

  bytes(): Uint8Array {
    const length = this.uint32();
    const start = this.at;
    if (length > this.source.length - start) throw new WireFault("the message ends inside a field");
    this.at += length;
    return this.source.subarray(start, this.at);
  }

  /** Passes over a field nobody here knows. */
  skip(tag: number): void {
    const wire = tag & 7;
    if (wire === WIRE.varint) this.uint64();
    else if (wire === WIRE.lengthDelimited) this.bytes();
    else if (wire === WIRE.fixed64 || wire === WIRE.fixed32) this.at += wire === WIRE.fixed64 ? 8 : 4;
    else throw new WireFault("a wire type that is not in use");
    if (this.at > this.source.length) throw new WireFault("the message ends inside a field");
  }
}
