import {
  type ActivationAsk,
  type ActivationDecision,
  COUNT_WINDOW_MS,
  type CountWindow,
  countIncluding,
  currentCount,
  DEFAULT_POLICY,
  decideActivation,
  equalBytes,
  type HostSettings,
  noteContact,
  type Product,
  packComponents,
  requiredCountOf,
  type ServedDecision,
  toHex,
} from "@countersign/domain";
import { leaseIdOf, REQUEST_FLAG, type StatementType } from "@countersign/protocol";
import type { MachineRow } from "@countersign/storage";
import type { PlacedRequest } from "./accepted-request.ts";
import type { BatchRecord, Outcome } from "./batch-record.ts";
import type { DropLog } from "./drop-log.ts";
import type { HostParts } from "./host-parts.ts";
import { knownMachine, repeatedResync, savedRow } from "./machine-row.ts";
import { reidentifyStatement, servedStatement } from "./make-statement.ts";
import { reidentifyEvents, remarkEvent, requestProcessed, resynchronised } from "./request-events.ts";

/** What one batch decides with. `nowMs` is guarded time. */
export interface Deciding {
  readonly parts: HostParts;
  readonly settings: HostSettings;
  readonly nowMs: number;
  readonly wallMs: number;
  readonly record: BatchRecord;
  readonly drops: DropLog;
}

/** Decides one request of a batch and gathers what it writes; requests before it have already moved the window. */
export function decideRequest(asked: PlacedRequest, window: CountWindow, deciding: Deciding): Outcome {
  const { parts, nowMs, wallMs } = deciding;
  const ask = askOf(asked, parts);
  const standing = {
    certificate: asked.seat.certificate && {
      ...asked.seat.certificate.value,
      siteRequired: asked.seat.certificate.siteRequired,
    },
    softwareVersion: parts.softwareVersion,
    wallMs,
  };
  const product = asked.place?.product;
  const decision = decideActivation({ ask, product, machine: knownMachine(asked), standing, window, nowMs });
  if (decision.kind === "dropped") return decision;
  if (decision.kind === "refused" || product === undefined) {
    return refused(asked, decision.kind === "refused" ? decision.reason : "PRODUCT_UNKNOWN", window, deciding);
  }
  if (decision.kind === "repeat") return repeated(asked, product, decision.refresh, { window, deciding });
  if (decision.kind === "reidentify") return reidentified(asked, product, decision, { window, deciding });
  return served(asked, product, decision, { window, deciding, ask });
}

interface Around {
  readonly window: CountWindow;
  readonly deciding: Deciding;
}

function refused(
  asked: PlacedRequest,
  reason: Extract<ActivationDecision, { kind: "refused" }>["reason"],
  window: CountWindow,
  { record, drops, nowMs }: Deciding,
): Outcome {
  record.count(asked, reason);
  if (drops.mayListRefused(asked.address, reason, nowMs)) {
    const counts = { requiredCount: asked.request.requiredCount, currentCount: currentCount(window, nowMs) };
    record.note(asked, requestProcessed(asked, reason, counts));
  }
  return { kind: "refused", reason };
}

/** Same bytes: the identical leaf, or after an hour the same identity with a new time and count (§5.4). */
function repeated(asked: PlacedRequest, product: Product, refresh: boolean, { window, deciding }: Around): Outcome {
  const { machine, request } = asked;
  if (machine === undefined) throw new Error("a repeat without a row");
  const resync = repeatedResync(asked);
  const exchange = resync ?? machine;
  deciding.record.repeat(exchange.eventRowId);
  if (!refresh) {
    const statementType = exchange.statementType as StatementType;
    return { kind: "statement", statement: { statementType, payload: exchange.statement } };
  }
  const { nowMs } = deciding;
  const requiredCount = requiredCountOf(product, asked.seat.certificate?.siteRequired ?? new Map());
  // A machine that left the count is counted again, as a re-sync would: nobody is served at a count without itself.
  const returns = !isEphemeral(request) && !isActive(machine, window, nowMs);
  const contact = { cmid: toHex(machine.cmid), requiredCount, counted: returns };
  const count = countIncluding(window, contact, nowMs);
  if (returns) noteContact(window, contact, nowMs);
  const longest = Math.min(product.maxValidityS, asked.seat.certificate?.value.maxLeaseS ?? 0);
  const validityS = isEphemeral(request) ? Math.min(longest, DEFAULT_POLICY.ephemeralLeaseS) : longest;
  const kind = count >= requiredCount ? "lease" : "count-report";
  const decision = { kind, seq: machine.seq, count, requiredCount, validityS } as const;
  const statement = servedStatement(asked, product, decision, deciding);
  const renewed = {
    statementType: statement.statementType,
    statement: statement.payload,
    statementIssuedMs: nowMs,
  };
  const row = returns ? { ...machine, counted: true, requiredCount, lastSeenMs: nowMs } : machine;
  deciding.record.refresh(
    resync === undefined ? { ...row, ...renewed } : { ...row, resync: { ...resync, ...renewed } },
  );
  return { kind: "statement", statement };
}

