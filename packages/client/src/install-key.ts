import { type Refusal, toUuid } from "@countersign/domain";
import { licensePolicyOf } from "./license-policy.ts";
import { type Draft, type Present, productIn, reduceDraft, type Session } from "./session.ts";
import { checkSetupKey } from "./setup-key.ts";
import { withProduct } from "./trusted-state.ts";

/** A draft with the key installed, or why it cannot be. */
export type InstalledKey =
  | { readonly ok: true; readonly draft: Draft }
  | { readonly ok: false; readonly refusal: Refusal };

/** Installs a setup key; what was being asked with the old one is dropped. */
export function installSetupKey(
  draft: Draft,
  session: Session,
  key: { readonly text: string; readonly byPerson: boolean },
  { now }: Present,
): InstalledKey {
  const { product, trust, ports } = session;
  const of = { publisherId: trust.publisherId, product, byPerson: key.byPerson };
  const checked = checkSetupKey(key.text, of, ports.cryptography.sha256);
  if (!checked.ok) return checked;
  const { setupKey } = checked;
  const state = withProduct(draft.state, { ...productIn(draft.state, session), setupKey, series: undefined });
  const input = {
    kind: "key-installed",
    activationId: toUuid(product.activationId),
    partialKey: setupKey.partialKey,
    policy: licensePolicyOf(trust, product),
  } as const;
  return { ok: true, draft: reduceDraft({ ...draft, state }, session, input, now) };
}

/** Removes the key: the machine is unlicensed and asks nobody any more. */
export function removeSetupKey(draft: Draft, session: Session, { now }: Present): Draft {
  const product = productIn(draft.state, session);
  const state = withProduct(draft.state, { ...product, setupKey: undefined, lease: undefined, series: undefined });
  return reduceDraft({ ...draft, state }, session, { kind: "key-removed" }, now);
}
