import type { TransportReply } from "@countersign/client";
import type { RpcReply } from "@countersign/protocol";

/** What a host method gave, as it arrives at a client. */
export function transportReply(reply: RpcReply): TransportReply {
  if (reply.ok) return { kind: "answer", bytes: reply.body };
  const { reason, message, retryAfterS } = reply.refusal;
  return { kind: "refusal", reason, message, retryAfterS };
}
