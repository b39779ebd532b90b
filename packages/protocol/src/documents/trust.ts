import { create, toBinary } from "@bufbuild/protobuf";
import { type Application, type Cryptography, equalBytes } from "@countersign/domain";
import { armour, unarmour } from "../armour.ts";
import { type SignedDocument, type TrustBundle, TrustBundleSchema } from "../gen/countersign/v1/documents_pb.ts";
import { accept, type Outcome, refuse } from "../outcome.ts";
import { readMessage } from "../wire/read-message.ts";
import type { ProductPolicy } from "./document-values.ts";
import { verifyIssued } from "./issued.ts";
import { MAX_ENVELOPE_BYTES, USAGE } from "./payload-type.ts";
import { readProductPolicy } from "./policy.ts";
import { extendRoots, firstRootSet, verifyManifest } from "./root-chain.ts";
import { readRevocationList } from "./small-documents.ts";
import type { ReceivedDocuments, TrustState, Verified } from "./trust-values.ts";

const MAX_TRUST_FILE_BYTES = 1024 * 1024;
/** A raw bundle begins with its format field; anything else is meant as armoured text. */
const RAW_START = 0x08;

/** Opens a trust file: armoured text or raw TrustBundle bytes. The first root set is believed because the file is. */
export async function openTrust(bytes: Uint8Array, cryptography: Cryptography): Promise<Outcome<TrustState>> {
  const bundle = readBundle(bytes);
  if (!bundle.ok) return bundle;
  const { rootSets, manifest: manifestDocument, policies, revocationList, setupKeys, serviceUrl } = bundle.value;
  const first = await firstRootSet(rootSets[0], cryptography);
  if (!first.ok) return first;
  const { publisherId, root } = first.value;
  const chain = await extendRoots([root], rootSets.slice(1), cryptography);
  if (!chain.ok) return chain;
  if (manifestDocument === undefined)
    return refuse("DOCUMENT_MALFORMED", "expected a key manifest, found none", "manifest");
  const manifest = await verifyManifest(manifestDocument, chain.value, publisherId, cryptography);
  if (!manifest.ok) return manifest;
  const bare: TrustState = {
    publisherId,
    publisherName: root.value.publisherName,
    rootSets: chain.value,
    manifest: manifest.value,
    policies: [],
    revocationList: undefined,
    setupKeys: setupKeys.map(({ productId, setupKey }) => ({ productId, setupKey })),
    serviceUrl,
  };
  return mergeTrust(bare, { policies, revocationList }, cryptography);
}

/** Takes newer documents in. Older ones are ignored; a bad one leaves the old state in force as a whole (I8). */
export async function mergeTrust(
  trust: TrustState,
  received: ReceivedDocuments,
  cryptography: Cryptography,
): Promise<Outcome<TrustState>> {
  const keys = await withNewerKeys(trust, received, cryptography);
  if (!keys.ok) return keys;
  const list = await withNewerList(keys.value, trust, received.revocationList, cryptography);
  if (!list.ok) return list;
  let next = await withoutOrphans(list.value, trust, cryptography);
  for (const document of received.policies ?? []) {
    const policy = await verifyPolicy(document, next, cryptography);
    if (!policy.ok) return policy;
    next = withPolicy(next, policy.value);
  }
  return accept(next);
}

/** Raw TrustBundle bytes, for a store. */
export function writeTrust(trust: TrustState): Uint8Array {
  const message = create(TrustBundleSchema, {
    format: 1,
    rootSets: trust.rootSets.map((root) => root.document),
    manifest: trust.manifest.document,
    policies: trust.policies.map((policy) => policy.document),
    setupKeys: trust.setupKeys.map((key) => ({ ...key })),
    serviceUrl: trust.serviceUrl,
  });
  if (trust.revocationList !== undefined) message.revocationList = trust.revocationList.document;
  return toBinary(TrustBundleSchema, message);
}

/** The text of a .cstrust file. */
export function writeTrustFile(trust: TrustState): string {
  return armour("TRUST", writeTrust(trust));
}

/** The application and policy version of a product, if any policy names it. */
export function productOf(
  trust: TrustState,
  productId: number,
): { application: Application; policyVersion: number } | undefined {
  const policy = trust.policies.find(({ value }) =>
    value.application.products.some((product) => product.productId === productId),
  );
  return policy && { application: policy.value.application, policyVersion: policy.value.version };
}

