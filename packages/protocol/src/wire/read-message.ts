import { type DescMessage, fromBinary, type MessageShape } from "@bufbuild/protobuf";
import { accept, type Outcome, refuse } from "../outcome.ts";
import { checkFraming, ExcessFault } from "./framing.ts";
import { WireFault } from "./wire-reader.ts";

/** Reads what a stranger sent: size, then framing, then fields. Signed payloads have readers of their own (rule R4). */
export function readMessage<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
  maxBytes: number,
): Outcome<MessageShape<Desc>> {
  if (bytes.length > maxBytes)
    return refuse("DOCUMENT_TOO_LARGE", `expected at most ${maxBytes} bytes, found ${bytes.length}`);
  try {
    checkFraming(schema, bytes);
    return accept(fromBinary(schema, bytes));
  } catch (fault) {
    if (fault instanceof ExcessFault) return refuse("DOCUMENT_TOO_LARGE", fault.message, fault.field);
    const found = fault instanceof WireFault ? fault.message : "bytes that are none";
    return refuse("DOCUMENT_MALFORMED", `expected a ${schema.name}, found ${found}`);
  }
}
