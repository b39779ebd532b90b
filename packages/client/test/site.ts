import { generateKeyPairSync } from "node:crypto";
import { create } from "@bufbuild/protobuf";
import { RefusalError } from "@countersign/domain";
import { createHost, DEFAULT_LIMITS, type Host, type PublisherClient } from "@countersign/host";
import { openMemoryKeyring } from "@countersign/keyring/memory";
import type { Scrypt } from "@countersign/protocol";
import { ActivateHostResponseSchema } from "@countersign/protocol/gen/publisher";
import { nodeCryptography as cryptography, signerOf } from "@countersign/protocol/node";
import {
  activateHost,
  createFailedProofs,
  createPublisher,
  defineApplication,
  defineProduct,
  exportTrust,
  issueHostKey,
  issueSetupKey,
  type PublisherParts,
} from "@countersign/publisher";
import { openMemoryHostStore, openMemoryPublisherStore } from "@countersign/storage/memory";
import type { Transport } from "../src/index.ts";

/** A virtual time that a test moves. */
export interface TestTime {
  wallMs: number;
  monotonicMs: number;
}

// scrypt at its real cost would make this suite minutes long; the publisher's own tests use the real one.
const quickScrypt: Scrypt = async (secret, salt) => cryptography.hmacSha256(salt, secret);
const drawKey = () => signerOf(generateKeyPairSync("ed25519").privateKey);

/** A publisher and one activated host in memory: the real cores. */
export async function openSite(time: TestTime, requiredCount = 1) {
  const parts: PublisherParts = {
    store: openMemoryPublisherStore(),
    keyring: openMemoryKeyring(drawKey),
    cryptography,
    scrypt: quickScrypt,
    now: () => time.wallMs,
  };
  await createPublisher({ name: "Example", serviceUrl: "http://publisher.example" }, parts);
  const application = await defineApplication("Editor", parts);
  const { applicationId } = application;
  const named = { applicationId, name: "Editor Pro", productClass: "client", requiredCount } as const;
  const product = await defineProduct(named, parts);
  const other = await defineProduct({ ...named, name: "Editor Basic" }, parts);
  const setupKey = (await issueSetupKey(product.productId, parts)).productKey;
  const otherSetupKey = (await issueSetupKey(other.productId, parts)).productKey;
  // Counted in an application of its own; no host here has a key for it.
  const second = await defineApplication("Viewer", parts);
  const viewer = await defineProduct({ ...named, applicationId: second.applicationId, name: "Viewer Pro" }, parts);
  const viewerSetupKey = (await issueSetupKey(viewer.productId, parts)).productKey;
  const trust = new TextEncoder().encode(await exportTrust(parts));
  const host = await openHost(parts, time, { trust, keyGroup: product.keyGroup });
  return {
    ...{ parts, product, other, viewer, setupKey, otherSetupKey, viewerSetupKey },
    ...{ trust, host, applicationId, viewerApplicationId: second.applicationId },
  };
}

export type Site = Awaited<ReturnType<typeof openSite>>;

/** One more host of the same publisher, activated. */
export async function openHost(
  parts: PublisherParts,
  time: TestTime,
  { trust, keyGroup }: { readonly trust: Uint8Array; readonly keyGroup: number },
): Promise<Host> {
  const host = await createHost({
    store: openMemoryHostStore(cryptography.random),
    keyring: openMemoryKeyring(drawKey),
    cryptography,
    scrypt: quickScrypt,
    clock: { wallMs: () => time.wallMs, monotonicMs: () => time.monotonicMs },
    random: cryptography.random,
    computerName: "host-1",
    limits: { ...DEFAULT_LIMITS, machinePerHour: 1_000 },
    softwareVersion: "0.1.0",
    listeningPort: () => 1688,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    publisherClient: () => deskOf(parts),
    defer: () => Promise.resolve(),
    dataDirectory: "",
  });
  await host.addTrust(trust);
  await host.installKey((await issueHostKey({ keyGroup }, parts)).productKey);
  await host.activateOnline(new Uint8Array());
  return host;
}

function deskOf(parts: PublisherParts): PublisherClient {
  const desk = { source: "192.0.2.1", failedProofs: createFailedProofs() };
  return {
    async activateHost(request) {
      const outcome = await activateHost(request, desk, parts);
      if (!outcome.ok) throw new RefusalError(outcome.refusal);
      const { certificate, trust, timeToken } = outcome.value;
      const { rootSets, manifest, policies, revocationList } = trust;
      return create(ActivateHostResponseSchema, {
        hostCert: certificate,
        rootSets: rootSets.map(({ document }) => document),
        manifest: manifest.document,
        policies: policies.map(({ document }) => document),
        ...(revocationList && { revocationList: revocationList.document }),
        timeToken,
      });
    },
    getTrust: async () => {
      throw new Error("this site never asks for trust");
    },
  };
}

/** The transport that reaches a host's methods without a socket. */
export function transportTo(host: Host, address = "192.0.2.7"): Transport {
  const methods = { Activate: host.activate, GetDocuments: host.getDocuments, GetHostInfo: host.getHostInfo };
  return async (_target, method, request) => {
    const reply = await methods[method](request, { address });
    if (reply.ok) return { kind: "answer", bytes: reply.body };
    const { reason, message, retryAfterS } = reply.refusal;
    return { kind: "refusal", reason, message, retryAfterS };
  };
}
