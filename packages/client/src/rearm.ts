import { equalBytes, type Refusal, refuse, toUuid } from "@countersign/domain";
import { blankIdentity, drawIdentity } from "./machine-check.ts";
import { forgetSequences } from "./observe-machine.ts";
import { observePresent, type PublisherSession } from "./publisher-session.ts";
import { type Draft, draftOf, reduceProduct, settle } from "./session.ts";
import { type ProductState, withProduct } from "./trusted-state.ts";

/** Done, or why not. */
export type RearmResult = { readonly ok: true } | { readonly ok: false; readonly refusal: Refusal };

/** What is rearmed: `/rearm`, `/rearm-app`, `/rearm-sku`. */
export type RearmScope =
  | { readonly kind: "machine" }
  | { readonly kind: "application"; readonly applicationId: Uint8Array }
  | { readonly kind: "product"; readonly activationId: Uint8Array };

/** A product of the policies with the application it is counted in. */
interface ScopedProduct {
  readonly productId: number;
  readonly activationId: Uint8Array;
  readonly applicationId: Uint8Array;
}

/**
 * `rearm`: lease cleared, initial grace anew, one rearm used, for every product of the scope or for none of them. The
 * machine's also draws a new CMID and salt and clears the host cache (behaviour.md §2); one product's does not, because
 * the CMID is the other products' too (decision 0040). `generalize`: the machine's, before it becomes an image; free
 * before the first activation. It leaves no CMID at all, for one drawn now would be that of every copy; nothing is asked
 * and no grace runs until the next start.
 */
export async function rearm(
  session: PublisherSession,
  kind: "rearm" | "generalize",
  scope: RearmScope,
): Promise<RearmResult> {
  const present = observePresent(session);
  const products = productsIn(session, scope);
  if (products.length === 0) return { ok: false, refusal: nothingThere(scope) };
  let draft = draftOf(session);
  for (const product of products) {
    const applicationId = toUuid(product.applicationId);
    draft = reduceProduct(draft, product.productId, { kind, applicationId }, present.now);
    const refused = draft.effects.find((effect) => effect.kind === "refused");
    if (refused !== undefined) return { ok: false, refusal: refused.refusal };
    const { productId } = product;
    draft = { ...draft, state: withoutLease(draft.state, productId) };
    const open = session.products.get(productId);
    if (open !== undefined) open.leaseCertificate = undefined;
  }
  const state = scope.kind === "machine" ? withNewIdentity(session, draft.state, kind) : draft.state;
  await settle(session, { ...draft, state: { ...state, rearmed: true } }, present, { binding: false });
  if (kind === "generalize") {
    for (const open of session.products.values()) open.dueMonotonicMs = Number.POSITIVE_INFINITY;
  }
  return { ok: true };
}

/** Of the machine: every product that has a key, or is open. */
function productsIn({ trust, state, products }: PublisherSession, scope: RearmScope): readonly ScopedProduct[] {
  const known = trust.policies.flatMap(({ value: { application } }) =>
    application.products.map(({ productId, activationId }) => ({
      ...{ productId, activationId },
      applicationId: application.applicationId,
    })),
  );
  const kept = (productId: number) => state.products.find((product) => product.productId === productId);
  const isInUse = (product: ProductState | undefined) =>
    product !== undefined && (product.setupKey !== undefined || products.has(product.productId));
  return known.filter((product) => isInUse(kept(product.productId)) && isInScope(product, scope));
}

function isInScope(product: ScopedProduct, scope: RearmScope): boolean {
  switch (scope.kind) {
    case "machine":
      return true;
    case "application":
      return equalBytes(product.applicationId, scope.applicationId);
    case "product":
      return equalBytes(product.activationId, scope.activationId);
  }
}

function nothingThere(scope: RearmScope): Refusal {
  switch (scope.kind) {
    case "machine":
      return refuse("KEY_NOT_INSTALLED");
    case "application":
      return refuse("NOT_FOUND", { what: "application with an installed key", name: toUuid(scope.applicationId) });
    case "product":
      return refuse("NOT_FOUND", { what: "product with an installed key", name: toUuid(scope.activationId) });
  }
}

function withoutLease(state: Draft["state"], productId: number): Draft["state"] {
  const product = state.products.find((each) => each.productId === productId);
  return product === undefined ? state : withProduct(state, { ...product, lease: undefined, lastAnswer: undefined });
}

function withNewIdentity(
  { machine, ports }: PublisherSession,
  state: Draft["state"],
  kind: "rearm" | "generalize",
): Draft["state"] {
  const identity = kind === "generalize" ? blankIdentity() : drawIdentity(machine, ports.cryptography);
  return { ...forgetSequences(state), identity, previous: undefined, cachedHost: undefined };
}
