import { fromBinary } from "@bufbuild/protobuf";
import { Code, ConnectError, type ConnectRouter } from "@connectrpc/connect";
import { RefusalError, refuse } from "@countersign/domain";
import { writeTrust } from "@countersign/protocol";
import { TrustBundleSchema } from "@countersign/protocol/gen/documents";
import { PublisherService } from "@countersign/protocol/gen/publisher";
import { activateHost } from "../activate-host.ts";
import { currentTrust } from "../export-trust.ts";
import { createFailedProofs } from "../failed-proofs.ts";
import type { PublisherParts } from "../publisher-parts.ts";
import { connectRefusal } from "./connect-refusal.ts";

const MAX_PENDING_PROOFS = 64;

/** Where the socket says a call comes from. */
export type SourceOfCall = (header: Headers) => string;

/** What hosts ask their publisher, on tcp 1690. */
export function publisherRoutes(parts: PublisherParts, sourceOf: SourceOfCall): (router: ConnectRouter) => void {
  const failedProofs = createFailedProofs();
  let pending = 0;
  return (router) =>
    router.service(PublisherService, {
      activateHost: async ({ request }, { requestHeader }) => {
        if (request === undefined) throw connectRefusal(refuse("DOCUMENT_MALFORMED"));
        // scrypt is slow on purpose: a bounded queue keeps strangers from holding the whole thread pool.
        if (pending >= MAX_PENDING_PROOFS) throw connectRefusal(refuse("OVERLOADED", {}, 5));
        pending++;
        try {
          const outcome = await activateHost(request, { source: sourceOf(requestHeader), failedProofs }, parts);
          if (!outcome.ok) throw connectRefusal(outcome.refusal);
          const { certificate, trust, timeToken } = outcome.value;
          const bundle = fromBinary(TrustBundleSchema, writeTrust(trust));
          const { rootSets, manifest, policies, revocationList } = bundle;
          return {
            hostCert: certificate,
            rootSets,
            policies,
            timeToken,
            ...(manifest && { manifest }),
            ...(revocationList && { revocationList }),
          };
        } finally {
          pending--;
        }
      },
      getTrust: async () => ({
        trust: fromBinary(TrustBundleSchema, writeTrust(await orRefuse(() => currentTrust(parts)))),
      }),
    });
}

/** Runs a use-case; a refusal it ends with becomes the wire's, anything else is an internal fault without its cause. */
export async function orRefuse<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof RefusalError) throw connectRefusal(error.refusal);
    throw new ConnectError(
      "internal fault; the service's log has its cause",
      Code.Internal,
      undefined,
      undefined,
      error,
    );
  }
}
