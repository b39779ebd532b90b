import { fromBinary } from "@bufbuild/protobuf";
import type { ConnectRouter } from "@connectrpc/connect";
import { RefusalError, refuse } from "@countersign/domain";
import { writeTrust } from "@countersign/protocol";
import { TrustBundleSchema } from "@countersign/protocol/gen/documents";
import { type ActivateHostRequest, PublisherService } from "@countersign/protocol/gen/publisher";
import { type ActivationDesk, activateHost } from "../activate-host.ts";
import { currentTrust } from "../export-trust.ts";
import { createFailedProofs } from "../failed-proofs.ts";
import { strangerRefusal } from "../named-fault.ts";
import type { PublisherParts } from "../publisher-parts.ts";
import { answering } from "./connect-refusal.ts";

/** What the service says to its log. Never a product key, nor the part of one that a kid is. */
export interface ServiceLog {
  info(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Where the socket says a call comes from. */
export type SourceOfCall = (header: Headers) => string;

/** What hosts ask their publisher, on tcp 1690. */
export function publisherRoutes(
  parts: PublisherParts,
  sourceOf: SourceOfCall,
  log: ServiceLog,
): (router: ConnectRouter) => void {
  const failedProofs = createFailedProofs();
  const answer = answering(strangerRefusal, (fault) => log.error({ err: fault }, "a call failed"));
  return (router) =>
    router.service(PublisherService, {
      activateHost: ({ request }, { requestHeader }) =>
        answer(() => certified(request, { desk: { source: sourceOf(requestHeader), failedProofs }, parts, log })),
      getTrust: () =>
        answer(async () => ({ trust: fromBinary(TrustBundleSchema, writeTrust(await currentTrust(parts))) })),
    });
}

async function certified(
  request: ActivateHostRequest["request"],
  { desk, parts, log }: { readonly desk: ActivationDesk; readonly parts: PublisherParts; readonly log: ServiceLog },
) {
  if (request === undefined) throw new RefusalError(refuse("DOCUMENT_MALFORMED", { detail: "no request" }));
  const outcome = await activateHost(request, desk, parts);
  if (!outcome.ok) {
    log.debug({ source: desk.source, reason: outcome.refusal.reason }, "host activation refused");
    throw new RefusalError(outcome.refusal);
  }
  log.info({ source: desk.source }, "host certificate given");
  const { certificate, trust, timeToken } = outcome.value;
  const { rootSets, manifest, policies, revocationList } = trust;
  return {
    hostCert: certificate,
    rootSets: rootSets.map(({ document }) => document),
    manifest: manifest.document,
    policies: policies.map(({ document }) => document),
    timeToken,
    ...(revocationList && { revocationList: revocationList.document }),
  };
}
