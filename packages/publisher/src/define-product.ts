import {
  type Application,
  DEFAULT_POLICY,
  equalBytes,
  type Product,
  type ProductClass,
  productKeyHeader,
  RefusalError,
  refuse,
  setupKid,
  toUuid,
} from "@countersign/domain";
import { encodeProductPolicy, type ProductPolicy, signDocument, type TrustState } from "@countersign/protocol";
import type { PublisherUnit } from "@countersign/storage";
import { logIssuance } from "./issuance-log.ts";
import { checkNewName } from "./new-name.ts";
import { KEY_NAME, type PublisherParts } from "./publisher-parts.ts";
import { loadPublisher, savePublisher } from "./publisher-trust.ts";

/** A product as it is defined; what is left out takes the defaults of behaviour.md §1. */
export interface NewProduct
  extends Partial<Omit<Product, "productId" | "activationId" | "name" | "productClass" | "setupKeyIds">> {
  readonly applicationId: Uint8Array;
  readonly name: string;
  readonly productClass: ProductClass;
}

/** Defines an application, the unit of counting: policy version 1, no product yet. */
export async function defineApplication(name: string, parts: PublisherParts): Promise<Application> {
  return parts.store.transact(async (unit) => {
    const { trust } = await loadPublisher(unit, parts);
    checkNewName("application", name, applicationsOf(trust));
    const application: Application = { applicationId: parts.cryptography.random(16), name, products: [] };
    await publishPolicy(unit, application, parts);
    return application;
  });
}

/** Defines a product and signs its application's policy with the next version. */
export async function defineProduct(wanted: NewProduct, parts: PublisherParts): Promise<Product> {
  return parts.store.transact(async (unit) => {
    const { trust } = await loadPublisher(unit, parts);
    const application = applicationsOf(trust).find((known) => equalBytes(known.applicationId, wanted.applicationId));
    if (application === undefined)
      throw new RefusalError(refuse("NOT_FOUND", { what: "application", name: toUuid(wanted.applicationId) }));
    checkNewName("product", wanted.name, application.products);
    const product = productOfWanted({ ...wanted, ...keyGroupOf(wanted, application, trust) }, parts, trust);
    await publishPolicy(unit, { ...application, products: [...application.products, product] }, parts);
    return product;
  });
}

/** The applications of a publisher as its policies say. */
export function applicationsOf(trust: TrustState): readonly Application[] {
  return trust.policies.map((policy) => policy.value.application);
}

/** The products of all of them. */
export function productsOf(trust: TrustState): readonly Product[] {
  return applicationsOf(trust).flatMap((application) => application.products);
}

/** A key group is of one application, generation and class (behaviour.md §1); without a number it is a new one. */
function keyGroupOf(wanted: NewProduct, application: Application, trust: TrustState) {
  const products = productsOf(trust);
  const keyGroup = wanted.keyGroup ?? nextOf(products.map((product) => product.keyGroup));
  const first = products.find((product) => product.keyGroup === keyGroup);
  const generation = wanted.generation ?? first?.generation ?? 1;
  if (first === undefined) return { keyGroup, generation };
  const isSame = first.generation === generation && first.productClass === wanted.productClass;
  if (!isSame || !application.products.includes(first)) {
    const expected = `a key group of this application, generation ${generation} and class ${wanted.productClass}`;
    const found = `key group ${keyGroup} of ${first.name}, generation ${first.generation} and class ${first.productClass}`;
    throw new RefusalError(refuse("USAGE_INVALID", { expected, found }));
  }
  return { keyGroup, generation };
}

function productOfWanted(
  wanted: NewProduct & Pick<Product, "keyGroup" | "generation">,
  { cryptography }: PublisherParts,
  trust: TrustState,
): Product {
  const productId = nextOf(productsOf(trust).map((product) => product.productId));
  const { applicationId: _, ...given } = wanted;
  return {
    description: wanted.name,
    channels: ["volume"],
    requiredCount: DEFAULT_POLICY.requiredCount[wanted.productClass],
    maxValidityS: DEFAULT_POLICY.validityS,
    renewalS: DEFAULT_POLICY.renewalS,
    retryS: DEFAULT_POLICY.retryS,
    initialGraceS: DEFAULT_POLICY.initialGraceS,
    additionalGraceS: DEFAULT_POLICY.additionalGraceS,
    rearms: DEFAULT_POLICY.rearms,
    leastHostVersion: "",
    ...given,
    productId,
    activationId: cryptography.random(16),
    setupKeyIds: [productKeyHeader({ kind: "setup", group: wanted.keyGroup, kid: setupKid(productId) })],
  };
}

function nextOf(numbers: readonly number[]): number {
  return Math.max(0, ...numbers) + 1;
}

async function publishPolicy(unit: PublisherUnit, application: Application, parts: PublisherParts): Promise<void> {
  const { row, trust } = await loadPublisher(unit, parts);
  const known = trust.policies.find(({ value }) =>
    equalBytes(value.application.applicationId, application.applicationId),
  );
  const issuedMs = parts.now();
  const policy: ProductPolicy = {
    version: (known?.value.version ?? 0) + 1,
    publisherId: trust.publisherId,
    application,
    issuedMs,
  };
  const payload = encodeProductPolicy(policy);
  const signer = await parts.keyring.signer(KEY_NAME.policy);
  const document = await signDocument("productPolicy", payload, [signer], parts.cryptography.sha256);
  await logIssuance(unit, { kind: "product-policy", payload, timeMs: issuedMs }, parts.cryptography.sha256);
  const policies = [...trust.policies.filter((other) => other !== known), { document, value: policy }];
  await savePublisher(unit, row, { trust: { ...trust, policies }, parts });
}
