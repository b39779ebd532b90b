import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Cryptography, equalBytes } from "@countersign/domain";
import { mergeTrust, productOf, readDocumentsResponse, type TrustState } from "@countersign/protocol";
import { ActivateResponseSchema, GetDocumentsRequestSchema } from "@countersign/protocol/gen/activation";
import { type HostTarget, MAX_ANSWER_BYTES, type Transport } from "./transport.ts";

/** Where newer documents are asked for, and what is known. */
export interface DocumentQuestion {
  readonly trust: TrustState;
  readonly productId: number;
  readonly target: HostTarget;
  readonly transport: Transport;
  /** What the call may take. */
  readonly withinMs?: number;
}

/**
 * The trust to verify a reply under (protocol.md §5.3, step 3): when the reply says that its host has newer documents,
 * they are asked for, and what verifies is merged. Whatever goes wrong leaves the trust that was there.
 */
export async function trustFor(
  reply: Uint8Array,
  question: DocumentQuestion,
  cryptography: Cryptography,
): Promise<TrustState> {
  const { trust, target, transport, withinMs } = question;
  if (!announcesNewer(reply, question)) return trust;
  const limits = withinMs === undefined ? undefined : { withinMs };
  const answer = await transport(target, "GetDocuments", documentsRequest(trust), limits);
  if (answer.kind !== "answer" || answer.bytes.length > MAX_ANSWER_BYTES.GetDocuments) return trust;
  const received = readDocumentsResponse(answer.bytes);
  if (!received.ok) return trust;
  const merged = await mergeTrust(trust, received.value, cryptography);
  return merged.ok ? merged.value : trust;
}

/** True when trust differs in any document that counts up. */
export function isNewerTrust(trust: TrustState, than: TrustState): boolean {
  if (trust.rootSets.length !== than.rootSets.length) return true;
  if (trust.manifest.value.version !== than.manifest.value.version) return true;
  if (trust.revocationList?.value.number !== than.revocationList?.value.number) return true;
  if (trust.policies.length !== than.policies.length) return true;
  return trust.policies.some(({ value }) => {
    const known = than.policies.find((policy) =>
      equalBytes(policy.value.application.applicationId, value.application.applicationId),
    );
    return known?.value.version !== value.version;
  });
}

function announcesNewer(reply: Uint8Array, { trust, productId }: DocumentQuestion): boolean {
  if (reply.length > MAX_ANSWER_BYTES.Activate) return false;
  try {
    const { certificate } = fromBinary(ActivateResponseSchema, reply);
    if (certificate === undefined) return false;
    return (
      Number(certificate.manifestVersion) > trust.manifest.value.version ||
      Number(certificate.policyVersion) > (productOf(trust, productId)?.policyVersion ?? 0) ||
      Number(certificate.rlNumber) > (trust.revocationList?.value.number ?? 0)
    );
  } catch {
    // No message at all: the verification that follows names it.
    return false;
  }
}

function documentsRequest(trust: TrustState): Uint8Array {
  const message = create(GetDocumentsRequestSchema, {
    publisherId: trust.publisherId,
    rootVersion: BigInt(trust.rootSets.at(-1)?.value.version ?? 0),
    manifestVersion: BigInt(trust.manifest.value.version),
    policyVersions: trust.policies.map(({ value }) => ({
      applicationId: value.application.applicationId,
      version: BigInt(value.version),
    })),
    rlNumber: BigInt(trust.revocationList?.value.number ?? 0),
  });
  return toBinary(GetDocumentsRequestSchema, message);
}
