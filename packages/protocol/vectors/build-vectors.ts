import { toBinary } from "@bufbuild/protobuf";
import {
  asciiBytes,
  formatProductKey,
  type ProductKeyKind,
  pae,
  productKeyHeader,
  publisherMask,
  secretKeyTag,
  setupKeyTag,
  setupKid,
  toHex,
} from "@countersign/domain";
import { SignedDocumentSchema } from "../src/gen/countersign/v1/documents_pb.ts";
import {
  encodeCountReport,
  encodeHostInfo,
  encodeReidentify,
  keyIdOf,
  type Leaf,
  leafHash,
  leaseIdOf,
  merkleTree,
  PAYLOAD_TYPE,
  requestIdOf,
} from "../src/index.ts";
import { nodeCryptography } from "../src/node/index.ts";
import {
  ASKED,
  leaseLeaf,
  NOW_MS,
  SAMPLE_LEASE,
  SAMPLE_PRODUCT_KEY,
  type SampleWorld,
  sampleReply,
  sampleWorld,
  seededBytes,
  seededSigner,
  trustBytes,
} from "../test/sample-world.ts";

const { sha256, hmacSha256 } = nodeCryptography;
const TREE_SIZES = [1, 2, 3, 5, 8];

/** Every vector file by name: a function of the code alone, so that a test can hold the frozen files against it. */
export async function buildVectors(): Promise<Readonly<Record<string, unknown>>> {
  const world = await sampleWorld();
  return {
    "primitives.json": primitives(),
    "statements.json": statements(),
    "merkle.json": TREE_SIZES.map(tree),
    "chain.json": await chain(world),
    "product-keys.json": productKeys(world),
  };
}

function primitives() {
  const bodies: readonly [string, Uint8Array][] = [
    ["http://example.com/HelloWorld", asciiBytes("hello world")],
    [PAYLOAD_TYPE.lease.type, new Uint8Array()],
    [PAYLOAD_TYPE.batchHead.type, Uint8Array.of(0, 255, 32)],
  ];
  const lineageKey = seededBytes("lineage key", 32);
  return {
    keyIds: ["root a", "root b", "host cert", "policy", "host"].map((label) => {
      const { algorithm, publicKey } = seededSigner(label);
      return { label, algorithm, publicKey: toHex(publicKey), keyId: toHex(keyIdOf(algorithm, publicKey, sha256)) };
    }),
    pae: bodies.map(([type, body]) => ({ type, body: toHex(body), pae: toHex(pae(type, body)) })),
    leaseIds: [0, 1, 2 ** 32 + 5].map((seq) => ({
      lineageKey: toHex(lineageKey),
      cmid: toHex(ASKED.cmid),
      productId: ASKED.productId,
      seq,
      leaseId: toHex(leaseIdOf(hmacSha256, lineageKey, ASKED, seq)),
    })),
    requestId: { nonce: toHex(ASKED.nonce), requestId: toHex(requestIdOf(ASKED.nonce, sha256)) },
  };
}

function statements() {
  const { leaseId, hostId, port, retryS, renewalS, jitterPct, requiredCount } = SAMPLE_LEASE;
  const same = { ...ASKED, issuedMs: NOW_MS, hostId, port, retryS };
  const report = { ...same, leaseId, seq: 1, renewalS, jitterPct, count: 24, requiredCount, reason: 1, flags: 0 };
  const branchHint = seededBytes("branch", 4);
  const directive = { ...same, reason: 1, branchHint, otherLastSeenMs: NOW_MS - 1 };
  const hostInfo = {
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
  const leaves: readonly Leaf[] = [
    leaseLeaf(),
    { name: "countReport", payload: encodeCountReport(report) },
    { name: "reidentify", payload: encodeReidentify(directive) },
    { name: "hostInfo", payload: encodeHostInfo(hostInfo) },
  ];
  return leaves.map((leaf) => ({
    type: PAYLOAD_TYPE[leaf.name].type,
    payload: toHex(leaf.payload),
    leafHash: toHex(leafHash(leaf, sha256)),
  }));
}

function tree(size: number) {
  const leaves: readonly Leaf[] = Array.from({ length: size }, (_, i) => ({
    name: i % 2 === 0 ? "lease" : "countReport",
    payload: seededBytes(`leaf ${i}`, 32),
  }));
  const { root, paths } = merkleTree(leaves, sha256);
  return {
    size,
    leaves: leaves.map((leaf, i) => ({
      type: PAYLOAD_TYPE[leaf.name].type,
      payload: toHex(leaf.payload),
      leafHash: toHex(leafHash(leaf, sha256)),
      path: toHex(paths[i] ?? new Uint8Array()),
    })),
    root: toHex(root),
  };
}

async function chain(world: SampleWorld) {
  const { request } = world;
  return {
    nowMs: NOW_MS,
    publisherId: toHex(world.publisherId),
    trustBundle: toHex(trustBytes(world)),
    productKey: SAMPLE_PRODUCT_KEY,
    activationRequest: toHex(toBinary(SignedDocumentSchema, request.document)),
    subjectCommitment: toHex(request.commitment),
    asked: {
      cmid: toHex(ASKED.cmid),
      fingerprint: toHex(ASKED.fingerprint),
      nonce: toHex(ASKED.nonce),
      productId: ASKED.productId,
      keyGroup: ASKED.keyGroup,
    },
    activateResponse: toHex(await sampleReply(world)),
  };
}

function productKeys({ publisherId }: SampleWorld) {
  const mask = publisherMask(publisherId, sha256);
  const epochKey = seededBytes("product key epoch", 32);
  const keyOf = (kind: ProductKeyKind, kid: Uint8Array) => {
    const header = productKeyHeader({ kind, group: ASKED.keyGroup, kid });
    const tag =
      kind === "setup" ? setupKeyTag(header, publisherId, sha256) : secretKeyTag(header, epochKey, hmacSha256);
    const text = formatProductKey({ kind, group: ASKED.keyGroup, kid, tag }, mask);
    return { kind, group: ASKED.keyGroup, kid: toHex(kid), header: toHex(header), tag: toHex(tag), text };
  };
  const keys = [
    keyOf("setup", setupKid(ASKED.productId)),
    keyOf("host", seededBytes("host kid", 5)),
    keyOf("mak", seededBytes("mak kid", 5)),
  ];
  return { publisherId: toHex(publisherId), mask, epochKey: toHex(epochKey), keys };
}
