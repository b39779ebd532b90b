import { equalBytes, type LicensePolicy, type Product } from "@countersign/domain";
import type { TrustState } from "@countersign/protocol";

/** A product and the application it is counted in. */
export interface FoundProduct {
  readonly product: Product;
  readonly applicationId: Uint8Array;
}

/** The product of an activation id; undefined when no signed policy names it. */
export function productByActivationId(trust: TrustState, activationId: Uint8Array): FoundProduct | undefined {
  for (const { value } of trust.policies) {
    const product = value.application.products.find((each) => equalBytes(each.activationId, activationId));
    if (product !== undefined) return { product, applicationId: value.application.applicationId };
  }
  return undefined;
}

/** What the newest signed policy says of the product. */
export function licensePolicyOf(trust: TrustState, { activationId }: Product): LicensePolicy {
  const product = productByActivationId(trust, activationId)?.product;
  if (product === undefined) return { covered: false, initialGraceS: 0, rearms: 0 };
  return { covered: true, initialGraceS: product.initialGraceS, rearms: product.rearms };
}
