import { create } from "@bufbuild/protobuf";
import { RefusalError } from "@countersign/domain";
import { createHost, DEFAULT_LIMITS, type Host, type PublisherClient } from "@countersign/host";
import { openMemoryKeyring } from "@countersign/keyring/memory";
import { ActivateHostResponseSchema } from "@countersign/protocol/gen/publisher";
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
import type { HostStore } from "@countersign/storage";
import { openMemoryHostStore, openMemoryPublisherStore } from "@countersign/storage/memory";
import type { SeededRandom, VirtualTime } from "@countersign/testkit";
import type { Platform } from "./scenario.ts";

/** One publisher and one activated host, both real cores on memory stores. */
export interface Site {
  readonly host: Host;
  readonly store: HostStore;
  readonly trust: Uint8Array;
  readonly activationId: Uint8Array;
  readonly setupKey: string;
}

/** Issues, installs and activates, all in virtual time. */
export async function openSite(
  requiredCount: number,
  time: VirtualTime,
  random: SeededRandom,
  platform: Platform,
): Promise<Site> {
  const cryptography = { ...platform.cryptography, random: random.bytes };
  const parts: PublisherParts = {
    store: openMemoryPublisherStore(),
    keyring: openMemoryKeyring(platform.drawKey),
    cryptography,
    scrypt: platform.scrypt,
    now: time.nowMs,
  };
  await createPublisher({ name: "Example", serviceUrl: "http://publisher.example" }, parts);
  const { applicationId } = await defineApplication("Editor", parts);
  const product = await defineProduct(
    { applicationId, name: "Editor Pro", productClass: "client", requiredCount },
    parts,
  );
  const { productKey: setupKey } = await issueSetupKey(product.productId, parts);
  const trustText = await exportTrust(parts);
  const trust = Uint8Array.from(trustText, (character) => character.charCodeAt(0));
  const store = openMemoryHostStore(random.bytes);
  const host = await createHost({
    store,
    keyring: openMemoryKeyring(platform.drawKey),
    cryptography,
    scrypt: platform.scrypt,
    clock: { wallMs: time.nowMs, monotonicMs: time.nowMs },
    random: random.bytes,
    computerName: "host-1",
    limits: { ...DEFAULT_LIMITS, machinePerHour: Number.MAX_SAFE_INTEGER },
    softwareVersion: "0.1.0",
    listeningPort: () => 1688,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    publisherClient: () => deskOf(parts),
    defer: () => Promise.resolve(),
    dataDirectory: "",
  });
  await host.addTrust(trust);
  await host.installKey((await issueHostKey({ keyGroup: product.keyGroup }, parts)).productKey);
  await host.activateOnline(new Uint8Array());
  return { host, store, trust, activationId: product.activationId, setupKey };
}

/** The publisher's service without a socket. */
function deskOf(parts: PublisherParts): PublisherClient {
  const desk = { source: "192.0.2.1", failedProofs: createFailedProofs() };
  return {
    activateHost: async (request) => {
      const outcome = await activateHost(request, desk, parts);
      if (!outcome.ok) throw new RefusalError(outcome.refusal);
      const { certificate, trust, timeToken } = outcome.value;
      return create(ActivateHostResponseSchema, {
        hostCert: certificate,
        rootSets: trust.rootSets.map(({ document }) => document),
        manifest: trust.manifest.document,
        policies: trust.policies.map(({ document }) => document),
        timeToken,
      });
    },
    getTrust: async () => {
      throw new Error("a simulated host is given its trust file once");
    },
  };
}
