import { create, fromBinary } from "@bufbuild/protobuf";
import { RefusalError, refuse } from "@countersign/domain";
import type { PublisherClient } from "@countersign/host";
import { writeTrust } from "@countersign/protocol";
import { TrustBundleSchema } from "@countersign/protocol/gen/documents";
import { ActivateHostResponseSchema, GetTrustResponseSchema } from "@countersign/protocol/gen/publisher";
import { activateHost, createFailedProofs, currentTrust, type PublisherParts } from "@countersign/publisher";

/** The publisher's service without a socket. `isLost`: asked once a renewal, whether its answer is lost on the way back. */
export function publisherDesk(parts: PublisherParts, isLost: () => boolean): PublisherClient {
  const desk = { source: "192.0.2.1", failedProofs: createFailedProofs() };
  let answered = 0;
  return {
    activateHost: async (request) => {
      const outcome = await activateHost(request, desk, parts);
      if (!outcome.ok) throw new RefusalError(outcome.refusal);
      // The first certificate arrives: without it there is nothing to simulate.
      if (answered++ > 0 && isLost()) throw new RefusalError(refuse("PUBLISHER_UNREACHABLE", { detail: "reset" }));
      const { certificate, trust, timeToken } = outcome.value;
      return create(ActivateHostResponseSchema, {
        hostCert: certificate,
        rootSets: trust.rootSets.map(({ document }) => document),
        manifest: trust.manifest.document,
        policies: trust.policies.map(({ document }) => document),
        timeToken,
      });
    },
    getTrust: async () =>
      create(GetTrustResponseSchema, { trust: fromBinary(TrustBundleSchema, writeTrust(await currentTrust(parts))) }),
  };
}
