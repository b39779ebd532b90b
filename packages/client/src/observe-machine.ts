import { EVENT, eventOf, toUuid } from "@countersign/domain";
import { drawIdentity, driftScore, isOtherMachine } from "./machine-check.ts";
import { type Draft, type Present, productIn, reduceDraft, type Session } from "./session.ts";

const MONTH_MS = 30 * 24 * 3_600_000;

/** Compares the live machine with the stored one (protocol.md §7.2, §7.3): a copied store draws a new CMID by itself. */
export function judgeMachine(draft: Draft, session: Session, present: Present): Draft {
  const { cryptography } = session.ports;
  const { state } = draft;
  if (isOtherMachine(state.identity, session.machine, cryptography)) return redraw(draft, session, present);
  const bound = productIn(state, session).lease?.identity;
  if (bound === undefined) return draft;
  const score = driftScore(bound, session.machine, cryptography);
  return reduceDraft(draft, session, { kind: "machine-scored", score }, present.now);
}

function redraw(draft: Draft, session: Session, { now }: Present): Draft {
  const { state } = draft;
  const identity = drawIdentity(session.machine, session.ports.cryptography);
  const previous = { cmid: state.identity.cmid, untilMs: now.atMs + MONTH_MS };
  const event = eventOf(EVENT.identityReplaced, {
    previousCmid: toUuid(state.identity.cmid),
    cmid: toUuid(identity.cmid),
    cause: "the store was copied or moved to another machine",
  });
  const next = { ...forgetSequences(state), identity, previous };
  const told: Draft = { state: next, effects: [...draft.effects, { kind: "event", event }] };
  return reduceDraft(told, session, { kind: "identity-redrawn" }, now);
}

/** What belongs to a CMID goes with it: sequences, open questions, a staged successor. */
export function forgetSequences(state: Draft["state"]): Draft["state"] {
  const products = state.products.map((product) => ({ ...product, lineage: [], series: undefined }));
  return { ...state, pending: undefined, products };
}
