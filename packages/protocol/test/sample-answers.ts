import assert from "node:assert/strict";
import { create, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import type { Cryptography } from "@countersign/domain";
import { ActivateResponseSchema, GetHostInfoResponseSchema } from "../src/gen/countersign/v1/activation_pb.ts";
import {
  type BatchHead,
  encodeCountReport,
  encodeHostInfo,
  encodeReidentify,
  type HostInfo,
  type Leaf,
  type LeafName,
  type Outcome,
  STATEMENT_TYPE,
  sealBatch,
  type TrustState,
  verifyHostCertificate,
  verifyHostInfo,
  verifyStatement,
} from "../src/index.ts";
import { nodeCryptography } from "../src/node/index.ts";
import { accepted } from "./refused.ts";
import {
  ASKED,
  headIdentity,
  leaseLeaf,
  NOW_MS,
  SAMPLE_LEASE,
  type SampleWorld,
  sampleCall,
  seededBytes,
} from "./sample-world.ts";

const { leaseId, hostId, port, retryS, renewalS, jitterPct, requiredCount } = SAMPLE_LEASE;
const told = { ...ASKED, issuedMs: NOW_MS, hostId, port, retryS };
const HOST_INFO: HostInfo = {
  nonce: ASKED.nonce,
  hostId,
  instanceId: seededBytes("instance id", 16),
  nodeId: seededBytes("node id", 8),
  port,
  softwareVersion: "0.1.0",
  keyGroups: [7, 8],
  notAfterMs: NOW_MS + 1,
  serverTimeMs: NOW_MS,
  counts: [{ applicationId: seededBytes("application id", 16), currentCount: 24 }],
};

/** One payload of every kind of leaf. */
export const LEAVES: Readonly<Record<LeafName, Leaf>> = {
  lease: leaseLeaf(),
  countReport: {
    name: "countReport",
    payload: encodeCountReport({
      ...told,
      leaseId,
      seq: 1,
      renewalS,
      jitterPct,
      count: 24,
      requiredCount,
      reason: 1,
      flags: 0,
    }),
  },
  reidentify: {
    name: "reidentify",
    payload: encodeReidentify({
      ...told,
      reason: 1,
      branchHint: seededBytes("branch", 4),
      otherLastSeenMs: NOW_MS - 1,
    }),
  },
  hostInfo: { name: "hostInfo", payload: encodeHostInfo(HOST_INFO) },
};

/** The message that carries a leaf, as plain fields that a test may change before it is written. */
export type Answer = MessageShape<typeof ActivateResponseSchema>;

/** A host's answer with the leaf as the middle one of three; `head` changes what the signed head says. */
export async function answerWith(world: SampleWorld, leaf: Leaf, head: Partial<BatchHead> = {}): Promise<Answer> {
  const [left, right] = ["left", "right"].map((label) => leaseLeaf({ nonce: seededBytes(label, 32) }));
  assert.ok(left !== undefined && right !== undefined);
  const identity = { ...headIdentity(world), ...head };
  const [, proof] = await sealBatch([left, leaf, right], identity, world.hostSigner, nodeCryptography.sha256);
  assert.ok(proof !== undefined);
  return create(ActivateResponseSchema, {
    statementType: leaf.name === "hostInfo" ? 0 : STATEMENT_TYPE[leaf.name],
    statement: leaf.payload,
    proof,
    certificate: {
      hostCert: world.presented.document,
      publicKey: world.presented.publicKey,
      contextHash: world.presented.contextHash,
      manifestVersion: 4n,
      policyVersion: 2n,
      rlNumber: 9n,
    },
    serverTimeMs: BigInt(NOW_MS),
  });
}

/** The answer as bytes: an ActivateResponse, or the GetHostInfoResponse with the same parts. */
export function answerBytes(name: LeafName, answer: Answer): Uint8Array {
  if (name !== "hostInfo") return toBinary(ActivateResponseSchema, answer);
  const { statement, proof, certificate } = answer;
  const message = create(GetHostInfoResponseSchema, {
    statement,
    softwareVersion: "0.1.0",
    publisherIds: [seededBytes("publisher", 16)],
  });
  if (proof !== undefined) message.proof = proof;
  if (certificate !== undefined) message.certificate = certificate;
  return toBinary(GetHostInfoResponseSchema, message);
}

/** The same bytes without what no signature covers and nobody believes: versions, times, fields of later versions. */
export function withoutHints(name: LeafName, bytes: Uint8Array): Uint8Array {
  const schema = name === "hostInfo" ? GetHostInfoResponseSchema : ActivateResponseSchema;
  const message = fromBinary(schema, bytes, { readUnknownFields: false });
  if ("serverTimeMs" in message) message.serverTimeMs = 0n;
  if ("publisherIds" in message) Object.assign(message, { publisherIds: [], softwareVersion: "" });
  const hints = { manifestVersion: 0n, policyVersion: 0n, rlNumber: 0n };
  if (message.certificate !== undefined) Object.assign(message.certificate, hints);
  return toBinary(schema, message);
}

/** §5.3 by the sample machine. */
export async function judge(
  name: LeafName,
  bytes: Uint8Array,
  trust: TrustState,
  cryptography: Cryptography = nodeCryptography,
): Promise<Outcome<unknown>> {
  const when = { trust, wallMs: NOW_MS, floorMs: 0 };
  if (name === "hostInfo") return verifyHostInfo(bytes, { ...when, nonce: ASKED.nonce }, cryptography);
  return verifyStatement(bytes, { ...when, asked: ASKED, knownCertificate: undefined }, cryptography);
}

/** The same by a machine that knows the host's certificate from before. */
export async function judgeKnowing(world: SampleWorld, trust: TrustState) {
  const knownCertificate = accepted(await verifyHostCertificate(world.presented, sampleCall(trust), nodeCryptography));
  const question = { asked: ASKED, trust, wallMs: NOW_MS, floorMs: 0, knownCertificate };
  return (bytes: Uint8Array) => verifyStatement(bytes, question, nodeCryptography);
}
