import { fromBinary } from "@bufbuild/protobuf";
import type { LicenseReport } from "@countersign/client";
import { equalBytes, LICENSE_STATUS } from "@countersign/domain";
import { type StoredProduct, type TrustedStore, TrustedStoreSchema } from "@countersign/protocol/gen/trusted_store";
import type { Complaints } from "../invariants.ts";
import type { DiskImage } from "../machine-disk.ts";
import type { GivenLease } from "./host-watch.ts";

const DAY_MS = 86_400_000;
const SOONEST_MS = 15 * 60_000 * 0.9;
const LATEST_MS = 30 * DAY_MS * 1.1;
const MOST_REARMS = 3;

/** What a machine shows and what its disk holds. */
export interface Look {
  readonly status: LicenseReport;
  readonly stored: TrustedStore;
}

/** One wake-up from its end. */
export interface Wake {
  readonly name: string;
  readonly before: Look;
  readonly after: Look;
  readonly nowMs: number;
  /** The machine's own clock. */
  readonly wallMs: number;
  /** How often the network gave it an answer of the publisher's host, and how often somebody else's. */
  readonly honest: number;
  readonly lies: number;
  /** The last thing that came of its attempts; undefined: it made none. */
  readonly last: "statement" | "failure" | undefined;
  /** It was never a copy, never put back, and its clock never jumped. */
  readonly inOrder: boolean;
  readonly clockTrue: boolean;
  /** Directives it followed. */
  readonly directives: number;
  readonly leaseOf: (nonce: Uint8Array) => GivenLease | undefined;
  /** The newest instant the publisher signed. */
  readonly publishedMs: number;
}

/** Reads a disk as a machine left it. */
export function storedIn(image: DiskImage): TrustedStore {
  return fromBinary(TrustedStoreSchema, image?.body ?? new Uint8Array());
}

/** The invariants of a client over one wake-up. */
export function judgeWake(wake: Wake, complaints: Complaints): void {
  const { name, after, directives, inOrder, publishedMs } = wake;
  judgeLicence(wake, complaints);
  judgeSchedule(wake, complaints);
  if (wake.lies > 0 && wake.honest === 0) judgeLies(wake, complaints);
  if (inOrder && directives > 0) complaints.of("I25", `${name} was told to re-identify`);
  if (wake.last === "statement" && after.status.flags.clockSuspect)
    complaints.of("I33", `${name} took a statement and still suspects its clock`);
  const floorMs = after.stored.clock?.floorMs ?? 0;
  if (floorMs > publishedMs)
    complaints.of("I34", `the floor of ${name} is ${floorMs - publishedMs} ms past the publisher`);
  const rearms = productOf(after)?.license?.rearmsUsed ?? 0;
  if (rearms > MOST_REARMS) complaints.of("I36", `${name} was rearmed ${rearms} times`);
}

/** What a machine's requests say it has, beside what they said before and what it was last told of. */
export interface KnownVersions {
  readonly name: string;
  /** Of manifest, policy, revocation list. */
  readonly had: readonly number[];
  readonly has: readonly number[];
  /** The policy the host had when the machine last took a statement; 0: none that it must have. */
  readonly policyTold: number;
}

/** I8, and that newer documents arrive. */
export function judgeVersions({ name, had, has, policyTold }: KnownVersions, complaints: Complaints): void {
  if (has.some((version, i) => version < (had[i] ?? 0)))
    complaints.of("I8", `${name} had documents ${had.join()}, has ${has.join()}`);
  const [, policy = 0] = has;
  if (policy < policyTold) complaints.of("documents", `${name} asks with policy ${policy}, was told of ${policyTold}`);
}

function judgeLicence({ name, after, nowMs, leaseOf, clockTrue }: Wake, complaints: Complaints): void {
  if (after.status.status !== LICENSE_STATUS.licensed) return;
  const lease = productOf(after)?.lease;
  const given = lease && leaseOf(lease.nonce);
  if (given === undefined) complaints.of("I29", `${name} is licensed on no lease of the host`);
  else if (clockTrue && nowMs - given.askedMs > given.validityS * 1000)
    complaints.of("I32", `${name} is licensed past its lease`);
}

function judgeSchedule({ name, after, last, wallMs }: Wake, complaints: Complaints): void {
  const { nextAttemptMs } = after.status;
  if (nextAttemptMs === undefined) return;
  const waitMs = nextAttemptMs - wallMs;
  if (waitMs > LATEST_MS) complaints.of("I37", `${name} asks again in ${Math.round(waitMs / DAY_MS)} days`);
  if (last === "statement" && waitMs < SOONEST_MS)
    complaints.of("I37", `${name} asks again ${waitMs} ms after a statement`);
}

/** Nothing of what an unsigned answer says may stay: neither licence, identity, lineage, intervals nor clock. */
function judgeLies({ name, before, after, nowMs }: Wake, complaints: Complaints): void {
  const [was, is] = [productOf(before), productOf(after)];
  const said = (what: string) => complaints.of("I30", `${what} of ${name} changed by an answer nobody signed`);
  if (!equalBytes(idOf(before), idOf(after))) said("the CMID");
  if (!equalBytes(was?.lease?.nonce ?? new Uint8Array(), is?.lease?.nonce ?? new Uint8Array())) said("the lease");
  if (was?.lineage[0]?.seq !== is?.lineage[0]?.seq) said("the lineage");
  // Documents that an unsigned hint made it ask for are the publisher's own, and their time may raise the floor.
  const isSameTrust = equalBytes(before.stored.trust, after.stored.trust);
  if (isSameTrust && before.stored.clock?.floorMs !== after.stored.clock?.floorMs) said("the clock's floor");
  if (intervalsOf(was) !== intervalsOf(is)) said("an interval");
  const ended = before.status.expiresMs !== undefined && before.status.expiresMs <= nowMs;
  const suspected = before.status.flags.clockSuspect !== after.status.flags.clockSuspect;
  if (before.status.status !== after.status.status && !ended && !suspected) said("the licence");
}

function intervalsOf(product: StoredProduct | undefined): string {
  const { retryS = 0, renewalS = 0, jitterPct = 0 } = product?.license?.intervals ?? {};
  return [retryS, renewalS, jitterPct].join();
}

const productOf = ({ stored }: Look) => stored.products[0];
const idOf = ({ stored }: Look) => stored.identity?.cmid ?? new Uint8Array();
