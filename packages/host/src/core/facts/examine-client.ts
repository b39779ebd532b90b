import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import type { HostFacts } from "@countersign/doctor";
import {
  ALL_EVENTS,
  equalBytes,
  type Refusal,
  refuse,
  requiredCountOf,
  toHex,
  tokenBuckets,
  toUuid,
} from "@countersign/domain";
import { leaseIdOf, type Peer, type RpcMethod } from "@countersign/protocol";
import { type ExamineRequest, ExamineRequestSchema, ExamineResponseSchema } from "@countersign/protocol/gen/activation";
import type { MachineRow } from "@countersign/storage";
import { openEventLog } from "../event-log.ts";
import { countsOf } from "../host-info.ts";
import { seatOf } from "../narrow-and-limit.ts";
import type { HostCore } from "../open-core.ts";
import type { Seat } from "../seat.ts";
import { isOwnNetwork, sourceOf } from "../source-address.ts";
import { standing } from "../status.ts";
import { eventFactsOf } from "./event-facts.ts";

const MOST_BYTES = 256;
const MOST_EVENTS = 100;
/** Of one source: a doctor that waits asks every few seconds. Own networks are not exempt, an answer costs some reads. */
const BURST = 20;
const PER_SECOND = 0.5;

interface Proven {
  readonly asked: ExamineRequest;
  readonly seat: Seat;
  readonly row: MachineRow | undefined;
}

/** Examine (protocol.md §5.0): for the machine that proves its newest lease, what this host knows of it. Writes nothing. */
export function createExamine(core: HostCore): RpcMethod {
  const { parts, drops, nowMs } = core;
  const sources = tokenBuckets(BURST, PER_SECOND, parts.limits.maxBuckets);
  const drop = (peer: Peer, refusal: Refusal) => {
    drops.dropped(peer.address, refusal.reason, nowMs());
    return { ok: false, refusal } as const;
  };
  return async (bytes, peer) => {
    const waitS = sources.take(sourceOf(peer.address), parts.clock.monotonicMs());
    if (waitS > 0) return drop(peer, refuse("RATE_LIMITED", {}, waitS));
    const asked = narrowed(bytes);
    if (asked === undefined)
      return drop(peer, refuse("REQUEST_INVALID", { detail: "something else than an ExamineRequest" }));
    const seat = seatOf(asked.publisherId, core.seats());
    if (seat === undefined) return drop(peer, refuse("UNKNOWN_PUBLISHER"));
    const row = await parts.store.machine({ seat: seat.row.seat, cmid: asked.cmid, productId: asked.productId });
    if (!isProven({ asked, seat, row }, core)) return drop(peer, refuse("LEASE_NOT_PROVEN"));
    const facts = await factsFor({ asked, seat, row }, peer, core);
    const reply = create(ExamineResponseSchema, { factsJson: JSON.stringify(facts) });
    return { ok: true, body: toBinary(ExamineResponseSchema, reply) };
  };
}

/** Every field at its place and nothing besides. */
function narrowed(bytes: Uint8Array): ExamineRequest | undefined {
  if (bytes.length > MOST_BYTES) return undefined;
  try {
    const asked = fromBinary(ExamineRequestSchema, bytes);
    const isFormed =
      [0, 16].includes(asked.publisherId.length) &&
      asked.cmid.length === 16 &&
      asked.leaseId.length === 16 &&
      asked.productId > 0 &&
      asked.seq > 0n &&
      asked.seq <= BigInt(Number.MAX_SAFE_INTEGER);
    return isFormed && asked.$unknown === undefined ? asked : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Only this host makes that id, and only its holder was told. The one before the newest will do: the reply that carried
 * the newest may be what was lost, and then the machine asks why.
 */
function isProven({ asked, seat, row }: Proven, { parts }: HostCore): boolean {
  if (seat.lineageKey.length === 0) return false;
  const seq = Number(asked.seq);
  const own = leaseIdOf(parts.cryptography.hmacSha256, seat.lineageKey, asked, seq);
  return equalBytes(own, asked.leaseId) && (row === undefined || seq >= row.seq - 1);
}

async function factsFor({ asked, seat, row }: Proven, peer: Peer, core: HostCore): Promise<HostFacts> {
  const { parts, clock } = core;
  const { guardedMs, suspect } = clock.next(core.latestNotAfterMs());
  const { identity } = parts.store;
  const cmid = toUuid(asked.cmid);
  const { events } = await openEventLog(parts).find({ ...ALL_EVENTS, cmid }, undefined, MOST_EVENTS);
  const names = [row?.clientName ?? "", ...events.map(({ fields }) => String(fields["clientName"] ?? ""))];
  const lastSeenMs = Math.trunc(row?.lastSeenMs ?? events[0]?.timeMs ?? 0);
  const wallMs = Math.trunc(parts.clock.wallMs());
  return {
    ...{ from: "answer", dataDirectory: "", isRunning: true, openKeyFiles: [], settings: {} },
    ...{
      softwareVersion: parts.softwareVersion,
      hostId: toHex(identity.hostId),
      instanceId: toHex(identity.instanceId),
    },
    clock: { wallMs, guardedMs: Math.trunc(guardedMs), isSuspect: suspect !== undefined },
    seats: [await publicSeat(seat, isOwnNetwork(peer.address), core)],
    events: events.map(eventFactsOf),
    contacts: [],
    machines: [
      {
        ...{ cmid, names: [...new Set(names)].filter((name) => name !== ""), productId: asked.productId, lastSeenMs },
        hardwareChanges: 0,
      },
    ],
    dropped: [],
  };
}

/** As GetHostInfo tells anybody: counts in own networks alone. */
async function publicSeat(seat: Seat, isOwn: boolean, core: HostCore): Promise<HostFacts["seats"][number]> {
  const { trust, certificate, row } = seat;
  const nowMs = core.nowMs();
  const counts = isOwn ? await countsOf(seat, core.state) : [];
  const countOf = (applicationId: Uint8Array) =>
    counts.find((count) => equalBytes(count.applicationId, applicationId))?.currentCount ?? 0;
  const applications = isOwn ? trust.policies.map(({ value }) => value.application) : [];
  return {
    ...{ publisherId: toHex(row.publisherId), publisherName: trust.publisherName },
    ...standing(seat, nowMs, core.parts.clock.wallMs()),
    ...{ partialKey: "", keyGroups: [...(certificate?.value.keyGroups ?? [])], serviceUrl: "" },
    ...(certificate === undefined ? {} : { notAfterMs: certificate.value.notAfterMs }),
    counts: applications.map(({ applicationId, name, products }) => ({
      ...{ applicationId: toUuid(applicationId), applicationName: name, currentCount: countOf(applicationId) },
      ...{ machinesSeen: 0, newMachines: 0, lastContacts: [], validityDays: 0 },
      thresholds: products.map((product) => ({
        productName: product.name,
        requiredCount: requiredCountOf(product, certificate?.siteRequired ?? new Map()),
      })),
    })),
    requests: { total: 0, failed: 0, failedByReason: [] },
    refusedLately: [],
  };
}
