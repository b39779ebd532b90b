import {
  type Product,
  parseProductKey,
  productIdOfKid,
  publisherMask,
  RefusalError,
  refuse,
  refuseTypedKey,
  toUuid,
} from "@countersign/domain";
import { openTrust, type TrustState } from "@countersign/protocol";
import { nodeCryptography } from "@countersign/protocol/node";
import { unknownName } from "./actions/words.ts";
import { refused } from "./refusal-report.ts";

/** The product a client is set up for, and the key that says so. */
export interface ChosenProduct {
  /** A UUID. */
  readonly activationId: string;
  readonly name: string;
  readonly setupKey: string;
  readonly publisherName: string;
}

/** From a trust file and a setup key, or the name of a product whose setup key the file holds. */
export async function chooseProduct(
  trustFile: Uint8Array,
  wanted: { readonly setupKey: string | undefined; readonly product: string | undefined },
): Promise<ChosenProduct> {
  const opened = await openTrust(trustFile, nodeCryptography);
  if (!opened.ok) throw new RefusalError(refuse(opened.refusal.reason, { detail: opened.refusal.detail }));
  const trust = opened.value;
  const products = trust.policies.flatMap(({ value }) => value.application.products);
  const named = wanted.product === undefined ? undefined : productNamed(products, wanted.product);
  const setupKey = wanted.setupKey ?? setupKeyIn(trust, named);
  const productId = productIdOf(setupKey, trust);
  const product = products.find((one) => one.productId === productId);
  if (product === undefined || (named !== undefined && named !== product))
    throw refused("KEY_FOR_OTHER_PRODUCT", { detail: product?.name ?? `product ${productId}` });
  const { activationId, name } = product;
  return { activationId: toUuid(activationId), name, setupKey, publisherName: trust.publisherName };
}

function productNamed(products: readonly Product[], name: string): Product {
  const found = products.find((one) => one.name === name || String(one.productId) === name);
  if (found === undefined) throw unknownName("product", name, products);
  return found;
}

function setupKeyIn(trust: TrustState, product: Product | undefined): string {
  const fitting = trust.setupKeys.filter((one) => product === undefined || one.productId === product.productId);
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only.setupKey;
  throw refused("USAGE_INVALID", {
    expected: "--setup-key <key>, or --product <name> with its setup key in the trust file",
    found: `${fitting.length} setup keys in the trust file`,
  });
}

function productIdOf(setupKey: string, trust: TrustState): number {
  const mask = publisherMask(trust.publisherId, nodeCryptography.sha256);
  const parsed = parseProductKey(setupKey, mask);
  if (!parsed.ok) throw new RefusalError(refuseTypedKey(setupKey, [mask]));
  if (parsed.key.kind !== "setup")
    throw refused("KEY_WRONG_KIND", { expected: "setup key", found: `${parsed.key.kind} key` });
  return productIdOfKid(parsed.key.kid);
}
