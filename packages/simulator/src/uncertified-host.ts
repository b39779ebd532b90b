import { create, toBinary } from "@bufbuild/protobuf";
import type { TransportReply } from "@countersign/client";
import { REFUSALS } from "@countersign/domain";
import type { Host } from "@countersign/host";
import { encodeActivateRequest, narrowActivateRequest } from "@countersign/protocol";
import { GetDocumentsRequestSchema } from "@countersign/protocol/gen/activation";
import type { SeededRandom } from "@countersign/testkit";
import { transportReply } from "./transport-reply.ts";

/** A whole host, software and all, that no publisher of the machines certified (N3 of protocol.md §1.2). */
export interface UncertifiedHost {
  /** Serves the request and signs under a root of its own. */
  activates(request: Uint8Array): Promise<TransportReply>;
  /** Says no, for a reason of its choice, and asks to be left alone for as long as it likes. */
  refuses(): TransportReply;
  /** The documents of its own root. */
  documents(): Promise<TransportReply>;
}

const REASONS = Object.keys(REFUSALS);
const MOST_RETRY_AFTER_S = 10 * 86_400;
const PEER = { address: "10.9.9.8" };

/** The real core below another root: its product has the same numbers, so its replies are wrong in nothing but who signed. */
export function uncertifiedHost(host: Host, random: SeededRandom): UncertifiedHost {
  return {
    activates: async (bytes) => {
      const request = narrowActivateRequest(bytes);
      if (!request.ok) return { kind: "foreign", detail: "no request" };
      const own = encodeActivateRequest({ ...request.value, publisherId: undefined, knownCertHash: undefined });
      return transportReply(await host.activate(own, PEER));
    },
    refuses: () => ({
      kind: "refusal",
      reason: random.pick(REASONS) ?? "",
      message: "not here",
      retryAfterS: Math.floor(random.fraction() * MOST_RETRY_AFTER_S),
    }),
    documents: async () =>
      transportReply(await host.getDocuments(toBinary(GetDocumentsRequestSchema, create(GetDocumentsRequestSchema)))),
  };
}
