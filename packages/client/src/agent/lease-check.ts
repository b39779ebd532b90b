import { type Cryptography, fingerprintOf, type PackedComponents, type Product } from "@countersign/domain";
import { type TrustState, verifyStatement } from "@countersign/protocol";
import { driftScore } from "../machine-check.ts";
import type { MachineReading } from "../machine-identity.ts";
import { newestTrust } from "../newest-trust.ts";
import type { LeaseEvidence } from "../trusted-state.ts";

/** A lease that somebody else says is this machine's. */
export interface ClaimedLease {
  readonly evidence: LeaseEvidence;
  /** TrustBundle; empty where none came along. */
  readonly chain: Uint8Array;
}

/** Under what it is checked: the program's own root and the machine it runs on. */
export interface LeaseQuestion {
  readonly trust: TrustState;
  readonly product: Product;
  readonly machine: MachineReading;
  readonly cryptography: Cryptography;
}

/** `untilMs`: by a true clock the lease is over then at the latest, whoever keeps it. */
export type CheckedLease =
  | { readonly ok: true; readonly untilMs: number }
  | { readonly ok: false; readonly detail: string };

const MOVED_SCORE = 0.25;

/**
 * Whether a claimed lease is one: proved up to the publisher's root, for this product, and bound to this machine. So a
 * false agent can withhold a licence, but not give one.
 */
export async function checkLease({ evidence, chain }: ClaimedLease, question: LeaseQuestion): Promise<CheckedLease> {
  const { product, machine, cryptography } = question;
  const { identity, reply, nonce, receivedWallMs, receivedFloorMs } = evidence;
  const asked = {
    ...{ cmid: identity.cmid, nonce, productId: product.productId, keyGroup: product.keyGroup },
    fingerprint: fingerprintOf(identity.components, cryptography.sha256),
  };
  const trust = chain.length === 0 ? question.trust : await newestTrust(question.trust, chain, cryptography);
  // The clocks are the agent's word: what they may hide is bounded by the signed time of issue, below.
  const clocks = { wallMs: receivedWallMs, floorMs: receivedFloorMs };
  const outcome = await verifyStatement(reply, { asked, trust, ...clocks, knownCertificate: undefined }, cryptography);
  if (!outcome.ok) return { ok: false, detail: outcome.refusal.reason };
  const { statement } = outcome.value;
  if (statement.kind !== "lease") return { ok: false, detail: `a ${statement.kind} is no lease` };
  if (!isThisMachine(identity, machine, cryptography)) return { ok: false, detail: "it is of another machine" };
  return { ok: true, untilMs: statement.issuedMs + statement.validityS * 1000 };
}

/** Without root some characteristics cannot be read; those that can must agree. A machine that shows none proves nothing. */
function isThisMachine(
  identity: LeaseEvidence["identity"],
  machine: MachineReading,
  cryptography: Cryptography,
): boolean {
  const score = driftScore(identity, machine, cryptography);
  if (score !== undefined) return score >= MOVED_SCORE;
  return machine.components.length === 0 && isEmpty(identity.components);
}

function isEmpty(components: PackedComponents): boolean {
  return components.length === 0;
}
