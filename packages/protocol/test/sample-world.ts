import { createPrivateKey } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import { asciiBytes, concatBytes, type Product, type Signer } from "@countersign/domain";
import { TrustBundleSchema } from "../src/gen/countersign/v1/documents_pb.ts";
import {
  type BatchHead,
  type CertificateQuestion,
  certHashOf,
  encodeActivateReply,
  encodeCertificateBundle,
  encodeHostCertificate,
  encodeKeyManifest,
  encodeLease,
  encodeProductPolicy,
  encodeRevocationList,
  encodeRootSet,
  type HostCertificate,
  type IssuingKey,
  type KeyManifest,
  type Leaf,
  type Lease,
  makeActivationRequest,
  type ProductPolicy,
  publisherIdOf,
  type RequestContext,
  type RevocationList,
  type RootSet,
  sealBatch,
  signDocument,
  type TrustState,
  trustedKey,
  USAGE,
  type Usage,
} from "../src/index.ts";
import { nodeCryptography, nodeScrypt, signerOf } from "../src/node/index.ts";

/** 2026-11-01T00:00:00Z: everything in the sample world happened within a year before. */
export const NOW_MS = 1_793_491_200_000;
export const DAY_MS = 86_400_000;
export const SEED_PREFIX = "countersign vectors v1: ";
const { sha256 } = nodeCryptography;
const PKCS8_ED25519 = Buffer.from("302e020100300506032b657004220420", "hex");

/** `length` bytes of SHA-256(SEED_PREFIX label): ids and nonces of the sample world. */
export function seededBytes(label: string, length: number): Uint8Array {
  return Uint8Array.from(sha256(asciiBytes(SEED_PREFIX + label)).subarray(0, length));
}

/** An Ed25519 key whose 32-byte seed is SHA-256(SEED_PREFIX label). */
export function seededSigner(label: string): Signer {
  const key = Buffer.concat([PKCS8_ED25519, seededBytes(label, 32)]);
  return signerOf(createPrivateKey({ key, format: "der", type: "pkcs8" }));
}

/** The symbols of a host key no publisher knows. */
export const SAMPLE_PRODUCT_KEY = "50000-80000-00000-00000-0000A";

/** A publisher with a rotated root, its documents, one activated host and one machine: always the same bytes. */
export async function sampleWorld() {
  const roots = ["root a", "root b", "root c", "root d"].map(seededSigner);
  const rootSets = [sampleRootSet(1, roots.slice(0, 3)), sampleRootSet(2, roots.slice(1))] as const;
  const payloads = rootSets.map(encodeRootSet);
  const publisherId = publisherIdOf(payloads[0] ?? new Uint8Array(), sha256);
  const signRootSet = (value: RootSet, signers: readonly Signer[]) =>
    signDocument("rootSet", encodeRootSet(value), signers, sha256);
  const signManifest = (value: KeyManifest, signers = roots.slice(1, 3)) =>
    signDocument("keyManifest", encodeKeyManifest(value), signers, sha256);
  const signPolicy = (value: ProductPolicy, label = "policy") =>
    signDocument("productPolicy", encodeProductPolicy(value), [seededSigner(label)], sha256);
  const signList = (value: RevocationList, label = "revocation") =>
    signDocument("revocationList", encodeRevocationList(value), [seededSigner(label)], sha256);
  const signCertificate = (value: HostCertificate, label = "host cert") =>
    signDocument("hostCert", encodeHostCertificate(value), [seededSigner(label)], sha256);
  const manifest = sampleManifest(publisherId);
  const policy = samplePolicy(publisherId);
  const list = sampleList(publisherId);
  const bundle = create(TrustBundleSchema, {
    format: 1,
    rootSets: [await signRootSet(rootSets[0], roots.slice(0, 2)), await signRootSet(rootSets[1], roots.slice(1, 3))],
    manifest: await signManifest(manifest),
    policies: [await signPolicy(policy)],
    revocationList: await signList(list),
    serviceUrl: "https://activation.example",
  });
  const hostSigner = seededSigner("host");
  const context = sampleContext(publisherId);
  const platform = { ...nodeCryptography, scrypt: nodeScrypt };
  const request = await makeActivationRequest(context, SAMPLE_PRODUCT_KEY, hostSigner, platform);
  const certificate = sampleCertificate(publisherId, request.commitment);
  const presented = {
    document: await signCertificate(certificate),
    publicKey: hostSigner.publicKey,
    contextHash: request.contextHash,
  };
  const sign = {
    rootSet: signRootSet,
    manifest: signManifest,
    policy: signPolicy,
    list: signList,
    certificate: signCertificate,
  };
  return {
    roots,
    rootSets,
    publisherId,
    manifest,
    policy,
    list,
    bundle,
    hostSigner,
    request,
    certificate,
    presented,
    sign,
  };
}

