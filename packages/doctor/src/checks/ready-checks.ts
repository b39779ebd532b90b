import { ALL_CHECKS } from "./catalogue.ts";
import type { Check, CheckId } from "./check.ts";

/** What must be so before machines are sent to a host: it is licensed, listens, is published, resolves, and knows the time. */
const READY: readonly CheckId[] = [
  ...(["CS-ENV-002", "CS-CFG-001", "CS-CFG-007", "CS-CFG-008", "CS-STO-001", "CS-CLK-001", "CS-CLK-002"] as const),
  ...(["CS-DNS-003", "CS-DNS-005", "CS-DNS-007", "CS-DNS-010", "CS-DNS-011"] as const),
  ...(["CS-NET-001", "CS-NET-002", "CS-NET-003", "CS-HST-001", "CS-HST-002", "CS-HST-003", "CS-HST-007"] as const),
  ...(["CS-RCH-001", "CS-RCH-002", "CS-RCH-003", "CS-RCH-004", "CS-RCH-006"] as const),
];

/** The checks of `--ready`, in the order of a report. */
export const READY_CHECKS: readonly Check[] = ALL_CHECKS.filter(({ id }) => READY.includes(id));
