import assert from "node:assert/strict";
import type { Cryptography } from "@countersign/domain";
import type { SignedDocument } from "../src/gen/countersign/v1/documents_pb.ts";
import {
  encodeSiteGrant,
  encodeTimeToken,
  type Outcome,
  openTrust,
  type PayloadName,
  readActivationRequest,
  readSiteGrant,
  signDocument,
  USAGE,
  verifyDocument,
  verifyHostCertificate,
  verifyIssued,
} from "../src/index.ts";
import { nodeCryptography } from "../src/node/index.ts";
import { accepted } from "./refused.ts";
import { NOW_MS, type SampleWorld, sampleCall, seededBytes, seededSigner, trustBytes } from "./sample-world.ts";

/** One document that is accepted, and the check that its reader makes of it. */
export interface SampleDocument {
  readonly name: PayloadName;
  readonly document: SignedDocument;
  readonly check: (document: SignedDocument, cryptography?: Cryptography) => Promise<Outcome<unknown>>;
}

/** One document of every kind that has an envelope of its own and is built today (protocol.md §2.3). */
export async function sampleDocuments(world: SampleWorld): Promise<readonly SampleDocument[]> {
  const trust = accepted(await openTrust(trustBytes(world), nodeCryptography));
  const issuers = { keys: trust.manifest.value.keys, threshold: 1 };
  const [first, second] = world.rootSets;
  const { sha256 } = nodeCryptography;
  const plain = (name: PayloadName, document: SignedDocument | undefined, keys: typeof issuers | typeof first) => {
    assert.ok(document !== undefined);
    const check: SampleDocument["check"] = (changed, cryptography = nodeCryptography) =>
      verifyDocument(name, changed, keys, cryptography);
    return { name, document, check };
  };
  const issuedMs = NOW_MS - 9 * 86_400_000;
  const grant = { publisherId: world.publisherId, kid: seededBytes("kid", 5), siteRequired: [], flags: 4, issuedMs };
  const token = { requestNonce: seededBytes("request nonce", 32), timeMs: NOW_MS };
  const timeToken = await signDocument("timeToken", encodeTimeToken(token), [seededSigner("time")], sha256);
  return [
    plain("rootSet", world.bundle.rootSets[0], first),
    plain("keyManifest", world.bundle.manifest, second),
    plain("productPolicy", world.bundle.policies[0], issuers),
    plain("revocationList", world.bundle.revocationList, issuers),
    plain("timeToken", timeToken, issuers),
    {
      name: "siteGrant",
      document: await signDocument("siteGrant", encodeSiteGrant(grant), [seededSigner("policy")], sha256),
      check: (document, cryptography = nodeCryptography) =>
        verifyIssued("siteGrant", document, trust, { usage: USAGE.policy, read: readSiteGrant, cryptography }),
    },
    {
      name: "hostCert",
      document: world.presented.document,
      check: (document, cryptography = nodeCryptography) =>
        verifyHostCertificate({ ...world.presented, document }, sampleCall(trust), cryptography),
    },
    {
      name: "activationRequest",
      document: world.request.document,
      check: (document, cryptography = nodeCryptography) => readActivationRequest(document, cryptography),
    },
  ];
}

/** The bytes with one bit changed. */
export function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return copy;
}
