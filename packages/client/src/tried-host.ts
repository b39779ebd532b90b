import type { RefusalReason } from "@countersign/domain";

/** Why a host is asked (behaviour.md §2): recorded and shown. */
export type HostChoice = "fixed" | "cached";

/** One host that was asked; `reason` undefined: it gave a verified statement that was kept. */
export interface TriedHost {
  /** `name:port`. */
  readonly host: string;
  readonly why: HostChoice;
  readonly reason: RefusalReason | undefined;
  /** Of UNTRUSTED_HOST: which check failed. */
  readonly inner: RefusalReason | undefined;
  readonly detail: string;
}

/** The hosts of one attempt, kept with the product so that a restart does not lose why it failed. */
export interface LastAttempt {
  /** By the machine's clock. */
  readonly atMs: number;
  /** In the order they were asked, 16 at most. */
  readonly tried: readonly TriedHost[];
}
