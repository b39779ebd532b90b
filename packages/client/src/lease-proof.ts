import { writeTrust } from "@countersign/protocol";
import { productIn, type Session } from "./session.ts";
import type { LeaseEvidence } from "./trusted-state.ts";

/** A lease in force with all that somebody else needs who does not take our word for it. */
export interface LeaseProof {
  /** ActivateResponse, identity, nonce and the two clocks it was verified with. */
  readonly evidence: LeaseEvidence;
  /** A TrustBundle without policies: what leads from the publisher's root to the certificate in the reply. */
  readonly chain: Uint8Array;
}

/** Undefined while the licence rests on no lease. */
export function leaseProofOf(session: Session): LeaseProof | undefined {
  const { lease, license } = productIn(session.state, session);
  if (lease === undefined || license.lease === undefined) return undefined;
  return { evidence: lease, chain: chainOf(session) };
}

/** Policies and lists may be large, and whoever checks has the policy of his own product. */
function chainOf({ trust }: Session): Uint8Array {
  return writeTrust({ ...trust, policies: [], revocationList: undefined, setupKeys: [] });
}
