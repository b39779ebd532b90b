import { type Refusal, type RefusalReason, refuse } from "@countersign/domain";
import type { DomainOrigin } from "./host-resolver.ts";

/** One name that was asked for hosts in DNS: a fact that status, `/dlv` and events show. */
export interface HostLookup {
  /** "" = there was none to ask. */
  readonly domain: string;
  readonly origin: DomainOrigin;
  /** The owner name of the SRV records; "" = none could be asked. */
  readonly name: string;
  readonly records: number;
  /** Undefined: records were found. */
  readonly reason: RefusalReason | undefined;
  readonly detail: string;
}

/** Why nobody could be asked, in the words of DNS; undefined where DNS was not asked or found somebody. */
export function lookupRefusal(lookups: readonly HostLookup[]): Refusal | undefined {
  if (lookups.length === 0 || lookups.some(({ reason }) => reason === undefined)) return undefined;
  // The generic name, asked last, is the one that everybody publishes; a server that failed may have known it.
  const telling = MOST_TELLING.map((reason) => lookups.findLast((each) => each.reason === reason)).find(Boolean);
  if (telling?.reason === undefined) return undefined;
  if (telling.name === "") return refuse("ALL_HOSTS_FAILED", { detail: nobodyText(telling) });
  return refuse(telling.reason, { name: telling.name, detail: telling.detail });
}

const MOST_TELLING: readonly RefusalReason[] = ["DNS_SERVER_FAILURE", "DNS_NO_RECORDS", "DNS_NAME_NOT_FOUND"];

function nobodyText({ domain, detail }: HostLookup): string {
  return `no host is set or kept, and ${domain === "" ? detail : `${domain} is ${detail}`}`;
}
