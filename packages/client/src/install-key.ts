import { type Refusal, toUuid } from "@countersign/domain";
import { licensePolicyOf } from "./license-policy.ts";
import { observePresent, type Present } from "./publisher-session.ts";
import { type Draft, draftOf, productIn, reduceDraft, type Session, settle } from "./session.ts";
import { checkSetupKey } from "./setup-key.ts";
import { type TrustedState, withProduct } from "./trusted-state.ts";

/** A draft with the key installed, or why it cannot be. */
export type InstalledKey =
  | { readonly ok: true; readonly draft: Draft }
  | { readonly ok: false; readonly refusal: Refusal };

/** A key, and who gave it: a person, or an application that brought it along. */
export interface GivenKey {
  readonly text: string;
  /** No application replaces this key afterwards. */
  readonly byPerson: boolean;
}

/** Installs a key where it may be: a person's always, an application's only where there is none. Returns why not. */
export async function installGivenKey(session: Session, key: GivenKey): Promise<Refusal | undefined> {
  const present = observePresent(session);
  if (!mayInstall(session.state, session, key)) return undefined;
  const installed = installSetupKey(draftOf(session), session, key, present);
  if (!installed.ok) return installed.refusal;
  await settle(session, installed.draft, present, { binding: false });
  return undefined;
}

/** An application neither replaces a key nor clears the trace of a store that was tampered with. */
export function mayInstall(state: TrustedState, session: Session, { byPerson }: GivenKey): boolean {
  const { setupKey, license } = productIn(state, session);
  return byPerson || (setupKey === undefined && !license.tampered);
}

/** Installs a setup key; what was being asked with the old one is dropped. */
export function installSetupKey(draft: Draft, session: Session, key: GivenKey, { now }: Present): InstalledKey {
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
