import { equalBytes, type HostSettings, type RefusalReason, refuse, toHex, tokenBuckets } from "@countersign/domain";
import { MAX_REQUEST_BYTES, narrowActivateRequest, type Peer, type RpcReply } from "@countersign/protocol";
import type { AcceptedRequest } from "./accepted-request.ts";
import type { DropLog } from "./drop-log.ts";
import type { HostParts } from "./host-parts.ts";
import { keptName } from "./kept-name.ts";
import type { Seat } from "./seat.ts";
import { isOwnNetwork, sourceOf } from "./source-address.ts";

/** A request at the door: accepted, or answered on the spot without any write. */
export type AtTheDoor =
  | { readonly ok: true; readonly accepted: AcceptedRequest }
  | Extract<RpcReply, { readonly ok: false }>;

/** What the door looks at. */
export interface DoorParts {
  readonly parts: HostParts;
  readonly drops: DropLog;
  readonly seats: () => readonly Seat[];
  readonly nowMs: () => number;
  /** What is kept of the names of clients. */
  readonly clientNames: () => HostSettings["clientNames"];
}

/** Size, source limits, form, publisher: in that order (protocol.md §5.6). */
export function createDoor(door: DoorParts): (bytes: Uint8Array, peer: Peer) => Promise<AtTheDoor> {
  const { limits } = door.parts;
  const sources = tokenBuckets(limits.sourceBurst, limits.sourcePerSecond, limits.maxBuckets);
  const machines = tokenBuckets(limits.machinePerHour, limits.machinePerHour / 3600, limits.maxBuckets);
  const newcomers = tokenBuckets(limits.newMachinesBurst, limits.newMachinesPerHour / 3600, limits.maxBuckets);
  const drop = (peer: Peer, reason: RefusalReason, params: Record<string, string>, waitS = 0): AtTheDoor => {
    door.drops.dropped(peer.address, reason, door.nowMs());
    return { ok: false, refusal: refuse(reason, params, waitS) };
  };
  const limitMachine = async (accepted: AcceptedRequest, source: string): Promise<number> => {
    const { seat, request, requestHash } = accepted;
    if (seat === undefined) return 0;
    const nowMs = door.parts.clock.monotonicMs();
    const waitS = machines.take(`${toHex(request.cmid)} ${source}`, nowMs);
    const row = await door.parts.store.machine({
      seat: seat.row.seat,
      cmid: request.cmid,
      productId: request.productId,
    });
    if (row === undefined) return Math.max(waitS, newcomers.take(source, nowMs));
    const answered = [row.lastRequestHash, row.resync?.requestHash];
    return answered.some((hash) => hash !== undefined && equalBytes(hash, requestHash)) ? 0 : waitS;
  };
  return async (bytes, peer) => {
    if (bytes.length > MAX_REQUEST_BYTES) return drop(peer, "REQUEST_TOO_LARGE", { detail: `${bytes.length} bytes` });
    const source = sourceOf(peer.address);
    const limited = !(limits.exemptOwnNetworks && isOwnNetwork(peer.address));
    const waitS = limited ? sources.take(source, door.parts.clock.monotonicMs()) : 0;
    if (waitS > 0) return drop(peer, "RATE_LIMITED", {}, waitS);
    const narrowed = narrowActivateRequest(bytes);
    if (!narrowed.ok) {
      const { reason, field, detail } = narrowed.refusal;
      return drop(peer, reason, { detail: field === "" ? detail : `${field}: ${detail}` });
    }
    const request = narrowed.value;
    const seats = door.seats();
    const seat = seatOf(request.publisherId, seats);
    if (seat === undefined && seats.length > 0) {
      return drop(peer, "UNKNOWN_PUBLISHER", { publisherId: toHex(request.publisherId ?? new Uint8Array()) });
    }
    const requestHash = door.parts.cryptography.sha256(bytes);
    const lane = toHex(request.cmid);
    const clientName = keptName(request.clientName, door.clientNames(), seat, door.parts);
    const kept = clientName === request.clientName ? request : { ...request, clientName };
    const accepted: AcceptedRequest = { lane, request: kept, requestHash, address: peer.address, seat };
    const machineWaitS = limited ? await limitMachine(accepted, source) : 0;
    if (machineWaitS > 0) return drop(peer, "RATE_LIMITED", { detail: "this machine" }, machineWaitS);
    return { ok: true, accepted };
  };
}

/** The seat of a publisher; without a publisher id, the only one. */
export function seatOf(publisherId: Uint8Array | undefined, seats: readonly Seat[]): Seat | undefined {
  if (publisherId === undefined || publisherId.length === 0) return seats.length === 1 ? seats[0] : undefined;
  return seats.find((seat) => equalBytes(seat.row.publisherId, publisherId));
}
