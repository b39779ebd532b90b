import type { ConnectRouter } from "@connectrpc/connect";
import { type Channel, type Product, RefusalError, refuse } from "@countersign/domain";
import { policyProductOf } from "@countersign/protocol";
import { PublisherAdminService } from "@countersign/protocol/gen/publisher";
import type { IssuedKeyRow } from "@countersign/storage";
import { applicationsOf, defineApplication, defineProduct, type NewProduct } from "../define-product.ts";
import { currentTrust, exportTrust } from "../export-trust.ts";
import { issueHostKey, issueSetupKey } from "../issue-key.ts";
import { operatorRefusal } from "../named-fault.ts";
import type { PublisherParts } from "../publisher-parts.ts";
import { answering, type FaultNote } from "./connect-refusal.ts";

const KINDS = ["setup", "host", "mak"] as const;
const CHANNELS: readonly Channel[] = ["volume", "mak"];

/** What the vendor's own people ask, over the Unix socket. The answer itself names a fault, so a caller without a log misses nothing. */
export function publisherAdminRoutes(
  parts: PublisherParts,
  note: FaultNote = () => undefined,
): (router: ConnectRouter) => void {
  const answer = answering(operatorRefusal, note);
  return (router) =>
    router.service(PublisherAdminService, {
      getStatus: () => answer(() => statusOf(parts)),
      createApplication: ({ name }) =>
        answer(async () => ({
          application: { ...(await defineApplication(name, parts)), products: [], policyVersion: 1n },
        })),
      createProduct: (asked) =>
        answer(async () => {
          const product = await defineProduct(wantedProduct(asked), parts);
          return { product: summaryOf(asked.applicationId, product) };
        }),
      listProducts: () =>
        answer(async () => {
          const trust = await currentTrust(parts);
          const applications = trust.policies.map(({ value }) => ({
            applicationId: value.application.applicationId,
            name: value.application.name,
            policyVersion: BigInt(value.version),
          }));
          const products = applicationsOf(trust).flatMap(({ applicationId, products }) =>
            products.map((product) => summaryOf(applicationId, product)),
          );
          return { applications, products };
        }),
      issueKey: (asked) =>
        answer(async () => {
          const { productKey, row } = await issueWanted(asked, parts);
          return { productKey, key: keySummary(row, 0) };
        }),
      listKeys: () =>
        answer(async () => {
          const rows = await parts.store.keys();
          const used = await Promise.all(rows.map((row) => hostsUsing(row, parts)));
          return { keys: rows.map((row, i) => keySummary(row, used[i] ?? 0)) };
        }),
      exportTrust: () => answer(async () => ({ trustFile: new TextEncoder().encode(await exportTrust(parts)) })),
    });
}

async function statusOf(parts: PublisherParts) {
  const trust = await currentTrust(parts);
  const [keys, log] = [await parts.store.keys(), await parts.store.log()];
  const applications = applicationsOf(trust);
  return {
    name: trust.publisherName,
    publisherId: trust.publisherId,
    serviceUrl: trust.serviceUrl,
    applications: applications.length,
    products: applications.reduce((sum, { products }) => sum + products.length, 0),
    hostKeys: keys.filter((key) => key.kind === "host").length,
    setupKeys: keys.filter((key) => key.kind === "setup").length,
    hostActivations: log.filter((row) => row.kind === "host-cert").length,
    manifestVersion: BigInt(trust.manifest.value.version),
    issuanceLogEntries: BigInt(log.length),
  };
}

interface AskedProduct {
  readonly applicationId: Uint8Array;
  readonly name: string;
  readonly description: string;
  readonly productClass: number;
  readonly keyGroup: number;
  readonly generation: number;
  readonly requiredCount: number;
  readonly validityS: number;
  readonly renewalS: number;
  readonly retryS: number;
  readonly initialGraceS: number;
  readonly additionalGraceS: number;
  readonly rearms: number;
  readonly channels: readonly number[];
  readonly leastHostVersion: string;
}

/** Zero and "" on the wire mean: the default. */
function wantedProduct(asked: AskedProduct): NewProduct {
  const given: [keyof Product, unknown][] = [
    ["description", asked.description],
    ["keyGroup", asked.keyGroup],
    ["generation", asked.generation],
    ["requiredCount", asked.requiredCount],
    ["maxValidityS", asked.validityS],
    ["renewalS", asked.renewalS],
    ["retryS", asked.retryS],
    ["initialGraceS", asked.initialGraceS],
    ["additionalGraceS", asked.additionalGraceS],
    ["rearms", asked.rearms],
    ["leastHostVersion", asked.leastHostVersion],
  ];
  return {
    ...Object.fromEntries(given.filter(([, value]) => value !== 0 && value !== "")),
    applicationId: asked.applicationId,
    name: asked.name,
    productClass: asked.productClass === 2 ? "server" : "client",
    ...(asked.channels.length > 0 && { channels: asked.channels.map(channelOf) }),
  };
}

function channelOf(number: number): Channel {
  const channel = CHANNELS[number - 1];
  if (channel === undefined)
    throw new RefusalError(refuse("USAGE_INVALID", { expected: "channel 1 or 2", found: number }));
  return channel;
}

function issueWanted(
  asked: {
    readonly kind: number;
    readonly productId: number;
    readonly keyGroup: number;
    readonly customerId: Uint8Array;
    readonly maxHosts: number;
    readonly activationsPerHost: number;
    readonly certificateLifeS: number;
    readonly siteRequired: IssuedKeyRow["siteRequired"];
    readonly flags: number;
    readonly seats: IssuedKeyRow["seats"];
  },
  parts: PublisherParts,
) {
  const kind = KINDS[asked.kind];
  if (kind === "setup") return issueSetupKey(asked.productId, parts);
  if (kind !== "host")
    throw new RefusalError(
      refuse("KEY_WRONG_KIND", { expected: "setup key or host key", found: kind ?? `kind ${asked.kind}` }),
    );
  const { keyGroup, siteRequired, flags, seats, customerId, maxHosts, activationsPerHost, certificateLifeS } = asked;
  const limits = Object.entries({ maxHosts, activationsPerHost, certificateLifeS }).filter(([, value]) => value > 0);
  const wanted = { keyGroup, siteRequired: plain(siteRequired), flags, seats: plain(seats) };
  return issueHostKey(
    { ...wanted, ...Object.fromEntries(limits), ...(customerId.length > 0 && { customerId }) },
    parts,
  );
}

/** Messages carry their type's name; rows are plain. */
function plain<T extends object>(messages: readonly T[]): readonly T[] {
  return messages.map(
    (message) => Object.fromEntries(Object.entries(message).filter(([name]) => !name.startsWith("$"))) as T,
  );
}

async function hostsUsing(row: IssuedKeyRow, { store }: PublisherParts): Promise<number> {
  const activations = await store.transact((unit) => unit.activationsOfKey(row.kid));
  return new Set(activations.map((activation) => activation.hostId.join())).size;
}

function keySummary(row: IssuedKeyRow, hostsUsed: number) {
  const { kid, keyGroup, lastFive, maxHosts, customerId, productId } = row;
  return {
    kind: KINDS.indexOf(row.kind),
    kid,
    keyGroup,
    lastFive,
    hostsUsed,
    maxHosts,
    customerId,
    productId,
    issuedMs: BigInt(row.issuedMs),
  };
}

function summaryOf(applicationId: Uint8Array, product: Product) {
  return { applicationId, product: policyProductOf(product) };
}
