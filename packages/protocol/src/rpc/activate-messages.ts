import { create, toBinary } from "@bufbuild/protobuf";
import type { Sha256 } from "@countersign/domain";
import type { PresentedCertificate } from "../documents/host-certificate.ts";
import { ActivateRequestSchema, CertificateBundleSchema } from "../gen/countersign/v1/activation_pb.ts";
import { WireWriter } from "../wire/wire-writer.ts";
import type { ActivateReply, ActivateRequest } from "./activate-values.ts";

const NONE = new Uint8Array();

/** The bytes a client sends, and keeps for its retries. */
export function encodeActivateRequest(value: ActivateRequest): Uint8Array {
  const message = {
    ...value,
    publisherId: value.publisherId ?? NONE,
    components: [...value.components],
    clientTimeMs: BigInt(value.clientTimeMs),
    previousCmid: value.previousCmid ?? NONE,
    lineage: value.lineage.map((claim) => ({ ...claim, seq: BigInt(claim.seq) })),
    manifestVersion: BigInt(value.manifestVersion),
    policyVersion: BigInt(value.policyVersion),
    rlNumber: BigInt(value.rlNumber),
    knownCertHash: value.knownCertHash ?? NONE,
  };
  return toBinary(ActivateRequestSchema, create(ActivateRequestSchema, message));
}

/** Tags, lengths and numbers of a reply, at most. */
const FRAMING_BYTES = 64;

/** The bytes a host answers, written field by field: the certificate bundle goes in as it was made once. */
export function encodeActivateReply({ statementType, statement, proof, ...rest }: ActivateReply): Uint8Array {
  const { head, sig, keyId, leafIndex, path } = proof;
  // As large as needed: clearing room for the largest reply would cost more than writing this one.
  const proofBytes = new WireWriter(FRAMING_BYTES + head.length + sig.length + keyId.length + path.length)
    .bytes(1, head)
    .bytes(2, sig)
    .bytes(3, keyId)
    .number(4, leafIndex)
    .bytes(5, path)
    .finish();
  const certificateBytes = rest.certificate?.length ?? 0;
  const writer = new WireWriter(FRAMING_BYTES + statement.length + proofBytes.length + certificateBytes)
    .number(1, statementType)
    .bytes(2, statement)
    .message(3, proofBytes);
  if (rest.certificate !== undefined) writer.message(4, rest.certificate);
  return writer.number(5, rest.serverTimeMs).finish();
}

/** Certificate bundle bytes, made once per certificate and document versions. */
export function encodeCertificateBundle(
  presented: PresentedCertificate,
  versions: { readonly manifestVersion: number; readonly policyVersion: number; readonly rlNumber: number },
): Uint8Array {
  const message = {
    hostCert: presented.document,
    publicKey: presented.publicKey,
    contextHash: presented.contextHash,
    manifestVersion: BigInt(versions.manifestVersion),
    policyVersion: BigInt(versions.policyVersion),
    rlNumber: BigInt(versions.rlNumber),
  };
  return toBinary(CertificateBundleSchema, create(CertificateBundleSchema, message));
}

/** What joins 12288, 12289 and 12290 of one request: the first 8 bytes of SHA-256 of its nonce. */
export function requestIdOf(nonce: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(nonce).slice(0, 8);
}
