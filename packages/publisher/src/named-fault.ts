import type { Refusal } from "@countersign/domain";
import { RefusalError, refuse } from "@countersign/domain";
import { KeyFault, refusalOfKeyFault } from "@countersign/keyring";
import { refusalOfStoreFault, StoreFault } from "@countersign/storage";

/** A broken world by its stable reason, for those who run the publisher; undefined for a bug. */
export function namedFault(fault: unknown): Refusal | undefined {
  if (fault instanceof RefusalError) return fault.refusal;
  if (fault instanceof StoreFault) return refusalOfStoreFault(fault);
  if (fault instanceof KeyFault) return refusalOfKeyFault(fault);
  return undefined;
}

/** What the vendor's own people are told: they see the cause. */
export function operatorRefusal(fault: unknown): Refusal {
  const named = namedFault(fault);
  if (named !== undefined) return named;
  const { message, ...internal } = refuse("INTERNAL_FAULT");
  return { ...internal, message: `${message}: ${fault instanceof Error ? fault.message : String(fault)}` };
}

/** What a host is told: neither paths nor names of keys. */
export function strangerRefusal(fault: unknown): Refusal {
  if (fault instanceof StoreFault) return refuse("STORE_UNAVAILABLE", { detail: fault.reason });
  if (fault instanceof KeyFault) return refuse("SIGNER_UNAVAILABLE");
  return refuse("INTERNAL_FAULT");
}
