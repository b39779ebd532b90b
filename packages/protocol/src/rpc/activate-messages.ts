import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { isZero, type Sha256 } from "@countersign/domain";
import type { PresentedCertificate } from "../documents/host-certificate.ts";
import {
  ActivateRequestSchema,
  CertificateBundleSchema,
  type ActivateRequest as RequestMessage,
} from "../gen/countersign/v1/activation_pb.ts";
import { accept, type Outcome, refuse } from "../outcome.ts";
import { type ActivateReply, type ActivateRequest, MAX_REQUEST_BYTES } from "./activate-values.ts";

const NONE = new Uint8Array();
const PROTOCOL_MINOR = 1;
const CLIENT_NAME = /^[A-Za-z0-9._-]{1,63}$/;

/** The door of the host: size before parsing, then every rule of protocol.md §5.1, once. */
export function narrowActivateRequest(bytes: Uint8Array): Outcome<ActivateRequest> {
  if (bytes.length > MAX_REQUEST_BYTES)
    return refuse("REQUEST_TOO_LARGE", `expected at most ${MAX_REQUEST_BYTES} bytes, found ${bytes.length}`);
  let message: RequestMessage;
  try {
    message = fromBinary(ActivateRequestSchema, bytes, { readUnknownFields: false });
  } catch {
    return refuse("REQUEST_INVALID", "expected an ActivateRequest, found bytes that are none");
  }
  const field = fieldAtFault(message);
  if (field !== undefined) return refuse("REQUEST_INVALID", `field ${field} breaks its rule`, field);
  return accept(narrowed(message));
}

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

/** The bytes a host answers, written field by field: the certificate bundle goes in as it was made once. */
export function encodeActivateReply({
  statementType,
  statement,
  proof,
  certificate,
  serverTimeMs,
}: ActivateReply): Uint8Array {
  const { Varint, LengthDelimited } = WireType;
  const writer = new BinaryWriter();
  writer.tag(1, Varint).uint32(statementType);
  writer.tag(2, LengthDelimited).bytes(statement);
  writer.tag(3, LengthDelimited).fork();
  writer.tag(1, LengthDelimited).bytes(proof.head);
  writer.tag(2, LengthDelimited).bytes(proof.sig);
  writer.tag(3, LengthDelimited).bytes(proof.keyId);
  if (proof.leafIndex > 0) writer.tag(4, Varint).uint32(proof.leafIndex);
  if (proof.path.length > 0) writer.tag(5, LengthDelimited).bytes(proof.path);
  writer.join();
  if (certificate !== undefined) writer.tag(4, LengthDelimited).bytes(certificate);
  writer.tag(5, Varint).int64(serverTimeMs);
  return writer.finish();
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

const isId = (bytes: Uint8Array, length: number) => bytes.length === length && !isZero(bytes);
const isOptionalId = (bytes: Uint8Array, length: number) => bytes.length === 0 || isId(bytes, length);

const RULES: readonly (readonly [field: string, holds: (m: RequestMessage) => boolean])[] = [
  ["protocol_minor", (m) => m.protocolMinor >= PROTOCOL_MINOR],
  ["cmid", (m) => isId(m.cmid, 16)],
  ["nonce", (m) => isId(m.nonce, 32)],
  ["fingerprint", (m) => isId(m.fingerprint, 32)],
  ["components", (m) => m.components.length <= 8 && m.components.every((component) => component.length === 9)],
  ["product_id", (m) => m.productId > 0],
  ["key_group", (m) => m.keyGroup > 0 && m.keyGroup < 2 ** 20],
  ["license_status", (m) => m.licenseStatus <= 6],
  ["required_count", (m) => m.requiredCount >= 1 && m.requiredCount <= 10_000],
  ["client_time_ms", (m) => m.clientTimeMs > 0n && m.clientTimeMs < 2n ** 53n],
  ["previous_cmid", (m) => isOptionalId(m.previousCmid, 16)],
  [
    "lineage",
    (m) =>
      m.lineage.length <= 16 &&
      m.lineage.every((claim) => isId(claim.hostId, 16) && isId(claim.leaseId, 16) && claim.seq < 2n ** 53n),
  ],
  ["manifest_version", (m) => m.manifestVersion < 2n ** 53n && m.policyVersion < 2n ** 53n && m.rlNumber < 2n ** 53n],
  ["known_cert_hash", (m) => isOptionalId(m.knownCertHash, 32)],
  ["setup_key_id", (m) => isId(m.setupKeyId, 9)],
  ["sdk", (m) => m.sdk.length <= 32],
  ["client_name", (m) => m.clientName === "" || CLIENT_NAME.test(m.clientName)],
  ["publisher_id", (m) => isOptionalId(m.publisherId, 16)],
];

function fieldAtFault(message: RequestMessage): string | undefined {
  for (const [field, holds] of RULES) if (!holds(message)) return field;
  return undefined;
}

function narrowed(message: RequestMessage): ActivateRequest {
  return {
    protocolMinor: message.protocolMinor,
    publisherId: message.publisherId.length === 0 ? undefined : message.publisherId,
    cmid: message.cmid,
    nonce: message.nonce,
    fingerprint: message.fingerprint,
    components: message.components,
    productId: message.productId,
    keyGroup: message.keyGroup,
    licenseStatus: message.licenseStatus as ActivateRequest["licenseStatus"],
    minutesToStateExpiry: message.minutesToStateExpiry,
    requiredCount: message.requiredCount,
    clientTimeMs: Number(message.clientTimeMs),
    previousCmid: message.previousCmid.length === 0 ? undefined : message.previousCmid,
    lineage: message.lineage.map(({ hostId, seq, leaseId }) => ({ hostId, seq: Number(seq), leaseId })),
    manifestVersion: Number(message.manifestVersion),
    policyVersion: Number(message.policyVersion),
    rlNumber: Number(message.rlNumber),
    knownCertHash: message.knownCertHash.length === 0 ? undefined : message.knownCertHash,
    setupKeyId: message.setupKeyId,
    flags: message.flags,
    sdk: message.sdk,
    clientName: message.clientName,
  };
}
