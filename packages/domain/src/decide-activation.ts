import { COUNT_WINDOW_MS, DEFAULT_POLICY, requiredCountOf } from "./activation-policy.ts";
import { type CountWindow, countIncluding } from "./client-count.ts";
import { HOST_CLOCK_BACK_MS } from "./clock-guard.ts";
import { equalBytes } from "./identifiers.ts";
import { judgeLineage, type LineageRow } from "./lineage.ts";
import type { PackedComponents } from "./machine-fingerprint.ts";
import { isAtLeastVersion, type Product } from "./product.ts";
import type { RefusalReason } from "./refusal.ts";

const SAME_LEAF_MS = 3_600_000;
const CLOCK_SKEW_MS = 4 * 3_600_000;

/** One request, narrowed. `provenSeq` is 0 unless the lineage entry's lease id was this host's own. */
export interface ActivationAsk {
  readonly cmid: Uint8Array;
  readonly cmidHex: string;
  readonly nonce: Uint8Array;
  readonly requestHash: Uint8Array;
  readonly components: PackedComponents;
  readonly keyGroup: number;
  readonly setupKeyId: Uint8Array;
  readonly clientTimeMs: number;
  readonly ephemeral: boolean;
  readonly provenSeq: number;
}

/** What the store knows of the asker. */
export interface KnownMachine extends LineageRow {
  readonly lastNonce: Uint8Array;
  readonly lastRequestHash: Uint8Array;
  readonly statementIssuedMs: number;
  readonly lastSeenMs: number;
  readonly counted: boolean;
}

/** What this host may do for the asker's publisher now. */
export interface HostStanding {
  readonly certificate:
    | {
        readonly keyGroups: readonly number[];
        readonly siteRequired: ReadonlyMap<number, number>;
        readonly issuedMs: number;
        readonly notAfterMs: number;
        readonly maxLeaseS: number;
      }
    | undefined;
  readonly softwareVersion: string;
  readonly wallMs: number;
}

/** Everything one decision depends on. `nowMs` is guarded host time. */
export interface ActivationFacts {
  readonly ask: ActivationAsk;
  readonly product: Product | undefined;
  readonly machine: KnownMachine | undefined;
  readonly standing: HostStanding;
  readonly window: CountWindow;
  readonly nowMs: number;
}

/** What else the event log should say about a request that was served. */
export type ActivationRemark = "fingerprint-drift" | "host-rollback" | "clock-skew";

/** Served: a lease when the count suffices, else a count report. Both advance the lineage. */
export interface ServedDecision {
  readonly kind: "lease" | "count-report";
  readonly seq: number;
  readonly count: number;
  readonly requiredCount: number;
  readonly validityS: number;
  /** Whether the row counts from now on. A re-sync, which anybody can send, never takes an active machine out. */
  readonly counted: boolean;
  /** False for the re-sync of an active machine: neither last_seen nor the count moves. */
  readonly refreshesContact: boolean;
  /** False for a re-sync: the remembered components stay. */
  readonly adoptsComponents: boolean;
  readonly resyncTimesMs: readonly number[];
  readonly remarks: readonly ActivationRemark[];
}

/** The fate of one request (protocol.md §5.4, §7.4, §8.1). */
export type ActivationDecision =
  | ServedDecision
  | { readonly kind: "repeat"; readonly refresh: boolean }
  | {
      readonly kind: "reidentify";
      readonly because: "other-hardware" | "identical-clone";
      readonly otherLastSeenMs: number;
    }
  | { readonly kind: "refused"; readonly reason: RefusalReason }
  | { readonly kind: "dropped"; readonly reason: RefusalReason };

/** Decides one request purely; the caller writes what it says and commits before signing anything. */
export function decideActivation(facts: ActivationFacts): ActivationDecision {
  const reason = refusalOf(facts);
  if (reason !== undefined) return { kind: "refused", reason };
  const { ask, machine, product, nowMs } = facts;
  if (product === undefined) return { kind: "refused", reason: "PRODUCT_UNKNOWN" };
  if (machine !== undefined && equalBytes(machine.lastNonce, ask.nonce)) {
    if (!equalBytes(machine.lastRequestHash, ask.requestHash)) return { kind: "dropped", reason: "NONCE_REUSED" };
    return { kind: "repeat", refresh: nowMs - machine.statementIssuedMs >= SAME_LEAF_MS };
  }
  const verdict = judgeLineage(machine, { seq: ask.provenSeq, components: ask.components }, nowMs, product.renewalS);
  if (verdict.kind === "reidentify") {
    return { kind: "reidentify", because: verdict.because, otherLastSeenMs: machine?.lastSeenMs ?? nowMs };
  }
  return serve(facts, product, verdict);
}

