import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { MAX_SIGNATURES } from "../documents/payload-type.ts";
import { SignatureSchema, SignedDocumentSchema } from "../gen/countersign/v1/documents_pb.ts";
import { WIRE, WireFault, WireReader } from "./wire-reader.ts";

/** Messages that never get another field: whoever kept one must find the very same bytes again. */
const CLOSED: ReadonlySet<string> = new Set([SignedDocumentSchema.typeName, SignatureSchema.typeName]);
/** Elements of a repeated field at most, counted before any of them is made. */
const MOST_ELEMENTS: Readonly<Record<string, number>> = {
  [`${SignedDocumentSchema.typeName}.signatures`]: MAX_SIGNATURES,
};
const MOST_ELEMENTS_ELSEWHERE = 4096;

/** Thrown for more elements than anybody needs. */
export class ExcessFault extends WireFault {
  readonly field: string;

  constructor(field: string, most: number) {
    super(`expected at most ${most} ${field}, found more`);
    this.field = field;
  }
}

/** How one field stands on the wire. */
interface FieldFrame {
  readonly name: string;
  readonly wire: number;
  readonly isUint32: boolean;
  readonly most: number;
  readonly message: DescMessage | undefined;
}

const frames = new WeakMap<DescMessage, ReadonlyMap<number, FieldFrame>>();

/**
 * Holds unsigned framing to one spelling, which decoders of protobuf do not: known fields once each, in order, in their
 * own wire type, never their default, every number in its shortest form. A field nobody here knows is passed over,
 * unless the message is closed. Throws a WireFault.
 */
export function checkFraming(desc: DescMessage, bytes: Uint8Array): void {
  const frame = frameOf(desc);
  const reader = new WireReader(bytes);
  let [last, count] = [0, 0];
  for (let tag = reader.tag(); tag !== 0; tag = reader.tag()) {
    const number = tag >>> 3;
    if (number < last) throw new WireFault(`field ${number} behind field ${last}`);
    count = number === last ? count + 1 : 1;
    last = number;
    const field = frame.get(number);
    if (field !== undefined) checkField(field, { tag, count }, reader);
    else if (CLOSED.has(desc.typeName)) throw new WireFault(`field ${number}, which it does not have`);
    else reader.skip(tag);
  }
}

function checkField(field: FieldFrame, at: { readonly tag: number; readonly count: number }, reader: WireReader): void {
  const { name, wire, isUint32, most, message } = field;
  if ((at.tag & 7) !== wire) throw new WireFault(`${name} in another wire type`);
  if (at.count > most) throw most === 1 ? new WireFault(`${name} twice`) : new ExcessFault(name, most);
  if (wire === WIRE.varint) {
    if ((isUint32 ? reader.uint32() : reader.uint64()) === 0) throw new WireFault(`${name} written out as 0`);
    return;
  }
  const value = reader.bytes();
  if (message !== undefined) checkFraming(message, value);
  else if (most === 1 && value.length === 0) throw new WireFault(`${name} written out empty`);
}

function frameOf(desc: DescMessage): ReadonlyMap<number, FieldFrame> {
  const known = frames.get(desc) ?? new Map(desc.fields.map((field) => [field.number, fieldFrame(field)]));
  frames.set(desc, known);
  return known;
}

/** Only the shapes that unsigned messages of this protocol have. */
function fieldFrame(field: DescField): FieldFrame {
  const many = field.fieldKind === "list";
  const most = many ? (MOST_ELEMENTS[`${field.parent.typeName}.${field.name}`] ?? MOST_ELEMENTS_ELSEWHERE) : 1;
  const same = { name: field.name, most };
  const length = { ...same, wire: WIRE.lengthDelimited, isUint32: false, message: field.message };
  if (field.message !== undefined && field.fieldKind !== "map") return length;
  switch (field.scalar) {
    case ScalarType.BYTES:
    case ScalarType.STRING:
      return length;
    case ScalarType.UINT32:
    case ScalarType.UINT64:
    case ScalarType.INT64: {
      if (many) break;
      return { ...same, wire: WIRE.varint, isUint32: field.scalar === ScalarType.UINT32, message: undefined };
    }
  }
  throw new Error(`no framing for ${field.toString()}`);
}
