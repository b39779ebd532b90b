import { COUNT_WINDOW_MS, toHex } from "@countersign/domain";
import { type CountReport, type Lease, STATEMENT_TYPE } from "@countersign/protocol";
import type { Complaints } from "../invariants.ts";

/** A request that was just served, and whether the asker's contact counts anew with it. */
export interface CountedRequest {
  readonly cmid: string;
  readonly applicationId: Uint8Array;
  readonly requiredCount: number;
  readonly refreshes: boolean;
  readonly statementType: number;
  readonly statement: CountReport | Lease;
}

/** The count by the naive model of protocol.md §8.1: who asked last when. */
export interface CountWatch {
  made(asked: CountedRequest, nowMs: number): void;
  /** Counts all contacts there ever were, one by one, against what the host reports. */
  recount(applicationId: Uint8Array, reported: number, nowMs: number): void;
}

/** One application's contacts. */
interface Contacts {
  /** Every CMID there ever was. */
  readonly everMs: Map<string, number>;
  /** Those in the window, oldest first: time only goes on, so the silent stand in front. */
  readonly active: Map<string, number>;
  requiredCount: number;
}

/** `requiredCount` of one product an application: the largest never changes in a run. */
export function createCountWatch(complaints: Complaints): CountWatch {
  const applications = new Map<string, Contacts>();
  const contactsOf = (applicationId: Uint8Array) => {
    const name = toHex(applicationId);
    const known = applications.get(name) ?? { everMs: new Map(), active: new Map(), requiredCount: 0 };
    applications.set(name, known);
    return known;
  };
  return {
    made: (asked, nowMs) => {
      const contacts = contactsOf(asked.applicationId);
      if (asked.refreshes) note(contacts, asked, nowMs);
      forgetSilent(contacts, nowMs);
      judge(asked, contacts, complaints);
    },
    recount: (applicationId, reported, nowMs) => {
      const own = contactsOf(applicationId);
      const expected = Math.min(activeEver(own, nowMs), 2 * own.requiredCount);
      if (reported === expected) return;
      const all = [...applications.values()].reduce((sum, contacts) => sum + activeEver(contacts, nowMs), 0);
      const seen = `the host reports ${reported}, ${expected} follow from the contacts, ${all} of all applications`;
      complaints.of(reported === Math.min(all, 2 * own.requiredCount) ? "I19" : "I13", seen);
    },
  };
}

function activeEver({ everMs }: Contacts, nowMs: number): number {
  return [...everMs.values()].filter((seenMs) => seenMs > nowMs - COUNT_WINDOW_MS).length;
}

function note(contacts: Contacts, { cmid, requiredCount }: CountedRequest, nowMs: number): void {
  contacts.requiredCount = Math.max(contacts.requiredCount, requiredCount);
  contacts.everMs.set(cmid, nowMs);
  contacts.active.delete(cmid);
  contacts.active.set(cmid, nowMs);
}

function forgetSilent({ active }: Contacts, nowMs: number): void {
  for (const [cmid, seenMs] of active) {
    if (seenMs > nowMs - COUNT_WINDOW_MS) return;
    active.delete(cmid);
  }
}

function judge(asked: CountedRequest, { active, requiredCount }: Contacts, complaints: Complaints): void {
  const { count } = asked.statement;
  const expected = Math.min(active.size, 2 * requiredCount);
  const isLease = asked.statementType === STATEMENT_TYPE.lease;
  const seen = `${asked.cmid} was told ${count}, ${expected} follow from the contacts, ${asked.requiredCount} are required`;
  if (count > 2 * requiredCount) complaints.of("I9", seen);
  if (count < 1) complaints.of("I10", seen);
  if (isLease && expected < asked.requiredCount) complaints.of("I20", seen);
  if (!isLease && expected >= asked.requiredCount) complaints.of("I11", seen);
  if (count === expected) return;
  if (!asked.refreshes) complaints.of("I12", seen);
  else complaints.of(active.size <= 2 * requiredCount ? "I16" : "I13", seen);
}
