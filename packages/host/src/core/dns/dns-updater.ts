import type { Refusal } from "@countersign/domain";
import type { DnsConfiguration, DomainUpdate } from "./dns-publishing.ts";

/** What became of one update. `server`: who was asked last, `10.0.0.53:53`; "" = nobody could be. */
export type DnsOutcome = { readonly server: string } & (
  | { readonly ok: true; readonly ttlS: number }
  | { readonly ok: false; readonly refusal: Refusal }
);

/** Puts one update into its zone. Never rejects: what stands in the way is an outcome. `signal` ends it at once. */
export type DnsUpdater = (update: DomainUpdate, signal: AbortSignal) => Promise<DnsOutcome>;

/** What publishing stands on. */
export interface DnsParts {
  readonly configuration: DnsConfiguration;
  readonly update: DnsUpdater;
}
