import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type Application, type Cryptography, equalBytes, type PublisherId } from "@countersign/domain";
import { armour, unarmour } from "../armour.ts";
import { type SignedDocument, type TrustBundle, TrustBundleSchema } from "../gen/countersign/v1/documents_pb.ts";
import { accept, type Outcome, refuse } from "../outcome.ts";
import type {
  IssuingKey,
  KeyManifest,
  ProductPolicy,
  RevocationList,
  RootSet,
  TrustSetupKey,
} from "./document-values.ts";
import { verifyDocument } from "./envelope.ts";
import { MAX_ENVELOPE_BYTES, type PayloadName, USAGE, type Usage } from "./payload-type.ts";
import { readProductPolicy } from "./policy.ts";
import { publisherIdOf, readKeyManifest, readRootSet } from "./root-and-manifest.ts";
import { readRevocationList } from "./small-documents.ts";

/** A document and what it says, once verified. */
export interface Verified<T> {
  readonly document: SignedDocument;
  readonly value: T;
}

/** Everything one side knows of a publisher, all of it verified down from its first root set. */
export interface TrustState {
  readonly publisherId: PublisherId;
  readonly publisherName: string;
  /** Ascending, from version 1; the last one is in force. */
  readonly rootSets: readonly Verified<RootSet>[];
  readonly manifest: Verified<KeyManifest>;
  readonly policies: readonly Verified<ProductPolicy>[];
  readonly revocationList: Verified<RevocationList> | undefined;
  readonly setupKeys: readonly TrustSetupKey[];
  readonly serviceUrl: string;
}

/** Documents that arrived, any of them. */
export interface ReceivedDocuments {
  readonly rootSets?: readonly SignedDocument[];
  readonly manifest?: SignedDocument | undefined;
  readonly policies?: readonly SignedDocument[];
  readonly revocationList?: SignedDocument | undefined;
}

/** Opens a trust file: armoured text or raw TrustBundle bytes. The first root set is believed because the file is. */
export async function openTrust(bytes: Uint8Array, cryptography: Cryptography): Promise<Outcome<TrustState>> {
  const raw = bytes[0] === 0x2d ? unarmour(String.fromCharCode(...bytes)) : accept({ bytes });
  if (!raw.ok) return raw;
  if (raw.value.bytes.length > MAX_ENVELOPE_BYTES)
    return refuse("DOCUMENT_TOO_LARGE", `expected at most ${MAX_ENVELOPE_BYTES} bytes`);
  let bundle: TrustBundle;
  try {
    bundle = fromBinary(TrustBundleSchema, raw.value.bytes);
  } catch {
    return refuse("DOCUMENT_MALFORMED", "expected a trust file, found bytes that are none");
  }
  if (bundle.format !== 1) return refuse("DOCUMENT_UNSUPPORTED", `expected format 1, found ${bundle.format}`, "format");
  const first = await firstRootSet(bundle, cryptography);
  if (!first.ok) return first;
  if (bundle.manifest === undefined)
    return refuse("DOCUMENT_MALFORMED", "expected a key manifest, found none", "manifest");
  const [root] = first.value.rootSets;
  if (root === undefined) return refuse("ROOT_CHAIN_BROKEN", "expected root-set version 1");
  const chain = await extendRoots(first.value.rootSets, bundle.rootSets.slice(1), cryptography);
  if (!chain.ok) return chain;
  const manifest = await verifyManifest(bundle.manifest, chain.value, first.value.publisherId, cryptography);
  if (!manifest.ok) return manifest;
  const bare: TrustState = {
    publisherId: first.value.publisherId,
    publisherName: root.value.publisherName,
    rootSets: chain.value,
    manifest: manifest.value,
    policies: [],
    revocationList: undefined,
    setupKeys: bundle.setupKeys.map(({ productId, setupKey }) => ({ productId, setupKey })),
    serviceUrl: bundle.serviceUrl,
  };
  return mergeTrust(bare, { policies: bundle.policies, revocationList: bundle.revocationList }, cryptography);
}

