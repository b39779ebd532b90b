import { type CatalogEvent, EVENT, equalBytes, eventOf, RefusalError, toHex, toUuid } from "@countersign/domain";
import { inTurn, type NewEvent, type SeatRow } from "@countersign/storage";
import { certifiedRow, isPassing, type LastRefusal, rowWithRequest } from "./activate-seat.ts";
import type { CertificateFailure } from "./facts/seat-facts.ts";
import type { HostParts } from "./host-parts.ts";
import { keyPlace } from "./key-place.ts";
import { adminAction } from "./request-events.ts";
import { openSeat, productKeyName, type Seat } from "./seat.ts";
import { rowWithKey, rowWithoutKey, rowWithTrust } from "./seat-admin.ts";

/** The seats in service and how one of them is replaced. */
export interface SeatsInService {
  readonly parts: HostParts;
  readonly nowMs: () => number;
  readonly systemEvent: (event: CatalogEvent) => NewEvent;
  readonly seats: () => readonly Seat[];
  readonly replace: (opened: Seat) => void;
}

/** What an administrator or the clock changes about seats: one change after the other, each from the row the one before it left. */
export interface SeatChanges {
  addTrust(file: Uint8Array, actor?: string): Promise<Seat>;
  installKey(text: string, actor?: string): Promise<Seat>;
  /** The seat of that number serves nobody from then on; its counts and counters stay. */
  removeKey(number: number, actor?: string): Promise<Seat>;
  /** First activation or renewal of the seat of that number. Rejects with a RefusalError. */
  activateSeat(number: number): Promise<void>;
  /** Since this process started. */
  lastRefusal(number: number): LastRefusal;
  /** Why the last attempt to get a certificate failed; undefined: it did not, or there was none. */
  certificateFailure(number: number): CertificateFailure | undefined;
}

/** Over the seats of one host. */
export function createSeatChanges(service: SeatsInService): SeatChanges {
  const { parts, nowMs, seats } = service;
  const turn = inTurn();
  const refusals = new Map<number, LastRefusal>();
  const failures = new Map<number, CertificateFailure>();
  const seatNumbered = (number: number): Seat => {
    const seat = seats().find(({ row }) => row.seat === number);
    if (seat === undefined) throw new Error(`seat ${number} is not in service`);
    return seat;
  };
  const certifiedNow = async (number: number): Promise<void> => {
    const seat = seatNumbered(number);
    const first = await certify(seat, service);
    refusals.delete(number);
    failures.delete(number);
    await parts.keyring.removeSecret(productKeyName(seat.row.publisherId));
    if (first.notAfterMs <= nowMs()) await certify(first.seat, service);
  };
  return {
    addTrust: (file, actor) =>
      turn(async () => {
        const row = await rowWithTrust(file, seats(), parts);
        return adopt(row, [adminAction("trust added", toHex(row.publisherId), actor)], service);
      }),
    installKey: (text, actor) =>
      turn(async () => {
        const { row, seat, key } = await rowWithKey(text, seats(), parts);
        refusals.delete(row.seat);
        failures.delete(row.seat);
        const installed = eventOf(EVENT.keyInstalled, keyFields({ ...seat, row }));
        return adopt(row, [adminAction("host key installed", key.lastFive, actor), installed], service);
      }),
    removeKey: (number, actor) =>
      turn(async () => {
        const seat = seatNumbered(number);
        const removed = eventOf(EVENT.keyRemoved, keyFields(seat));
        const row = await rowWithoutKey(seat, parts);
        refusals.delete(number);
        failures.delete(number);
        const action = adminAction("host key removed", seat.row.key?.lastFive ?? "", actor);
        return adopt(row, [action, removed], service);
      }),
    activateSeat: (number) =>
      turn(() =>
        certifiedNow(number).catch(async (fault) => {
          if (fault instanceof RefusalError) failures.set(number, failureOf(fault, failures.get(number), nowMs()));
          const isJudged = fault instanceof RefusalError && !isPassing(fault.refusal.reason);
          if (isJudged) refusals.set(number, { timeMs: nowMs() });
          if (isJudged && fault.refusal.reason === "HOST_LINEAGE_FORK")
            await noteHostClone(seatNumbered(number), service);
          throw fault;
        }),
      ),
    lastRefusal: (number) => refusals.get(number),
    certificateFailure: (number) => failures.get(number),
  };
}

/** A failure that goes on lasts since its first. */
function failureOf(
  { refusal }: RefusalError,
  before: CertificateFailure | undefined,
  nowMs: number,
): CertificateFailure {
  const { reason, message: detail } = refusal;
  return { reason, detail, sinceMs: before?.reason === reason ? before.sinceMs : Math.trunc(nowMs) };
}

/** The request is committed before it is sent, and its end is committed with the certificate. */
async function certify(seat: Seat, service: SeatsInService) {
  const { parts } = service;
  const asking = await rowWithRequest(seat, parts);
  if (asking.activationRequest !== seat.row.activationRequest) await adopt(asking, [], service);
  const { row, event, notAfterMs } = await certifiedRow(seat, asking, parts);
  return { seat: await adopt(row, [event], service), notAfterMs };
}

/** A row that does not open is not saved. */
async function adopt(row: SeatRow, events: readonly CatalogEvent[], service: SeatsInService): Promise<Seat> {
  const { parts, systemEvent, replace, seats } = service;
  const opened = await openSeat(row, parts);
  const before = seats().find((seat) => seat.row.seat === row.seat);
  const written = [...events, ...documentsUpdated(before, opened)].map(systemEvent);
  await parts.store.transact(async (unit) => {
    await unit.saveSeat(row);
    if (written.length > 0) await unit.appendEvents(written);
  });
  replace(opened);
  return opened;
}

/** Event 30024 where newer documents of a publisher came that was known before. */
function documentsUpdated(before: Seat | undefined, after: Seat): readonly CatalogEvent[] {
  if (before === undefined || equalBytes(before.row.trust, after.row.trust)) return [];
  const { manifest, policies, revocationList } = after.trust;
  return [
    eventOf(EVENT.documentsUpdated, {
      publisherId: toUuid(after.row.publisherId),
      manifestVersion: manifest.value.version,
      policyVersion: Math.max(0, ...policies.map(({ value }) => value.version)),
      revocationNumber: revocationList?.value.number ?? 0,
    }),
  ];
}

/** Event 30004: the publisher has issued certificates to another store with this host's identity. Which, it does not say. */
async function noteHostClone({ trust }: Seat, { parts, systemEvent }: SeatsInService): Promise<void> {
  const hostId = toUuid(parts.store.identity.hostId);
  const suspected = { hostId, otherInstanceId: toUuid(new Uint8Array(16)), address: trust.serviceUrl };
  await parts.store.transact((unit) => unit.appendEvents([systemEvent(eventOf(EVENT.hostCloneSuspected, suspected))]));
}

/** Events 1016 and 1018 name the product of a key, never the key. */
function keyFields(seat: Seat) {
  const activationId = toUuid(keyPlace(seat).product?.activationId ?? new Uint8Array(16));
  return { activationId, partialKey: seat.row.key?.lastFive ?? "" };
}
