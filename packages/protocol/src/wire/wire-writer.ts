import { WIRE } from "./wire-reader.ts";

/** Writes one message field by field, in ascending order and without defaults: the very bytes protobuf-es writes, sooner. */
export class WireWriter {
  private readonly target: Uint8Array;
  private at = 0;

  /** `capacity`: no message written here may be longer. */
  constructor(capacity: number) {
    this.target = new Uint8Array(capacity);
  }

  /** Any whole number from 0 to 2^53; zero is the default and not written. */
  number(field: number, value: number): this {
    if (value === 0) return this;
    this.varint(field * 8 + WIRE.varint);
    this.varint(value);
    return this;
  }

  /** Empty is the default and not written. */
  bytes(field: number, value: Uint8Array): this {
    return value.length === 0 ? this : this.message(field, value);
  }

  /** A nested message, encoded already; written even when empty, for its presence says something. */
  message(field: number, value: Uint8Array): this {
    this.varint(field * 8 + WIRE.lengthDelimited);
    this.varint(value.length);
    this.target.set(value, this.at);
    this.at += value.length;
    return this;
  }

  finish(): Uint8Array {
    return this.target.slice(0, this.at);
  }

  private varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.target[this.at++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.target[this.at++] = rest;
  }
}
