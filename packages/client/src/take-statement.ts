import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import {
  type ClockConfirmation,
  concatBytes,
  confirmClock,
  EVENT,
  elapsedMs,
  equalBytes,
  eventOf,
  licenseNow,
  toUuid,
} from "@countersign/domain";
import type { Statement } from "@countersign/protocol";
import { ActivateResponseSchema } from "@countersign/protocol/gen/activation";
import type { HostAnswer } from "./ask-host.ts";
import type { ChosenHost } from "./find-host.ts";
import { drawIdentity } from "./machine-check.ts";
import type { Present } from "./publisher-session.ts";
import { type Draft, productIn, reduceDraft, reduceProduct, type Session, withMachineEvent } from "./session.ts";
import { type AttemptSeries, type ClientIdentity, type ProductState, withClaim, withProduct } from "./trusted-state.ts";

/** A verified statement and what it answers. */
export interface TakenStatement {
  readonly answer: Extract<HostAnswer, { kind: "statement" }>;
  readonly host: ChosenHost;
  readonly series: AttemptSeries;
}

const DAY_MS = 24 * 3_600_000;
const MONTH_MS = 30 * DAY_MS;
const MOST_REIDENTIFICATIONS = 3;

/** The draft of what a verified statement changes: in force only once it is saved (protocol.md §5.3, step 9). `askAgain`: at once, with a new series. */
export function takeStatement(
  session: Session,
  taken: TakenStatement,
  { reading }: Present,
): { readonly draft: Draft; readonly present: Present; readonly askAgain: boolean } {
  const confirmation = confirmClock(session.state.clock, reading, taken.series.firstSend);
  const { clock } = confirmation;
  const present = { reading, now: licenseNow(clock, reading) };
  const draft = { state: { ...session.state, clock }, effects: [] };
  const { statement } = taken.answer.verified;
  const directiveTaken = statement.kind === "reidentify" && mayReidentify(draft.state.reidentifiedMs, present.now.atMs);
  const after =
    statement.kind === "reidentify"
      ? takeDirective(draft, session, present, directiveTaken)
      : takeIdentity(takeAnswer(draft, session, taken, { ...present, confirmation }), session, taken, present);
  const askAgain = directiveTaken || isStale(statement, confirmation, present);
  return { draft: othersAt(endSeries(after, session, taken), session, present), present, askAgain };
}

/** A clock that was set right may change where the other products stand; they are looked at in the same write. */
function othersAt(draft: Draft, session: Session, { now }: Present): Draft {
  const others = [...session.products.keys()].filter((productId) => productId !== session.product.productId);
  return others.reduce((looked, productId) => reduceProduct(looked, productId, { kind: "tick" }, now), draft);
}

/**
 * An answer to an old question (a host was away for long) is kept, and a fresh series starts at once (protocol.md §9) when
 * that gains something: it may clear a suspect clock, and a lease counts from its first send, so this one is old already.
 */
function isStale(statement: Statement, { fresh, firstSend }: ClockConfirmation, { now }: Present): boolean {
  if (fresh || statement.kind === "reidentify") return false;
  const isOldLease = statement.kind === "lease" && elapsedMs(firstSend, now) >= statement.renewalS * 1000;
  return isOldLease || now.suspectSinceUsedMs !== undefined;
}

/** True when a directive may still be followed: at most one in 24 h and three in 30 days (protocol.md §7.5, I31). */
export function mayReidentify(reidentifiedMs: readonly number[], nowMs: number): boolean {
  const recent = reidentifiedMs.filter((atMs) => nowMs - atMs < MONTH_MS);
  return recent.length < MOST_REIDENTIFICATIONS && !recent.some((atMs) => nowMs - atMs < DAY_MS);
}

/** Lease or count report: the licence, the lineage, and the certificate they were proved with. */
function takeAnswer(
  draft: Draft,
  session: Session,
  { answer, series }: TakenStatement,
  { now, confirmation, reading }: Present & { readonly confirmation: ClockConfirmation },
): Draft {
  const { statement } = answer.verified;
  if (statement.kind === "reidentify") return draft;
  const { retryS, renewalS, jitterPct, hostId, seq, leaseId, count, requiredCount, flags } = statement;
  const intervals = { retryS, renewalS, jitterPct };
  const isLease = statement.kind === "lease";
  const input = isLease
    ? ({ kind: "lease-verified", lease: leasePeriod(statement, now.atMs, confirmation), intervals } as const)
    : ({ kind: "count-report-verified", intervals } as const);
  const reduced = reduceDraft(draft, session, input, now);
  const product = productIn(reduced.state, session);
  const whole = withCertificate(answer.reply, product.knownCertificate);
  const evidence = {
    reply: whole.reply,
    identity: series.identity,
    nonce: series.nonce,
    receivedWallMs: reading.wallMs,
    receivedFloorMs: session.state.clock.floorMs,
  };
  const reason = isLease ? "" : "COUNT_TOO_LOW";
  const isNewIdentity = !equalBytes(series.identity.cmid, draft.state.identity.cmid);
  const next = {
    ...product,
    lease: isLease ? evidence : product.lease,
    lineage: withClaim(isNewIdentity ? [] : product.lineage, { hostId, seq, leaseId }),
    knownCertificate: whole.bundle,
    lastAnswer: { count, requiredCount, atMs: now.atMs, reason, flags },
  };
  return { ...reduced, state: withProduct(reduced.state, next) };
}

