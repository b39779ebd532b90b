import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  type ClientMachineId,
  type Grace,
  type LicenseRecord,
  type LicenseStatus,
  type Moment,
  type PublisherId,
  refusalReasonOf,
} from "@countersign/domain";
import {
  type StoredIdentity,
  type StoredLease,
  type StoredLicense,
  type StoredMoment,
  type StoredProduct,
  type StoredSeries,
  type TrustedStore,
  TrustedStoreSchema,
} from "@countersign/protocol/gen/trusted_store";
import { DOMAIN_ORIGINS } from "./host-resolver.ts";
import { HOST_CHOICES, type LastAttempt, type TriedHost } from "./tried-host.ts";
import type { AttemptSeries, ClientIdentity, LeaseEvidence, ProductState, TrustedState } from "./trusted-state.ts";

/** The body of the store. */
export function encodeTrustedState(state: TrustedState): Uint8Array {
  const products = state.products.map((product) => ({
    ...product,
    license: storedLicense(product.license),
    lineage: product.lineage.map((claim) => ({ ...claim, seq: BigInt(claim.seq) })),
    knownCertificate: product.knownCertificate ?? new Uint8Array(),
    tried: (product.lastAttempt?.tried ?? []).map(storedTried),
    triedMs: product.lastAttempt?.atMs,
    lookups: (product.lastAttempt?.lookups ?? []).map((lookup) => ({ ...lookup, reason: lookup.reason ?? "" })),
  }));
  const message = {
    ...state,
    generation: BigInt(state.generation),
    reidentifiedMs: [...state.reidentifiedMs],
    products,
  };
  return toBinary(TrustedStoreSchema, create(TrustedStoreSchema, message));
}

/** The state a body holds; undefined when a part that must be there is not: the store was written by nobody of ours. */
export function decodeTrustedState(body: Uint8Array): TrustedState | undefined {
  try {
    return stateOf(fromBinary(TrustedStoreSchema, body));
  } catch {
    // protobuf-es throws on bytes that are no message; the caller treats both alike.
    return undefined;
  }
}

function storedTried({ host, why, address, reason, inner, detail }: TriedHost) {
  return { host, why, address, reason: reason ?? "", inner: inner ?? "", detail };
}

function storedLicense({ told, ...license }: LicenseRecord) {
  return { ...license, told: { ...told, grace: told.grace ?? "" } };
}

function stateOf(message: TrustedStore): TrustedState | undefined {
  const { clock, previous, pending, cachedHost, trust } = message;
  const identity = identityOf(message.identity);
  const pendingIdentity = identityOf(pending?.identity);
  if (identity === undefined || clock === undefined || message.publisherId.length !== 16) return undefined;
  const products = message.products.map(productOf);
  if (!products.every((product) => product !== undefined)) return undefined;
  const { highWaterMs, floorMs, lastWallMs, lastMonotonicMs, bootId, usedMs, suspectSinceUsedMs, jump } = clock;
  return {
    generation: Number(message.generation),
    publisherId: message.publisherId as PublisherId,
    identity,
    previous: previous && { cmid: previous.cmid, untilMs: previous.untilMs },
    pending: pending && pendingIdentity && { identity: pendingIdentity, sinceMs: pending.sinceMs },
    reidentifiedMs: message.reidentifiedMs,
    clock: {
      ...{ highWaterMs, floorMs, lastWallMs, lastMonotonicMs, bootId, usedMs, suspectSinceUsedMs },
      jump: jump && { wallMs: jump.wallMs, usedMs: jump.usedMs },
    },
    trust,
    cachedHost: cachedHost && {
      ...{ host: cachedHost.host, port: cachedHost.port, hostId: cachedHost.hostId },
      ...{ advertisedPort: cachedHost.advertisedPort, address: cachedHost.address },
    },
    rearmed: message.rearmed,
    products,
  };
}

