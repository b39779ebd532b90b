/** Why a store could not be opened or written. "behind": only a start may do what is needed before it can be read. */
export type StoreFaultReason = "locked" | "full" | "read-only" | "corrupt" | "newer" | "behind" | "failed";

/** The adapter's word for a broken world; the caller never sees a driver's own error. */
export class StoreFault extends Error {
  readonly reason: StoreFaultReason;
  /** What to do next, for the hint line. */
  readonly remedy: string;

  constructor(reason: StoreFaultReason, message: string, remedy: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "StoreFault";
    this.reason = reason;
    this.remedy = remedy;
  }
}
