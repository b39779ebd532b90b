import { DEFAULT_POLICY, type HostSettings, type Product, type ServedDecision } from "@countersign/domain";
import {
  CERTIFICATE_FLAG,
  encodeCountReport,
  encodeLease,
  encodeReidentify,
  leaseIdOf,
  STATEMENT_TYPE,
} from "@countersign/protocol";
import type { PlacedRequest, Statement } from "./accepted-request.ts";
import type { HostParts } from "./host-parts.ts";

/** When and by what a leaf is made. */
export interface Making {
  readonly nowMs: number;
  readonly parts: HostParts;
  readonly settings: HostSettings;
}

/** The leaf of a served request, encoded before the commit that stores it (protocol.md §5.2). */
export function servedStatement(
  asked: PlacedRequest,
  product: Product,
  decision: Pick<ServedDecision, "kind" | "seq" | "count" | "requiredCount" | "validityS">,
  at: Making,
): Statement {
  const { seat, request } = asked;
  const { cryptography } = at.parts;
  const leaseId = leaseIdOf(cryptography.hmacSha256, seat.lineageKey, request, decision.seq);
  const fields = {
    ...subjectOf(asked, at),
    leaseId,
    seq: decision.seq,
    ...intervalsOf(product, at.settings),
    jitterPct: DEFAULT_POLICY.jitterPct,
    count: decision.count,
    requiredCount: decision.requiredCount,
    flags: (seat.certificate?.value.flags ?? 0) & CERTIFICATE_FLAG.test,
  };
  if (decision.kind === "count-report") {
    return { statementType: STATEMENT_TYPE.countReport, payload: encodeCountReport({ ...fields, reason: 1 }) };
  }
  const lease = { ...fields, validityS: decision.validityS, graceS: product.additionalGraceS };
  return { statementType: STATEMENT_TYPE.lease, payload: encodeLease(lease) };
}

/** The signed directive to draw a new CMID (§7.5). */
export function reidentifyStatement(
  asked: PlacedRequest,
  product: Product,
  because: { readonly reason: number; readonly otherLastSeenMs: number },
  at: Making,
): Statement {
  const other = asked.machine?.components ?? new Uint8Array();
  const payload = encodeReidentify({
    ...subjectOf(asked, at),
    ...because,
    branchHint: at.parts.cryptography.sha256(other).slice(0, 4),
    retryS: intervalsOf(product, at.settings).retryS,
  });
  return { statementType: STATEMENT_TYPE.reidentify, payload };
}

/** The host's own intervals go before the policy's: `/sai` and `/sri` (behaviour.md §3). */
function intervalsOf({ retryS, renewalS }: Product, settings: HostSettings) {
  const { activationIntervalMinutes, renewalIntervalMinutes } = settings;
  return {
    renewalS: renewalIntervalMinutes === undefined ? renewalS : renewalIntervalMinutes * 60,
    retryS: activationIntervalMinutes === undefined ? retryS : activationIntervalMinutes * 60,
  };
}

function subjectOf({ request }: PlacedRequest, at: Making) {
  return {
    cmid: request.cmid,
    fingerprint: request.fingerprint,
    nonce: request.nonce,
    productId: request.productId,
    keyGroup: request.keyGroup,
    issuedMs: at.nowMs,
    hostId: at.parts.store.identity.hostId,
    port: at.parts.listeningPort(),
  };
}
