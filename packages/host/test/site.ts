import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { createClient } from "@connectrpc/connect";
import { createConnectTransport } from "@connectrpc/connect-node";
import { fingerprintOf, type ProductClass, packComponents } from "@countersign/domain";
import { type ActivateRequest, encodeActivateRequest } from "@countersign/protocol";
import { HostAdminService } from "@countersign/protocol/gen/host_admin";
import { nodeCryptography } from "@countersign/protocol/node";
import {
  createPublisher,
  defineApplication,
  defineProduct,
  exportTrust,
  issueHostKey,
  issueSetupKey,
} from "@countersign/publisher";
import { openPublisher, startPublisher } from "@countersign/publisher/main";
import { startHost } from "../src/main.ts";

/** What a machine needs to ask for one product of the site's publisher. */
export interface SiteProduct {
  readonly productId: number;
  readonly keyGroup: number;
  readonly requiredCount: number;
  readonly setupKey: string;
  readonly setupKeyId: Uint8Array;
}

/** A publisher's documents and an activated host, in directories of their own, with nothing running. */
export interface PreparedSite {
  readonly hostDirectory: string;
  readonly trustFile: Uint8Array;
  /** The host key it was activated with. */
  readonly hostKey: string;
  readonly products: readonly SiteProduct[];
}

/** Products a site is prepared with. `covered: false` gives a product of a newer generation than the host key. */
export interface WantedProduct {
  readonly name: string;
  readonly productClass: ProductClass;
  readonly requiredCount: number;
  readonly covered?: boolean;
}

const DEFAULT_PRODUCTS: readonly WantedProduct[] = [{ name: "Editor Pro", productClass: "client", requiredCount: 25 }];

/** Creates, issues, activates over real sockets, and stops both services again. */
export async function prepareSite(
  directory: string,
  wanted: readonly WantedProduct[] = DEFAULT_PRODUCTS,
): Promise<PreparedSite> {
  const [publisherDirectory, hostDirectory] = [join(directory, "publisher"), join(directory, "host")];
  await mkdir(publisherDirectory, { recursive: true });
  const service = { serviceUrl: "" };
  const parts = await openPublisher(publisherDirectory);
  const port = await freePort();
  service.serviceUrl = `http://127.0.0.1:${port}`;
  await createPublisher({ name: "Example", ...service }, parts);
  const application = await defineApplication("Editor", parts);
  const products: SiteProduct[] = [];
  for (const { covered = true, ...product } of wanted) {
    const made = await defineProduct(
      { ...product, applicationId: application.applicationId, generation: covered ? 1 : 2 },
      parts,
    );
    const { productKey: setupKey } = await issueSetupKey(made.productId, parts);
    products.push({ ...made, setupKey, setupKeyId: made.setupKeyIds[0] ?? new Uint8Array(9) });
  }
  const strongest = wanted.findIndex((product) => product.productClass === "server" && product.covered !== false);
  const { productKey } = await issueHostKey({ keyGroup: products[Math.max(0, strongest)]?.keyGroup ?? 0 }, parts);
  const trustFile = new TextEncoder().encode(await exportTrust(parts));
  await parts.close();
  const publisher = await startPublisher({
    dataDirectory: publisherDirectory,
    listenAddress: "127.0.0.1",
    port,
    logLevel: "silent",
  });
  const host = await startHost({
    dataDirectory: hostDirectory,
    port: 0,
    adminPort: 0,
    listenAddress: "127.0.0.1",
    logLevel: "silent",
  });
  try {
    const admin = adminOf(host.adminSocket);
    await admin.addTrust({ trustFile });
    await admin.installKey({ productKey });
    await admin.activateOnline({});
  } finally {
    await host.stop();
    await publisher.stop();
  }
  return { hostDirectory, trustFile, hostKey: productKey, products };
}

/** The host's admin service over its Unix socket. */
export function adminOf(socketPath: string) {
  const transport = createConnectTransport({
    baseUrl: "http://localhost",
    httpVersion: "1.1",
    nodeOptions: { socketPath },
  });
  return createClient(HostAdminService, transport);
}

/** A valid first contact of a new machine; `change` bends it. */
export function requestOf(product: SiteProduct, change: Partial<ActivateRequest> = {}): ActivateRequest {
  const components = [nineBytes(1), nineBytes(3)];
  return {
    protocolMinor: 1,
    publisherId: undefined,
    cmid: randomBytes(16),
    nonce: randomBytes(32),
    fingerprint: fingerprintOf(packComponents(components), nodeCryptography.sha256),
    components,
    productId: product.productId,
    keyGroup: product.keyGroup,
    licenseStatus: 2,
    minutesToStateExpiry: 43_200,
    requiredCount: product.requiredCount,
    clientTimeMs: Date.now(),
    previousCmid: undefined,
    lineage: [],
    manifestVersion: 1,
    policyVersion: 1,
    rlNumber: 0,
    knownCertHash: undefined,
    setupKeyId: product.setupKeyId,
    flags: 0,
    sdk: "ts/0.1.0",
    clientName: "pc-1",
    ...change,
  };
}

/** Its bytes. */
export function requestBytes(product: SiteProduct, change: Partial<ActivateRequest> = {}): Uint8Array {
  return encodeActivateRequest(requestOf(product, change));
}

function nineBytes(kind: number): Uint8Array {
  return new Uint8Array([kind, ...randomBytes(8)]);
}

/** A port that is free now: the publisher's address goes into the trust file before it listens. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" && address !== null ? address.port : 0;
}