export type SampleWorld = Awaited<ReturnType<typeof sampleWorld>>;

/** The raw bytes of the sample trust file. */
export function trustBytes(world: SampleWorld): Uint8Array {
  return toBinary(TrustBundleSchema, world.bundle);
}

/** What the sample machine asks. */
export const ASKED = {
  cmid: seededBytes("cmid", 16),
  fingerprint: seededBytes("fingerprint", 32),
  nonce: seededBytes("nonce", 32),
  productId: 101,
  keyGroup: 7,
} as const;

/** How the sample machine judges a certificate at NOW_MS. */
export function sampleCall(trust: TrustState): CertificateQuestion {
  return { trust, keyGroup: ASKED.keyGroup, wallMs: NOW_MS, floorMs: 0, serverTimeMs: 0 };
}

/** The lease the sample host answers with. */
export const SAMPLE_LEASE: Lease = {
  ...ASKED,
  leaseId: seededBytes("lease id", 16),
  seq: 3,
  issuedMs: NOW_MS,
  validityS: 180 * 86_400,
  renewalS: 7 * 86_400,
  retryS: 7_200,
  jitterPct: 10,
  graceS: 30 * 86_400,
  count: 25,
  requiredCount: 25,
  hostId: seededBytes("host id", 16),
  port: 1688,
  flags: 0,
};

/** ActivateResponse bytes: the leaf among three, proved, with the certificate. */
export async function sampleReply(world: SampleWorld, leaf: Leaf = leaseLeaf(), change: Partial<BatchHead> = {}) {
  const others = ["left", "right"].map((label) => leaseLeaf({ nonce: seededBytes(label, 32) }));
  const [left, right] = others;
  if (left === undefined || right === undefined) throw new Error("two other leaves were just made");
  const identity = { ...headIdentity(world), ...change };
  const [, proof] = await sealBatch([left, leaf, right], identity, world.hostSigner, sha256);
  if (proof === undefined) throw new Error("three leaves have three proofs");
  const statementType = leaf.name === "lease" ? 1 : leaf.name === "countReport" ? 2 : 3;
  const versions = { manifestVersion: 4, policyVersion: 2, rlNumber: 9 };
  const certificate = encodeCertificateBundle(world.presented, versions);
  return encodeActivateReply({ statementType, statement: leaf.payload, proof, certificate, serverTimeMs: NOW_MS });
}

/** A lease leaf with some fields changed. */
export function leaseLeaf(change: Partial<Lease> = {}): Leaf {
  return { name: "lease", payload: encodeLease({ ...SAMPLE_LEASE, ...change }) };
}

/** What the sample host's heads say beside their root. */
export function headIdentity(world: SampleWorld) {
  return {
    hostId: world.certificate.hostId,
    nodeId: seededBytes("node id", 8),
    certHash: certHashOf(world.presented.document.payload, sha256),
    signedMs: NOW_MS,
    batchSeq: 17,
  };
}

function sampleRootSet(version: number, signers: readonly Signer[]): RootSet {
  const keys = signers.map((signer) => trustedKey(signer.algorithm, signer.publicKey, sha256));
  const issuedMs = NOW_MS - (400 - 100 * version) * DAY_MS;
  return { version, threshold: 2, keys, publisherName: "Example Vendor", salt: seededBytes("salt", 16), issuedMs };
}

function sampleManifest(publisherId: Uint8Array): KeyManifest {
  const keys = [
    issuingKey("host cert", USAGE.hostCert),
    issuingKey("second host cert", USAGE.hostCert),
    issuingKey("policy", USAGE.policy),
    issuingKey("revocation", USAGE.revocation),
    issuingKey("time", USAGE.time),
  ];
  return { version: 4, publisherId, keys, minPolicyVersion: 1, issuedMs: NOW_MS - 190 * DAY_MS };
}

