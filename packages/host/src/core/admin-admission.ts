import { type Refusal, refuse, tokenBuckets } from "@countersign/domain";
import { type AdminMethod, isAtLeastRole, METHOD_ROLES } from "./admin-roles.ts";
import type { Administrator } from "./administrators.ts";

const FAILED_TRIES = { burst: 10, perSecond: 1 / 60, mostSources: 10_000 } as const;

/** What a call over the network says of itself. */
export interface NetworkCall {
  readonly address: string;
  readonly method: string;
  readonly authorization: string | undefined;
  readonly hostHeader: string | undefined;
  readonly origin: string | undefined;
}

/** What is judged by. */
export interface AdmissionParts {
  /** TLS, or an address that only this machine can reach. */
  readonly isPrivate: boolean;
  /** Names this host may be called by, beside addresses and localhost. */
  readonly names: readonly string[];
  readonly administratorWith: (token: string) => Administrator | undefined;
  readonly monotonicMs: () => number;
}

/** Who calls, or why not. */
export type Judged = { readonly ok: true; readonly caller: string } | { readonly ok: false; readonly refusal: Refusal };

/** Judges calls over tcp (behaviour.md §5). Ten wrong tries from one source, then one a minute. */
export function createAdmission(parts: AdmissionParts): (call: NetworkCall) => Judged {
  const { burst, perSecond, mostSources } = FAILED_TRIES;
  const failures = tokenBuckets(burst, perSecond, mostSources);
  const blocked = new Map<string, number>();
  const failed = ({ address }: NetworkCall, detail: string): Judged => {
    const nowMs = parts.monotonicMs();
    const waitS = failures.take(address, nowMs);
    if (waitS > 0) {
      if (blocked.size >= mostSources) blocked.clear();
      blocked.set(address, nowMs + waitS * 1000);
    }
    return refused(detail);
  };
  return (call) => {
    if (!parts.isPrivate) return refused("away from loopback this port administers only with tls configured");
    const place = misplaced(call, parts.names);
    if (place !== undefined) return refused(place);
    const waitMs = (blocked.get(call.address) ?? 0) - parts.monotonicMs();
    if (waitMs > 0) {
      const refusal = refuse("RATE_LIMITED", { detail: "wrong tokens" }, waitMs / 1000);
      return { ok: false, refusal };
    }
    const [, token = ""] = /^Bearer ([\x21-\x7e]{1,200})$/i.exec(call.authorization ?? "") ?? [];
    if (token === "") return failed(call, "no token");
    const administrator = parts.administratorWith(token);
    if (administrator === undefined) return failed(call, "a token that is unknown, revoked or past its end");
    const least = Object.hasOwn(METHOD_ROLES, call.method) ? METHOD_ROLES[call.method as AdminMethod] : "administrator";
    if (isAtLeastRole(administrator.role, least)) return { ok: true, caller: administrator.name };
    return refused(`${administrator.name} is ${administrator.role}, ${call.method} needs ${least}`);
  };
}

/** A page of another site that talks to this port comes under that site's name, or with its origin. */
function misplaced({ hostHeader, origin }: NetworkCall, names: readonly string[]): string | undefined {
  const name = hostNameOf(hostHeader ?? "");
  const isOurs = isAddress(name) || ["localhost", ...names].some((own) => own.toLowerCase() === name);
  if (!isOurs) return `the host name ${name || "none"}`;
  if (origin !== undefined && origin !== `http://${hostHeader}` && origin !== `https://${hostHeader}`)
    return `the origin ${origin}`;
  return undefined;
}

function hostNameOf(header: string): string {
  const bracketed = /^\[([0-9a-f:.]+)\](?::\d+)?$/i.exec(header);
  return (bracketed?.[1] ?? header.replace(/:\d+$/, "")).toLowerCase();
}

function isAddress(name: string): boolean {
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(name) || /^[0-9a-f]*:[0-9a-f:.]*$/.test(name);
}

function refused(detail: string): Judged {
  return { ok: false, refusal: refuse("NOT_AUTHORISED", { detail }) };
}
