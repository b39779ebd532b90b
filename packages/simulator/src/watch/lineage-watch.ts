import { COUNT_WINDOW_MS, equalBytes, toHex } from "@countersign/domain";
import {
  type ActivateRequest,
  type CountReport,
  type Lease,
  readCountReport,
  readLease,
  STATEMENT_TYPE,
} from "@countersign/protocol";
import type { Exchange, MachineRow } from "@countersign/storage";
import type { Complaints } from "../invariants.ts";
import type { RowChange } from "./committed-rows.ts";

/** What a committed change of a row meant. */
export interface JudgedChange {
  readonly nonce: Uint8Array;
  readonly exchange: Pick<Exchange, "statementType" | "statement">;
  readonly statement: CountReport | Lease;
  /** The asker's contact counts from now on. */
  readonly refreshes: boolean;
}

/** Where a change is judged. */
export interface Around {
  readonly hostId: Uint8Array;
  readonly nowMs: number;
  readonly complaints: Complaints;
}

/** Judges one change of a machine's row by protocol.md §7.4: who asked decides what may have moved. */
export function judgeChange(
  change: RowChange,
  request: ActivateRequest | undefined,
  around: Around,
): JudgedChange | undefined {
  const { before, after } = change;
  const { complaints } = around;
  const own = judgedOf(after.lastNonce, after);
  const resync = after.resync && judgedOf(after.resync.nonce, after.resync);
  if (before === undefined || !equalBytes(before.lastNonce, after.lastNonce)) {
    if (request !== undefined && own !== undefined) return { ...own, refreshes: judgeNext(change, request, around) };
    complaints.of("I28", `the row of ${nameOf(after)} changed without a request that was sent`);
    return undefined;
  }
  if (!equalBytes(before.lastRequestHash, after.lastRequestHash))
    complaints.of("I24", `${nameOf(after)} moved for other bytes under its nonce`);
  if (after.resync === undefined || before.resync === after.resync)
    return own && judgeRepeat(before, after, around, own);
  const isKnown = before.resync !== undefined && equalBytes(before.resync.nonce, after.resync.nonce);
  if (isKnown) return resync && judgeRepeat(before, after, around, resync);
  return resync && { ...resync, refreshes: judgeSeen(before, after, around) };
}

function judgedOf(nonce: Uint8Array, exchange: JudgedChange["exchange"]): JudgedChange | undefined {
  const statement = statementOf(exchange);
  return statement && { nonce, exchange, statement, refreshes: false };
}

/** The same bytes again: the same number and lease id, whether they were the holder's or a stale request's. */
function judgeRepeat(before: MachineRow, after: MachineRow, around: Around, judged: JudgedChange): JudgedChange {
  const was = statementOf(before);
  const { statement } = judged;
  const isSame = was !== undefined && was.seq === statement.seq && equalBytes(was.leaseId, statement.leaseId);
  if (!isSame) around.complaints.of("I23", `${nameOf(after)} got another answer to the same bytes`);
  return { ...judged, refreshes: judgeSeen(before, after, around) };
}

/** A request with a nonce of its own moves the row if it comes from the newest statement's holder, and not otherwise. */
function judgeNext({ before, after }: RowChange, request: ActivateRequest, around: Around): boolean {
  const { hostId, complaints } = around;
  const proves = before === undefined || holdsNewest(request, before, hostId);
  const seq = before === undefined ? 1 : before.seq + (proves ? 1 : 0);
  if (after.seq !== seq)
    complaints.of("I28", `${nameOf(after)} went from ${before?.seq} to ${after.seq}, expected ${seq}`);
  if (!proves) complaints.of("I28", `${nameOf(after)} remembers the nonce of a stale request`);
  return proves ? judgeSeen(undefined, after, around) : judgeSeen(before, after, around);
}

/** True when the contact counts: the holder's always, a stale one's only where the CMID had left the count. */
function judgeSeen(before: MachineRow | undefined, after: MachineRow, { nowMs, complaints }: Around): boolean {
  const isActive = before?.counted === true && before.lastSeenMs > nowMs - COUNT_WINDOW_MS;
  const seenMs = isActive ? before.lastSeenMs : nowMs;
  if (after.lastSeenMs !== seenMs)
    complaints.of("I28", `${nameOf(after)} was last seen ${after.lastSeenMs}, expected ${seenMs}`);
  if (before !== undefined && after.seq !== before.seq)
    complaints.of("I28", `${nameOf(after)} went from ${before.seq} to ${after.seq} for a stale request`);
  return !isActive;
}

/** True when the request names the sequence number and the lease id of the newest statement of its CMID. */
export function holdsNewest(request: ActivateRequest, row: MachineRow, hostId: Uint8Array): boolean {
  const claim = request.lineage.find((entry) => equalBytes(entry.hostId, hostId));
  if (claim === undefined || claim.seq !== row.seq) return false;
  return equalBytes(claim.leaseId, statementOf(row)?.leaseId ?? new Uint8Array());
}

/** The lease or count report of an exchange. */
export function statementOf(exchange: Pick<Exchange, "statementType" | "statement">): CountReport | Lease | undefined {
  const { statementType, statement } = exchange;
  const known = statements.get(statement);
  if (known !== undefined) return known;
  const read = statementType === STATEMENT_TYPE.lease ? readLease(statement) : readCountReport(statement);
  if (!read.ok) return undefined;
  statements.set(statement, read.value);
  return read.value;
}

/** By the identity of the bytes, which nobody changes: each statement is looked at several times. */
const statements = new WeakMap<Uint8Array, CountReport | Lease>();

const nameOf = ({ cmid, productId }: MachineRow) => `${toHex(cmid)}/${productId}`;