/** Takes newer documents in. Older ones are ignored; a bad one leaves the old state in force as a whole (I8). */
export async function mergeTrust(
  trust: TrustState,
  received: ReceivedDocuments,
  cryptography: Cryptography,
): Promise<Outcome<TrustState>> {
  const rootSets = await extendRoots(trust.rootSets, received.rootSets ?? [], cryptography);
  if (!rootSets.ok) return rootSets;
  let next: TrustState = { ...trust, rootSets: rootSets.value };
  if (received.manifest !== undefined) {
    const manifest = await verifyManifest(received.manifest, next.rootSets, trust.publisherId, cryptography);
    if (!manifest.ok) return manifest;
    if (manifest.value.value.version > trust.manifest.value.version) next = { ...next, manifest: manifest.value };
  }
  if (received.revocationList !== undefined) {
    const list = await verifyIssued("revocationList", received.revocationList, next, {
      usage: USAGE.revocation,
      read: readRevocationList,
      cryptography,
    });
    if (!list.ok) return list;
    if (list.value.value.number > (trust.revocationList?.value.number ?? 0))
      next = { ...next, revocationList: list.value };
  }
  for (const document of received.policies ?? []) {
    const policy = await verifyIssued("productPolicy", document, next, {
      usage: USAGE.policy,
      read: readProductPolicy,
      cryptography,
    });
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

/** Issuing keys of one usage whose documents still verify. */
export function issuersOf(trust: TrustState, usage: Usage): readonly IssuingKey[] {
  const revoked =
    trust.revocationList?.value.entries.flatMap((entry) => (entry.kind === "issuing-key" ? [entry.keyId] : [])) ?? [];
  return trust.manifest.value.keys.filter(
    (key) => key.status !== "revoked" && key.usages.includes(usage) && !revoked.some((id) => equalBytes(id, key.keyId)),
  );
}

/** Root-set version 1 signs itself: whoever gave the file vouches for it. */
async function firstRootSet(bundle: TrustBundle, cryptography: Cryptography) {
  const [document] = bundle.rootSets;
  if (document === undefined) return refuse("ROOT_CHAIN_BROKEN", "expected a root set, found none", "root_sets");
  const claimed = readRootSet(document.payload, cryptography.sha256);
  if (!claimed.ok) return claimed;
  if (claimed.value.version !== 1)
    return refuse("ROOT_CHAIN_BROKEN", `expected version 1 first, found ${claimed.value.version}`);
  const payload = await verifyDocument("rootSet", document, claimed.value, cryptography);
  if (!payload.ok) return payload;
  const publisherId = publisherIdOf(payload.value, cryptography.sha256);
  return accept({ publisherId, rootSets: [{ document, value: claimed.value }] as readonly Verified<RootSet>[] });
}

/** v(N+1) is signed by the threshold of N and of N+1; versions known already are passed over (§3.2). */
async function extendRoots(
  known: readonly Verified<RootSet>[],
  received: readonly SignedDocument[],
  cryptography: Cryptography,
): Promise<Outcome<readonly Verified<RootSet>[]>> {
  const chain = [...known];
  for (const document of received) {
    const current = chain.at(-1);
    const claimed = readRootSet(document.payload, cryptography.sha256);
    if (!claimed.ok) return claimed;
    if (current === undefined || claimed.value.version <= current.value.version) continue;
    if (claimed.value.version !== current.value.version + 1) {
      return refuse(
        "ROOT_CHAIN_BROKEN",
        `expected root-set version ${current.value.version + 1}, found ${claimed.value.version}`,
      );
    }
    for (const signers of [current.value, claimed.value]) {
      const payload = await verifyDocument("rootSet", document, signers, cryptography);
      if (!payload.ok) return refuse("ROOT_CHAIN_BROKEN", payload.refusal.detail);
    }
    chain.push({ document, value: claimed.value });
  }
  return accept(chain);
}

async function verifyManifest(
  document: SignedDocument,
  rootSets: readonly Verified<RootSet>[],
  publisherId: PublisherId,
  cryptography: Cryptography,
): Promise<Outcome<Verified<KeyManifest>>> {
  const root = rootSets.at(-1);
  if (root === undefined) return refuse("ROOT_CHAIN_BROKEN", "expected a root set");
  const payload = await verifyDocument("keyManifest", document, root.value, cryptography);
  if (!payload.ok) return payload;
  const read = readKeyManifest(payload.value, cryptography.sha256);
  if (!read.ok) return read;
  if (!equalBytes(read.value.publisherId, publisherId))
    return refuse("DOCUMENT_FOREIGN", "the manifest is of another publisher", "publisher_id");
  return accept({ document, value: read.value });
}

interface IssuedRules<T> {
  readonly usage: Usage;
  readonly read: (payload: Uint8Array) => Outcome<T>;
  readonly cryptography: Cryptography;
}

/** A document under an issuing key of the right usage, of this publisher, issued while the key might sign. */
export async function verifyIssued<T extends { readonly issuedMs: number; readonly publisherId: PublisherId }>(
  name: PayloadName,
  document: SignedDocument,
  trust: TrustState,
  { usage, read, cryptography }: IssuedRules<T>,
): Promise<Outcome<Verified<T>>> {
  const keys = issuersOf(trust, usage);
  const payload = await verifyDocument(name, document, { keys, threshold: 1 }, cryptography);
  if (!payload.ok) {
    return payload.refusal.reason === "SIGNATURE_MISSING"
      ? refuse("ISSUER_NOT_TRUSTED", payload.refusal.detail)
      : payload;
  }
  const value = read(payload.value);
  if (!value.ok) return value;
  if (!equalBytes(value.value.publisherId, trust.publisherId))
    return refuse("DOCUMENT_FOREIGN", "the document is of another publisher", "publisher_id");
  const inWindow = keys.some(
    (key) => value.value.issuedMs >= key.notBeforeMs && value.value.issuedMs <= key.notAfterMs,
  );
  if (!inWindow)
    return refuse("ISSUER_NOT_TRUSTED", "issued outside the window in which its key may sign", "issued_ms");
  return accept({ document, value: value.value });
}

function withPolicy(trust: TrustState, policy: Verified<ProductPolicy>): TrustState {
  const id = policy.value.application.applicationId;
  const known = trust.policies.find(({ value }) => equalBytes(value.application.applicationId, id));
  if (known !== undefined && known.value.version >= policy.value.version) return trust;
  if (policy.value.version < trust.manifest.value.minPolicyVersion) return trust;
  return { ...trust, policies: [...trust.policies.filter((other) => other !== known), policy] };
}
