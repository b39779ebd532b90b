// A publisher in memory or on disk, and the requests of hosts to it.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { RefusalError, type RefusalReason } from "@countersign/domain";
import { openMemoryKeyring } from "@countersign/keyring/memory";
import { makeActivationRequest, openTrust, type RequestContext, verifyHostCertificate } from "@countersign/protocol";
import { nodeCryptography as cryptography, signerOf } from "@countersign/protocol/node";
import { openMemoryPublisherStore } from "@countersign/storage/memory";
import { openSqlitePublisherStore } from "@countersign/storage/sqlite";
import {
  activateHost,
  createFailedProofs,
  createPublisher,
  defineApplication,
  defineProduct,
  exportTrust,
  issueHostKey,
  type NewHostKey,
  type PublisherParts,
} from "../src/index.ts";

export { cryptography };

/** A directory that goes when the tests of the file are done. */
export const directory = await mkdtemp(join(tmpdir(), "countersign-publisher-"));
after(() => rm(directory, { recursive: true, force: true }));

/** scrypt at its real cost would make these suites minutes long; the service tests pay it. */
export const quickScrypt: PublisherParts["scrypt"] = async (secret, salt) => cryptography.hmacSha256(salt, secret);
/** A new Ed25519 key. */
export const drawKey = () => signerOf(generateKeyPairSync("ed25519").privateKey);

let files = 0;
/** Every store a publisher may keep its rows in; `reopen` is a new process on the same file. */
export const ADAPTERS = [
  {
    name: "memory",
    open: () => {
      const store = openMemoryPublisherStore();
      return { store, reopen: async () => store };
    },
  },
  {
    name: "sqlite",
    open: () => {
      const path = join(directory, `publisher-${files++}.sqlite`);
      const store = openSqlitePublisherStore(path);
      const reopen = async () => {
        await store.close();
        return openSqlitePublisherStore(path);
      };
      return { store, reopen };
    },
  },
];

/** A publisher's parts on a store, before it is created. */
export function emptyParts(store: PublisherParts["store"]): PublisherParts {
  return { store, keyring: openMemoryKeyring(drawKey), cryptography, scrypt: quickScrypt, now: Date.now };
}

/** A publisher with one application, one client product and one host key. */
export async function world(parts: PublisherParts, wanted: Partial<NewHostKey> = {}) {
  await createPublisher({ name: "Example", serviceUrl: "http://127.0.0.1:1690" }, parts);
  const { applicationId } = await defineApplication("Editor", parts);
  const product = await defineProduct({ applicationId, name: "Editor Pro", productClass: "client" }, parts);
  const { productKey, row } = await issueHostKey({ keyGroup: product.keyGroup, ...wanted }, parts);
  return { parts, applicationId, product, productKey, kid: row.kid };
}

export type World = Awaited<ReturnType<typeof world>>;
/** A desk nobody failed at yet. */
export const desk = (source = "192.0.2.1") => ({ source, failedProofs: createFailedProofs() });

/** What the trust file says. */
export async function trustOf(parts: PublisherParts) {
  const opened = await openTrust(new TextEncoder().encode(await exportTrust(parts)), cryptography);
  assert.ok(opened.ok);
  return opened.value;
}

/** How a request differs from a first activation of a new host with the key of the world. */
export interface RequestChange extends Partial<RequestContext> {
  readonly signer?: ReturnType<typeof drawKey>;
  /** "" = none: a renewal. */
  readonly productKey?: string;
}

/** A host's request. */
export async function requestOf(w: World, { signer = drawKey(), productKey, ...change }: RequestChange = {}) {
  const context: RequestContext = {
    publisherId: (await trustOf(w.parts)).publisherId,
    requestNonce: cryptography.random(32),
    hostId: cryptography.random(16),
    instanceId: cryptography.random(16),
    kid: w.kid,
    components: [],
    softwareVersion: "0.1.0",
    previousCertificateSerial: undefined,
    renewalSeq: 0,
    tlsSpkiSha256: undefined,
    siteLabel: "",
    createdMs: Date.now(),
    ...change,
  };
  const key = (productKey ?? w.productKey) || undefined;
  return makeActivationRequest(context, key, signer, { ...cryptography, scrypt: w.parts.scrypt });
}

/** The certificate of an answer, verified as a host does. */
export async function certificateOf(
  outcome: Awaited<ReturnType<typeof activateHost>>,
  asked: Awaited<ReturnType<typeof requestOf>>,
) {
  assert.ok(outcome.ok, outcome.ok ? "" : outcome.refusal.message);
  const question = { trust: outcome.value.trust, keyGroup: undefined, wallMs: Date.now(), floorMs: 0, serverTimeMs: 0 };
  const verified = await verifyHostCertificate(
    { document: outcome.value.certificate, publicKey: asked.publicKey, contextHash: asked.contextHash },
    question,
    cryptography,
  );
  assert.ok(verified.ok, verified.ok ? "" : verified.refusal.detail);
  return verified.value.certificate;
}

/** "issued", or the reason it was not. */
export async function reasonOf(asked: Awaited<ReturnType<typeof requestOf>>, w: World, at = desk()): Promise<string> {
  const outcome = await activateHost(asked.document, at, w.parts);
  return outcome.ok ? "issued" : outcome.refusal.reason;
}

/** What `assert.rejects` asks of a refusal that ends a use-case. */
export const isRefusal = (reason: RefusalReason) => (error: unknown) =>
  error instanceof RefusalError && error.refusal.reason === reason;

/** How many host certificates the log knows. */
export async function certificatesIn({ store }: PublisherParts): Promise<number> {
  return (await store.log()).filter((row) => row.kind === "host-cert").length;
}
