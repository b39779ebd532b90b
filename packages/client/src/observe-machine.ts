import { EVENT, eventOf, toUuid } from "@countersign/domain";
import { drawIdentity, driftScore, isBlank, isOtherMachine } from "./machine-check.ts";
import type { Present, PublisherSession } from "./publisher-session.ts";
import { type Draft, reduceProduct, withMachineEvent } from "./session.ts";
import type { ProductState } from "./trusted-state.ts";

const MONTH_MS = 30 * 24 * 3_600_000;

/**
 * Compares the live machine with the stored one (protocol.md §7.2, §7.3): a copied store draws a new CMID by itself, and
 * so does a machine that starts from a generalized image.
 */
export function judgeMachine(draft: Draft, session: PublisherSession, present: Present): Draft {
  const { cryptography } = session.ports;
  const { state } = draft;
  if (isBlank(state.identity)) return redraw(draft, session, present);
  if (isOtherMachine(state.identity, session.machine, cryptography)) return redraw(draft, session, present);
  return state.products.reduce((judged, product) => scoreProduct(judged, session, product, present), draft);
}

/** Each lease is bound to the machine as it was when it was given. */
function scoreProduct(draft: Draft, session: PublisherSession, product: ProductState, { now }: Present): Draft {
  const bound = product.lease?.identity;
  if (bound === undefined) return draft;
  const score = driftScore(bound, session.machine, session.ports.cryptography);
  return reduceProduct(draft, product.productId, { kind: "machine-scored", score }, now);
}

function redraw(draft: Draft, session: PublisherSession, { now }: Present): Draft {
  const { state } = draft;
  const identity = drawIdentity(session.machine, session.ports.cryptography);
  const isFirstStart = isBlank(state.identity);
  const previous = isFirstStart ? undefined : { cmid: state.identity.cmid, untilMs: now.atMs + MONTH_MS };
  const event = eventOf(EVENT.identityReplaced, {
    previousCmid: toUuid(state.identity.cmid),
    cmid: toUuid(identity.cmid),
    cause: isFirstStart ? "first start from a generalized image" : "the store was copied or moved to another machine",
  });
  const told = withMachineEvent({ ...draft, state: { ...forgetSequences(state), identity, previous } }, event);
  const withKey = state.products.filter(({ license }) => license.key !== undefined);
  return withKey.reduce(
    (redrawn, { productId }) => reduceProduct(redrawn, productId, { kind: "identity-redrawn" }, now),
    told,
  );
}

/** What belongs to a CMID goes with it: sequences, open questions, a staged successor. */
export function forgetSequences(state: Draft["state"]): Draft["state"] {
  const products = state.products.map((product) => ({ ...product, lineage: [], series: undefined }));
  return { ...state, pending: undefined, products };
}
