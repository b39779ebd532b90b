import { create, toBinary } from "@bufbuild/protobuf";
import { type HostTarget, MAX_ANSWER_BYTES } from "@countersign/client";
import { fromHex, toHex } from "@countersign/domain";
import { openTrust, readDocumentsResponse, type TrustState } from "@countersign/protocol";
import { GetDocumentsRequestSchema } from "@countersign/protocol/gen/activation";
import { TrustBundleSchema } from "@countersign/protocol/gen/documents";
import type { HostQuestion } from "./ask-host-info.ts";

/**
 * The documents of a publisher, from a host that serves it. They are as good as the id that is asked for: it is the hash of
 * the publisher's first root. undefined: the host does not answer, or answers with another's.
 */
export async function askTrust(
  target: HostTarget,
  publisherId: string,
  { transport, cryptography }: HostQuestion,
): Promise<TrustState | undefined> {
  const id = fromHex(publisherId);
  if (id === undefined) return undefined;
  const asked = create(GetDocumentsRequestSchema, { publisherId: id });
  const reply = await transport(target, "GetDocuments", toBinary(GetDocumentsRequestSchema, asked));
  if (reply.kind !== "answer" || reply.bytes.length > MAX_ANSWER_BYTES.GetDocuments) return undefined;
  const received = readDocumentsResponse(reply.bytes);
  if (!received.ok) return undefined;
  const { rootSets, manifest, policies, revocationList } = received.value;
  const bundle = create(TrustBundleSchema, {
    ...{ format: 1, rootSets: [...(rootSets ?? [])], policies: [...(policies ?? [])] },
    ...(manifest && { manifest }),
    ...(revocationList && { revocationList }),
  });
  const opened = await openTrust(toBinary(TrustBundleSchema, bundle), cryptography);
  return opened.ok && toHex(opened.value.publisherId) === publisherId ? opened.value : undefined;
}