function refusalOf({ ask, product, standing, nowMs }: ActivationFacts): RefusalReason | undefined {
  const { certificate, wallMs } = standing;
  if (certificate === undefined) return "HOST_NOT_ACTIVATED";
  const outOfForce = certificateRefusal(certificate, nowMs, wallMs);
  if (outOfForce !== undefined) return outOfForce;
  if (product === undefined) return "PRODUCT_UNKNOWN";
  if (!certificate.keyGroups.includes(product.keyGroup) || ask.keyGroup !== product.keyGroup)
    return "GROUP_NOT_AUTHORIZED";
  if (!isAtLeastVersion(standing.softwareVersion, product.leastHostVersion)) return "HOST_TOO_OLD";
  if (!product.setupKeyIds.some((id) => equalBytes(id, ask.setupKeyId))) return "SETUP_KEY_NOT_ACCEPTED";
  return undefined;
}

/** Why a certificate serves nobody at guarded time `nowMs`; undefined while it does. */
export function certificateRefusal(
  { issuedMs, notAfterMs }: { readonly issuedMs: number; readonly notAfterMs: number },
  nowMs: number,
  wallMs: number,
): "HOST_CLOCK_SUSPECT" | "HOST_CERT_EXPIRED" | undefined {
  if (wallMs < issuedMs) return "HOST_CLOCK_SUSPECT";
  if (nowMs < notAfterMs) return undefined;
  // Guarded time ran ahead of a wall clock that is right again: no renewal mends that, an administrator does.
  return wallMs < notAfterMs - HOST_CLOCK_BACK_MS ? "HOST_CLOCK_SUSPECT" : "HOST_CERT_EXPIRED";
}

function serve(
  { ask, machine, standing, window, nowMs }: ActivationFacts,
  product: Product,
  verdict: Exclude<ReturnType<typeof judgeLineage>, { kind: "reidentify" }>,
): ServedDecision {
  const requiredCount = requiredCountOf(product, standing.certificate?.siteRequired ?? new Map());
  const refreshesContact = verdict.kind === "advance" || !isActive(machine, ask, window, nowMs);
  const counted = refreshesContact ? !ask.ephemeral : machine?.counted === true;
  const contact = { cmid: ask.cmidHex, requiredCount, counted };
  const count = countIncluding(window, contact, nowMs);
  const longest = Math.min(product.maxValidityS, standing.certificate?.maxLeaseS ?? 0);
  return {
    kind: count >= requiredCount ? "lease" : "count-report",
    seq: verdict.seq,
    count,
    requiredCount,
    validityS: ask.ephemeral ? Math.min(longest, DEFAULT_POLICY.ephemeralLeaseS) : longest,
    counted,
    refreshesContact,
    adoptsComponents: verdict.kind === "advance",
    resyncTimesMs: verdict.kind === "resync" ? verdict.resyncTimesMs : (machine?.resyncTimesMs ?? []),
    remarks: remarksOn(ask, verdict, [nowMs, standing.wallMs]),
  };
}

/** A machine is active when one of its rows is: this product's, or another's as the window knows it (protocol.md §8.1). */
function isActive(
  machine: KnownMachine | undefined,
  { cmidHex }: ActivationAsk,
  window: CountWindow,
  nowMs: number,
): boolean {
  const sinceMs = nowMs - COUNT_WINDOW_MS;
  if (machine?.counted === true && machine.lastSeenMs > sinceMs) return true;
  return (window.machines.get(cmidHex) ?? Number.NEGATIVE_INFINITY) > sinceMs;
}

function remarksOn(
  ask: ActivationAsk,
  verdict: ReturnType<typeof judgeLineage>,
  hostClocksMs: readonly number[],
): readonly ActivationRemark[] {
  const remarks: ActivationRemark[] = [];
  if (verdict.kind === "advance" && verdict.because === "drift") remarks.push("fingerprint-drift");
  if (verdict.kind === "advance" && verdict.because === "rollback") remarks.push("host-rollback");
  // Guarded time and wall differ while the host's own clock is suspect: the client is wrong only where it fits neither.
  const skewed = hostClocksMs.every((hostMs) => Math.abs(ask.clientTimeMs - hostMs) > CLOCK_SKEW_MS);
  if (skewed) remarks.push("clock-skew");
  return remarks;
}