function issuingKey(label: string, usage: Usage): IssuingKey {
  const signer = seededSigner(label);
  return {
    ...trustedKey(signer.algorithm, signer.publicKey, sha256),
    usages: [usage],
    notBeforeMs: NOW_MS - 200 * DAY_MS,
    notAfterMs: NOW_MS + 165 * DAY_MS,
    verifyUntilMs: NOW_MS + 5 * 365 * DAY_MS,
    status: "active",
  };
}

function samplePolicy(publisherId: Uint8Array): ProductPolicy {
  const product: Product = {
    productId: ASKED.productId,
    activationId: seededBytes("activation id", 16),
    name: "Editor Pro",
    description: "Editor Pro, VOLUME_KMSCLIENT channel",
    keyGroup: ASKED.keyGroup,
    productClass: "client",
    generation: 1,
    channels: ["volume"],
    requiredCount: 25,
    maxValidityS: 180 * 86_400,
    renewalS: 7 * 86_400,
    retryS: 7_200,
    initialGraceS: 30 * 86_400,
    additionalGraceS: 30 * 86_400,
    rearms: 3,
    setupKeyIds: [seededBytes("setup key id", 9)],
    leastHostVersion: "",
  };
  const server: Product = {
    ...product,
    productId: 102,
    activationId: seededBytes("server activation id", 16),
    name: "Editor Server",
    productClass: "server",
    keyGroup: 8,
    requiredCount: 5,
  };
  const application = { applicationId: seededBytes("application id", 16), name: "Editor", products: [product, server] };
  return { version: 2, publisherId, application, issuedMs: NOW_MS - 100 * DAY_MS };
}

function sampleList(publisherId: Uint8Array): RevocationList {
  const said = { reason: "key lost", effectiveMs: NOW_MS - 20 * DAY_MS };
  return {
    publisherId,
    number: 9,
    issuedMs: NOW_MS - 10 * DAY_MS,
    nextMs: NOW_MS + 80 * DAY_MS,
    entries: [
      { ...said, kind: "certificate", serial: seededBytes("another serial", 16) },
      { ...said, kind: "host", hostId: seededBytes("another host", 16) },
      { ...said, kind: "customer", customerId: seededBytes("customer", 16), generationBelow: 2 },
      { ...said, kind: "product-key", kid: seededBytes("another kid", 5) },
      { ...said, kind: "issuing-key", keyId: seededBytes("another key", 8) },
    ],
  };
}

function sampleContext(publisherId: Uint8Array): RequestContext {
  return {
    publisherId,
    requestNonce: seededBytes("request nonce", 32),
    hostId: SAMPLE_LEASE.hostId,
    instanceId: seededBytes("instance id", 16),
    kid: seededBytes("kid", 5),
    components: [1, 3, 4].map((kind) => concatBytes(Uint8Array.of(kind), seededBytes(`component ${kind}`, 8))),
    softwareVersion: "0.1.0",
    previousCertificateSerial: undefined,
    renewalSeq: 0,
    tlsSpkiSha256: undefined,
    siteLabel: "",
    createdMs: NOW_MS - 30 * DAY_MS,
  };
}

function sampleCertificate(publisherId: Uint8Array, subjectCommitment: Uint8Array): HostCertificate {
  return {
    publisherId,
    serial: seededBytes("serial", 16),
    issuerKeyId: issuingKey("host cert", USAGE.hostCert).keyId,
    customerId: seededBytes("customer", 16),
    customerGeneration: 2,
    subjectAlgorithm: 1,
    subjectCommitment,
    hostId: SAMPLE_LEASE.hostId,
    keyGroups: [7, 8],
    siteRequired: [],
    seats: [{ applicationId: seededBytes("application id", 16), count: 300 }],
    notBeforeMs: NOW_MS - 30 * DAY_MS,
    notAfterMs: NOW_MS + 3 * 365 * DAY_MS,
    issuedMs: NOW_MS - 30 * DAY_MS,
    maxLeaseS: 180 * 86_400,
    activationIndex: 1,
    renewalSeq: 0,
    flags: 0,
    minRlNumber: 9,
    tlsSpkiSha256: undefined,
  };
}
