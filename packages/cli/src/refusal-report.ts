import {
  REFUSALS,
  type Refusal,
  RefusalError,
  type RefusalParams,
  type RefusalReason,
  refuse,
  remedyOf,
} from "@countersign/domain";
import type { ErrorReport } from "./terminal.ts";

/** Ends the command with that refusal. */
export function refused(reason: RefusalReason, params: RefusalParams = {}): RefusalError {
  return new RefusalError(refuse<RefusalReason>(reason, params));
}

/** The lines of a refusal. */
export function refusalReport(refusal: Refusal): ErrorReport {
  const { exitCode, page } = REFUSALS[refusal.reason];
  return { message: refusal.message, hints: [remedyOf(refusal)], page, exitCode, reason: refusal.reason };
}
