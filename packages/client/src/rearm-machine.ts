import { type Refusal, toUuid } from "@countersign/domain";
import { drawIdentity } from "./machine-check.ts";
import { forgetSequences } from "./observe-machine.ts";
import { observePresent, productIn, reduceDraft, type Session, settle } from "./session.ts";
import { withProduct } from "./trusted-state.ts";

/** Done, or why not. */
export type RearmResult = { readonly ok: true } | { readonly ok: false; readonly refusal: Refusal };

/**
 * `rearm`: new CMID and salt, lease and cache cleared, initial grace anew, one rearm used (behaviour.md §2).
 * `generalize`: the same before a machine becomes an image; free before the first activation.
 */
export async function rearmMachine(session: Session, kind: "rearm" | "generalize"): Promise<RearmResult> {
  const present = observePresent(session);
  const applicationId = toUuid(session.applicationId);
  const reduced = reduceDraft({ state: session.state, effects: [] }, session, { kind, applicationId }, present.now);
  const refused = reduced.effects.find((effect) => effect.kind === "refused");
  if (refused !== undefined) return { ok: false, refusal: refused.refusal };
  const identity = drawIdentity(session.machine, session.ports.cryptography);
  const product = { ...productIn(reduced.state, session), lease: undefined, lastAnswer: undefined };
  const cleared = forgetSequences(withProduct(reduced.state, product));
  const state = { ...cleared, identity, previous: undefined, cachedHost: undefined, rearmed: true };
  session.leaseCertificate = undefined;
  await settle(session, { ...reduced, state }, present, { binding: false });
  return { ok: true };
}
