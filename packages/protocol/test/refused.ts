import assert from "node:assert/strict";
import type { Outcome, ProtocolReason } from "../src/index.ts";

/** Exactly this reason, and this field where one is named. */
export function assertRefused(outcome: Outcome<unknown>, reason: ProtocolReason, field?: string): void {
  assert.ok(!outcome.ok, `expected ${reason}, found it accepted`);
  assert.equal(outcome.refusal.reason, reason, outcome.refusal.detail);
  if (field !== undefined) assert.equal(outcome.refusal.field, field);
}

/** The value of an outcome that must be one. */
export function accepted<T>(outcome: Outcome<T>): T {
  assert.ok(
    outcome.ok,
    outcome.ok ? "" : `${outcome.refusal.reason} ${outcome.refusal.field}: ${outcome.refusal.detail}`,
  );
  return outcome.value;
}
