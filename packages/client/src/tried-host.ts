import type { RefusalReason } from "@countersign/domain";
import type { HostLookup } from "./host-lookup.ts";

/** Why a host is asked (behaviour.md §2): recorded and shown. */
export type HostChoice = (typeof HOST_CHOICES)[number];

/** Every reason, in the order of preference. */
export const HOST_CHOICES = ["fixed", "cached", "discovered"] as const;

/** One host that was asked; `reason` undefined: it gave a verified statement that was kept. */
export interface TriedHost {
  /** `name:port`. */
  readonly host: string;
  readonly why: HostChoice;
  /** The IP address that was reached; "" = none. */
  readonly address: string;
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
  /** The names that were asked in DNS, in order; empty: a host that was known gave a statement, or is the only one to ask. */
  readonly lookups: readonly HostLookup[];
}