function productOf(message: StoredProduct): ProductState | undefined {
  const { setupKey, lastAnswer, knownCertificate } = message;
  const license = licenseOf(message.license);
  const lease = leaseOf(message.lease);
  const series = seriesOf(message.series);
  if (license === undefined || lease === "damaged" || series === "damaged") return undefined;
  return {
    productId: message.productId,
    setupKey: setupKey && { header: setupKey.header, partialKey: setupKey.partialKey, byPerson: setupKey.byPerson },
    license,
    lease,
    lineage: message.lineage.map(({ hostId, seq, leaseId }) => ({ hostId, seq: Number(seq), leaseId })),
    knownCertificate: knownCertificate.length > 0 ? knownCertificate : undefined,
    series,
    nextAttemptMs: message.nextAttemptMs,
    seriesReplacedMs: message.seriesReplacedMs,
    lastAnswer: lastAnswer && {
      ...{ count: lastAnswer.count, requiredCount: lastAnswer.requiredCount, atMs: lastAnswer.atMs },
      ...{ reason: lastAnswer.reason, flags: lastAnswer.flags },
    },
    lastAttempt: lastAttemptOf(message),
  };
}

/** For a person to read only: a reason of a later version is left out rather than the whole store refused. */
function lastAttemptOf({ tried, triedMs, lookups }: StoredProduct): LastAttempt | undefined {
  if (triedMs === undefined) return undefined;
  const hosts = tried.map(({ host, why, address, reason, inner, detail }) => ({
    ...{ host, address, detail, reason: refusalReasonOf(reason), inner: refusalReasonOf(inner) },
    why: HOST_CHOICES.find((each) => each === why) ?? "cached",
  }));
  const asked = lookups.map(({ domain, origin, name, records, reason, detail }) => ({
    ...{ domain, name, records, reason: refusalReasonOf(reason), detail },
    origin: DOMAIN_ORIGINS.find((each) => each === origin) ?? "none",
  }));
  return { atMs: triedMs, tried: hosts, lookups: asked };
}

function licenseOf(message: StoredLicense | undefined): LicenseRecord | undefined {
  if (message?.policy === undefined || message.intervals === undefined || message.told === undefined) return undefined;
  const { key, policy, intervals, told, lease, moved, voided } = message;
  const firstSend = momentOf(lease?.firstSend);
  return {
    key: key && { activationId: key.activationId, partialKey: key.partialKey },
    policy: { covered: policy.covered, initialGraceS: policy.initialGraceS, rearms: policy.rearms },
    initialGraceFrom: momentOf(message.initialGraceFrom),
    graceForfeited: message.graceForfeited,
    tampered: message.tampered,
    lease: lease &&
      firstSend && { firstSend, receivedMs: lease.receivedMs, validityS: lease.validityS, graceS: lease.graceS },
    moved: moved && { atMs: moved.atMs, usedMs: moved.usedMs, final: moved.final },
    drifted: message.drifted,
    voided: voided && {
      ...{ atMs: voided.atMs, usedMs: voided.usedMs },
      ...{ serial: voided.serial, effectiveMs: voided.effectiveMs },
    },
    everLicensed: message.everLicensed,
    rearmsUsed: message.rearmsUsed,
    intervals: { retryS: intervals.retryS, renewalS: intervals.renewalS, jitterPct: intervals.jitterPct },
    told: {
      status: told.status as LicenseStatus,
      grace: told.grace === "" ? undefined : (told.grace as Grace),
      suspect: told.suspect,
    },
  };
}

function leaseOf(lease: StoredLease | undefined): LeaseEvidence | undefined | "damaged" {
  if (lease === undefined) return undefined;
  const identity = identityOf(lease.identity);
  if (identity === undefined || lease.nonce.length !== 32) return "damaged";
  const { reply, nonce, receivedWallMs, receivedFloorMs } = lease;
  return { reply, identity, nonce, receivedWallMs, receivedFloorMs };
}

function seriesOf(series: StoredSeries | undefined): AttemptSeries | undefined | "damaged" {
  if (series === undefined) return undefined;
  const identity = identityOf(series.identity);
  const { request, nonce, isPendingIdentity, firstSend, nonceRefused } = series;
  if (identity === undefined || firstSend === undefined || nonce.length !== 32) return "damaged";
  const { wallMs, monotonicMs, bootId, effectiveMs, usedMs } = firstSend;
  const start = { wallMs, monotonicMs, bootId, effectiveMs, usedMs };
  return { request, nonce, identity, isPendingIdentity, firstSend: start, nonceRefused };
}

function identityOf(message: StoredIdentity | undefined): ClientIdentity | undefined {
  if (message?.cmid.length !== 16 || message.salt.length !== 16) return undefined;
  const { cmid, salt, components, vmGenerationId } = message;
  return { cmid: cmid as ClientMachineId, salt, components, vmGenerationId };
}

function momentOf(message: StoredMoment | undefined): Moment | undefined {
  return message && { atMs: message.atMs, usedMs: message.usedMs };
}
