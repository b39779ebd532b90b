import { REFUSALS, refusalReasonOf } from "@countersign/domain";

/** What the table of refusals advises for a reason, without the parts that only the refusal itself could fill in. */
export function adviceOf(reason: string): string {
  const known = refusalReasonOf(reason);
  if (known === undefined) return "look at the log";
  return REFUSALS[known].remedy.replace(/\[[^\]]*\]/g, "").replace(/\{\w+\}/g, "…");
}
