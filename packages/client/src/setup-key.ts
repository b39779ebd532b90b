import {
  equalBytes,
  type Product,
  type PublisherId,
  parseProductKey,
  partialKey,
  productIdOfKid,
  productKeyHeader,
  publisherMask,
  type Refusal,
  refuse,
  refuseTypedKey,
  type Sha256,
  setupKeyTag,
} from "@countersign/domain";
import type { InstalledSetupKey } from "./trusted-state.ts";

/** A key that may be installed, or why not. */
export type CheckedSetupKey =
  | { readonly ok: true; readonly setupKey: InstalledSetupKey }
  | { readonly ok: false; readonly refusal: Refusal };

/** Judges a typed setup key offline, by the signed policy (protocol.md §10, "Roles"). It grants nothing. */
export function checkSetupKey(
  text: string,
  of: { readonly publisherId: PublisherId; readonly product: Product; readonly byPerson: boolean },
  sha256: Sha256,
): CheckedSetupKey {
  const mask = publisherMask(of.publisherId, sha256);
  const parsed = parseProductKey(text, mask);
  if (!parsed.ok) return { ok: false, refusal: refuseTypedKey(text, [mask]) };
  const { key } = parsed;
  if (key.kind !== "setup") {
    return { ok: false, refusal: refuse("KEY_WRONG_KIND", { expected: "setup key", found: `${key.kind} key` }) };
  }
  const header = productKeyHeader(key);
  if (!equalBytes(key.tag, setupKeyTag(header, of.publisherId, sha256))) {
    return { ok: false, refusal: refuse("KEY_INVALID", { detail: "a tag that does not fit" }) };
  }
  if (
    productIdOfKid(key.kid) !== of.product.productId ||
    !of.product.setupKeyIds.some((id) => equalBytes(id, header))
  ) {
    return { ok: false, refusal: refuse("KEY_FOR_OTHER_PRODUCT", { detail: `product ${productIdOfKid(key.kid)}` }) };
  }
  return { ok: true, setupKey: { header, partialKey: partialKey(text), byPerson: of.byPerson } };
}