/** The newest instant the publisher signed in these documents: a floor for any clock. */
export function publisherFloorMs(trust: TrustState): number {
  const { rootSets, manifest, policies, revocationList } = trust;
  return Math.max(
    ...rootSets.map((root) => root.value.issuedMs),
    manifest.value.issuedMs,
    ...policies.map((policy) => policy.value.issuedMs),
    revocationList?.value.issuedMs ?? 0,
  );
}

function readBundle(bytes: Uint8Array): Outcome<TrustBundle> {
  if (bytes.length > MAX_TRUST_FILE_BYTES)
    return refuse("DOCUMENT_TOO_LARGE", `expected at most ${MAX_TRUST_FILE_BYTES} bytes, found ${bytes.length}`);
  const raw = bytes[0] === RAW_START ? accept({ bytes }) : unarmour(byteText(bytes));
  if (!raw.ok) return raw;
  const bundle = readMessage(TrustBundleSchema, raw.value.bytes, MAX_ENVELOPE_BYTES);
  if (!bundle.ok || bundle.value.format === 1) return bundle;
  return refuse("DOCUMENT_UNSUPPORTED", `expected format 1, found ${bundle.value.format}`, "format");
}

function byteText(bytes: Uint8Array): string {
  const parts: string[] = [];
  for (let i = 0; i < bytes.length; i += 4096) parts.push(String.fromCharCode(...bytes.subarray(i, i + 4096)));
  return parts.join("");
}

/** Root sets, then the manifest under the newest. A rotated root without a manifest under it would be a dead end. */
async function withNewerKeys(
  trust: TrustState,
  received: ReceivedDocuments,
  cryptography: Cryptography,
): Promise<Outcome<TrustState>> {
  const rootSets = await extendRoots(trust.rootSets, received.rootSets ?? [], cryptography);
  if (!rootSets.ok) return rootSets;
  const { publisherId } = trust;
  let manifest = trust.manifest;
  if (received.manifest !== undefined) {
    const verified = await verifyManifest(received.manifest, rootSets.value, publisherId, cryptography);
    if (!verified.ok) return verified;
    if (verified.value.value.version > manifest.value.version) manifest = verified.value;
  }
  if (rootSets.value.length > trust.rootSets.length && manifest === trust.manifest) {
    const held = await verifyManifest(manifest.document, rootSets.value, publisherId, cryptography);
    if (!held.ok)
      return refuse("ROOT_CHAIN_BROKEN", "expected a newer manifest with the newer root set, found none", "manifest");
  }
  return accept({ ...trust, rootSets: rootSets.value, manifest });
}

/** The list of the highest number; the one held must stay readable under a newer manifest, or a newer one come with it. */
async function withNewerList(
  next: TrustState,
  before: TrustState,
  received: SignedDocument | undefined,
  cryptography: Cryptography,
): Promise<Outcome<TrustState>> {
  const rules = { usage: USAGE.revocation, read: readRevocationList, cryptography };
  const bare: TrustState = { ...next, revocationList: undefined };
  if (received !== undefined) {
    const list = await verifyIssued("revocationList", received, next, rules);
    if (!list.ok) return list;
    if (list.value.value.number > (before.revocationList?.value.number ?? 0))
      return accept({ ...next, revocationList: list.value });
  }
  if (before.revocationList === undefined || next.manifest === before.manifest) return accept(next);
  const held = await verifyIssued("revocationList", before.revocationList.document, bare, rules);
  return held.ok ? accept(next) : held;
}

/** Policies under an issuing key that a newer manifest or list dropped go: what is kept always opens again. */
async function withoutOrphans(next: TrustState, before: TrustState, cryptography: Cryptography): Promise<TrustState> {
  if (next.manifest === before.manifest && next.revocationList === before.revocationList) return next;
  const kept: Verified<ProductPolicy>[] = [];
  for (const policy of next.policies) {
    const held = await verifyPolicy(policy.document, next, cryptography);
    if (held.ok && policy.value.version >= next.manifest.value.minPolicyVersion) kept.push(policy);
  }
  return { ...next, policies: kept };
}

function verifyPolicy(document: SignedDocument, trust: TrustState, cryptography: Cryptography) {
  const rules = { usage: USAGE.policy, read: readProductPolicy, cryptography };
  return verifyIssued("productPolicy", document, trust, rules);
}

function withPolicy(trust: TrustState, policy: Verified<ProductPolicy>): TrustState {
  const id = policy.value.application.applicationId;
  const known = trust.policies.find(({ value }) => equalBytes(value.application.applicationId, id));
  if (known !== undefined && known.value.version >= policy.value.version) return trust;
  if (policy.value.version < trust.manifest.value.minPolicyVersion) return trust;
  return { ...trust, policies: [...trust.policies.filter((other) => other !== known), policy] };
}