function leasePeriod(
  { validityS, graceS }: { readonly validityS: number; readonly graceS: number },
  receivedMs: number,
  { firstSend }: ClockConfirmation,
) {
  return { firstSend, receivedMs, validityS, graceS };
}

/** The identity that asked is now the machine's; a pending one takes the old one's place (protocol.md §7.5). */
function takeIdentity(draft: Draft, session: Session, { series }: TakenStatement, { now }: Present): Draft {
  const { cmid } = draft.state.identity;
  const state = { ...draft.state, identity: series.identity, rearmed: false };
  if (equalBytes(cmid, series.identity.cmid)) return { ...draft, state };
  const products = state.products.map((product) =>
    product.productId === session.product.productId ? product : underNewIdentity(product, series.identity),
  );
  const replaced = eventOf(EVENT.identityReplaced, {
    previousCmid: toUuid(cmid),
    cmid: toUuid(series.identity.cmid),
    cause: "a certified host found the old one in use by another machine",
  });
  const swapped = { ...state, previous: { cmid, untilMs: now.atMs + MONTH_MS }, pending: undefined, products };
  return withMachineEvent({ ...draft, state: swapped }, replaced);
}

/**
 * Another product when the CMID changes: sequences of the old one say nothing about the new one. What it asked under the
 * new one already stays, because a host may have answered it and would take other bytes for a copy (protocol.md §5.4).
 */
function underNewIdentity(product: ProductState, { cmid }: ClientIdentity): ProductState {
  const { series } = product;
  const isKept = series !== undefined && equalBytes(series.identity.cmid, cmid);
  return { ...product, lineage: [], series: isKept ? { ...series, isPendingIdentity: false } : undefined };
}

/** A directive stages an identity and costs no licence; beyond the limits it is a failed attempt. */
function takeDirective(draft: Draft, session: Session, { now }: Present, allowed: boolean): Draft {
  const { state } = draft;
  if (!allowed) {
    const input = { kind: "attempt-failed", trigger: "re-identify", innerReasons: ["REIDENTIFY_LIMIT"] } as const;
    return reduceDraft(draft, session, input, now);
  }
  const reidentifiedMs = [...state.reidentifiedMs.filter((atMs) => now.atMs - atMs < MONTH_MS), now.atMs];
  const pending = { identity: drawIdentity(session.machine, session.ports.cryptography), sinceMs: now.atMs };
  return { ...draft, state: { ...state, reidentifiedMs, pending } };
}

function endSeries(draft: Draft, session: Session, { answer, host }: TakenStatement): Draft {
  const product = productIn(draft.state, session);
  const { hostId, port } = answer.verified.statement;
  const cachedHost = { host: host.host, port: host.port, hostId, advertisedPort: port, address: host.address ?? "" };
  return { ...draft, state: { ...withProduct(draft.state, { ...product, series: undefined }), cachedHost } };
}

/**
 * The reply with its certificate put in where the host left it out, at its place among the fields: what is stored is read
 * by the same strict reader. Everything else stays as it came, byte for byte.
 */
function withCertificate(reply: Uint8Array, known: Uint8Array | undefined) {
  const { number } = ActivateResponseSchema.field.certificate;
  const reader = new BinaryReader(reply);
  let at = 0;
  while (at < reply.length) {
    const [field, wireType] = reader.tag();
    if (field === number) return { reply, bundle: Uint8Array.from(reader.bytes()) };
    if (field > number) break;
    reader.skip(wireType, field);
    at = reader.pos;
  }
  if (known === undefined) return { reply, bundle: undefined };
  const missing = new BinaryWriter().tag(number, WireType.LengthDelimited).bytes(known).finish();
  return { reply: concatBytes(reply.subarray(0, at), missing, reply.subarray(at)), bundle: known };
}