/** This product's row counts, or another's of the same machine. */
function isActive({ counted, lastSeenMs, cmid }: MachineRow, window: CountWindow, nowMs: number): boolean {
  const sinceMs = nowMs - COUNT_WINDOW_MS;
  return (counted && lastSeenMs > sinceMs) || (window.machines.get(toHex(cmid)) ?? 0) > sinceMs;
}

function reidentified(
  asked: PlacedRequest,
  product: Product,
  decision: Extract<ActivationDecision, { kind: "reidentify" }>,
  { window, deciding }: Around,
): Outcome {
  const { record, nowMs } = deciding;
  const { because, otherLastSeenMs } = decision;
  const requiredCount = requiredCountOf(product, asked.seat.certificate?.siteRequired ?? new Map());
  record.count(asked, undefined);
  record.note(
    asked,
    requestProcessed(asked, "REIDENTIFY", { requiredCount, currentCount: currentCount(window, nowMs) }),
  );
  for (const event of reidentifyEvents(asked, because, otherLastSeenMs)) record.note(asked, event);
  const reason = because === "other-hardware" ? 1 : 2;
  const statement = reidentifyStatement(asked, product, { reason, otherLastSeenMs }, deciding);
  return { kind: "statement", statement };
}

function served(
  asked: PlacedRequest,
  product: Product,
  decision: ServedDecision,
  { window, deciding, ask }: Around & { readonly ask: ActivationAsk },
): Outcome {
  const { record, nowMs } = deciding;
  const { requiredCount, count } = decision;
  if (decision.refreshesContact) {
    noteContact(window, { cmid: ask.cmidHex, requiredCount, counted: decision.counted }, nowMs);
  }
  const statement = servedStatement(asked, product, decision, deciding);
  for (const remark of decision.remarks) {
    record.note(asked, remarkEvent(asked, remark, { nowMs, provenSeq: ask.provenSeq }));
  }
  if (!decision.adoptsComponents) record.note(asked, resynchronised(asked, ask.provenSeq));
  const reason = decision.kind === "lease" ? "" : "COUNT_TOO_LOW";
  record.note(asked, requestProcessed(asked, reason, { requiredCount, currentCount: count }));
  record.count(asked, undefined);
  record.save((eventRowId) => savedRow(asked, decision, ask.components, { ...statement, nowMs, eventRowId }));
  return { kind: "statement", statement };
}

const isEphemeral = (request: PlacedRequest["request"]) => (request.flags & REQUEST_FLAG.ephemeral) !== 0;

function askOf(asked: PlacedRequest, parts: HostParts): ActivationAsk {
  const { request } = asked;
  return {
    cmid: request.cmid,
    cmidHex: toHex(request.cmid),
    nonce: request.nonce,
    requestHash: asked.requestHash,
    components: packComponents(request.components),
    keyGroup: request.keyGroup,
    setupKeyId: request.setupKeyId,
    clientTimeMs: request.clientTimeMs,
    ephemeral: isEphemeral(request),
    provenSeq: provenSeq(asked, parts),
  };
}

/** A sequence number counts only with the lease id that this host alone can have made for it (§7.4). */
function provenSeq({ request, seat }: PlacedRequest, parts: HostParts): number {
  const claim = request.lineage.find((entry) => equalBytes(entry.hostId, parts.store.identity.hostId));
  if (claim === undefined || seat.lineageKey.length === 0) return 0;
  const { hmacSha256 } = parts.cryptography;
  const own = leaseIdOf(hmacSha256, seat.lineageKey, request, claim.seq);
  return equalBytes(own, claim.leaseId) ? claim.seq : 0;
}
