import { MAX_ENVELOPE_BYTES } from "../documents/payload-type.ts";
import type { ReceivedDocuments } from "../documents/trust-values.ts";
import { GetDocumentsResponseSchema } from "../gen/countersign/v1/activation_pb.ts";
import type { Outcome } from "../outcome.ts";
import { readMessage } from "../wire/read-message.ts";

/** Documents a host sent; nothing of them is believed before mergeTrust verified them. At most 512 KiB. */
export function readDocumentsResponse(bytes: Uint8Array): Outcome<ReceivedDocuments> {
  return readMessage(GetDocumentsResponseSchema, bytes, MAX_ENVELOPE_BYTES);
}
