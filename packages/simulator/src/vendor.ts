import type { Product } from "@countersign/domain";
import type { PublisherClient } from "@countersign/host";
import { openMemoryKeyring } from "@countersign/keyring/memory";
import {
  createPublisher,
  defineApplication,
  defineProduct,
  exportTrust,
  issueHostKey,
  issueSetupKey,
  type PublisherParts,
} from "@countersign/publisher";
import { openMemoryPublisherStore } from "@countersign/storage/memory";
import type { SeededRandom, VirtualTime } from "@countersign/testkit";
import { publisherDesk } from "./publisher-desk.ts";
import type { Platform } from "./scenario.ts";

/** One publisher with a product that machines run: the real core on a memory store. */
export interface Vendor {
  readonly url: string;
  readonly product: Product;
  readonly applicationId: Uint8Array;
  readonly setupKey: string;
  readonly hostKey: string;
  /** The trust file as it was at first. */
  readonly trust: Uint8Array;
  readonly desk: PublisherClient;
  /** The newest instant the publisher signed. */
  publishedMs(): number;
  /** Of the product's policy, as the host has it. */
  policyVersion(): number;
  /** Defines one more product; the new trust file. */
  publish(): Promise<Uint8Array>;
}

/** What a vendor is built from. */
export interface VendorParts {
  readonly name: string;
  readonly requiredCount: number;
  readonly time: VirtualTime;
  readonly random: SeededRandom;
  readonly platform: Platform;
  /** Percent of host renewals whose answer is lost on the way back. */
  readonly lossPct: number;
}

/** Creates the publisher, its product and its keys. */
export async function openVendor(parts: VendorParts): Promise<Vendor> {
  const { name, requiredCount, time, random, platform } = parts;
  const publisher: PublisherParts = {
    store: openMemoryPublisherStore(),
    keyring: openMemoryKeyring(platform.drawKey),
    cryptography: { ...platform.cryptography, random: random.bytes },
    scrypt: platform.scrypt,
    now: time.nowMs,
  };
  const url = `http://${name.toLowerCase()}.example`;
  await createPublisher({ name, serviceUrl: url }, publisher);
  const { applicationId } = await defineApplication("Editor", publisher);
  const like = { applicationId, productClass: "client", requiredCount } as const;
  const product = await defineProduct({ ...like, name: "Editor Pro" }, publisher);
  const { keyGroup, productId } = product;
  const { productKey: setupKey } = await issueSetupKey(productId, publisher);
  const { productKey: hostKey } = await issueHostKey({ keyGroup }, publisher);
  const trustFile = async () => Uint8Array.from(await exportTrust(publisher), (character) => character.charCodeAt(0));
  let publishedMs = time.nowMs();
  let policyVersion = 2;
  return {
    ...{ url, product, applicationId, setupKey, hostKey },
    trust: await trustFile(),
    desk: publisherDesk(publisher, () => random.chance(parts.lossPct)),
    publishedMs: () => publishedMs,
    policyVersion: () => policyVersion,
    publish: async () => {
      await defineProduct({ ...like, name: `Editor of ${time.nowMs()}`, keyGroup }, publisher);
      publishedMs = time.nowMs();
      policyVersion++;
      return trustFile();
    },
  };
}
