import { type ActivateRequest, narrowActivateRequest } from "@countersign/protocol";

/** By the identity of the bytes, which nobody changes: several stand on the way of each request and look at it. */
const requests = new WeakMap<Uint8Array, ActivateRequest>();

/** What a request on the wire says; undefined where it is none. */
export function overheard(bytes: Uint8Array): ActivateRequest | undefined {
  const known = requests.get(bytes);
  if (known !== undefined) return known;
  const read = narrowActivateRequest(bytes);
  if (!read.ok) return undefined;
  requests.set(bytes, read.value);
  return read.value;
}
