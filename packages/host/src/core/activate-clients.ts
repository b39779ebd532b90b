import {
  COUNT_WINDOW_MS,
  type CountWindow,
  currentCount,
  forgetSurplus,
  type HostClockRecord,
  needsReload,
  openCountWindow,
  type RefusalReason,
  refuse,
  requiredCountOf,
  toHex,
} from "@countersign/domain";
import type { RpcReply } from "@countersign/protocol";
import { type HostUnit, StoreFault } from "@countersign/storage";
import type { AcceptedRequest, PlacedRequest } from "./accepted-request.ts";
import { type Outcome, openBatchRecord, windowKey } from "./batch-record.ts";
import { correctContacts, forgetStaleWindows } from "./clock-step.ts";
import { type Deciding, decideRequest } from "./decide-request.ts";
import type { DropLog } from "./drop-log.ts";
import { clockEvent, type HostClock } from "./host-clock.ts";
import type { HostParts } from "./host-parts.ts";
import type { SettingsInForce } from "./host-settings.ts";
import { requestProcessed, storeWasNotWritable } from "./request-events.ts";
import { type SealWork, sealReplies } from "./seal.ts";

const FIRST_LIMIT = 256;

/** What serving a batch stands on. */
export interface ServingState {
  readonly parts: HostParts;
  readonly clock: HostClock;
  readonly settings: SettingsInForce;
  readonly drops: DropLog;
  /** By windowKey; thrown away when a commit fails. */
  readonly windows: Map<string, CountWindow>;
  readonly seal: SealWork;
  readonly latestNotAfterMs: () => number | undefined;
  storeFault: string;
  /** Policies or certificates changed: no window is to be believed before the next batch has read it anew. */
  areWindowsStale: boolean;
}

/** One unit of work for the whole batch; signs only what was committed (protocol.md §8.5). Never rejects. */
export async function activateClients(
  batch: readonly AcceptedRequest[],
  state: ServingState,
): Promise<readonly RpcReply[]> {
  let decided: DecidedBatch;
  try {
    decided = await state.parts.store.transact((unit) => decideBatch(batch, unit, state));
  } catch (fault) {
    state.windows.clear();
    if (fault instanceof StoreFault || batch.length === 1) return batch.map(() => notCommitted(fault, state));
    // A fault of ours: whoever caused it is found by serving each alone, so that nobody else pays for it.
    return (await eachAlone(batch, state)).flat();
  }
  const { outcomes, clockRecord } = decided;
  if (clockRecord !== undefined) state.clock.committed(clockRecord);
  state.storeFault = "";
  for (const [i, outcome] of outcomes.entries()) {
    const asked = batch[i];
    if (outcome.kind === "dropped" && asked !== undefined)
      state.drops.dropped(asked.address, outcome.reason, decided.nowMs);
  }
  return sealReplies(batch, outcomes, state.seal);
}

async function eachAlone(batch: readonly AcceptedRequest[], state: ServingState) {
  const replies: (readonly RpcReply[])[] = [];
  for (const asked of batch) replies.push(await activateClients([asked], state));
  return replies;
}

function notCommitted(fault: unknown, state: ServingState): RpcReply {
  if (fault instanceof StoreFault) {
    state.storeFault = fault.reason;
    state.parts.log.error({ reason: fault.reason, remedy: fault.remedy }, fault.message);
    return { ok: false, refusal: refuse("STORE_UNAVAILABLE", { detail: fault.reason }) };
  }
  state.parts.log.error({ err: fault }, "a request failed for a reason that is a bug");
  return { ok: false, refusal: refuse("INTERNAL_FAULT") };
}

interface DecidedBatch {
  readonly outcomes: readonly Outcome[];
  readonly nowMs: number;
  /** Saved with the batch; undefined when every request was dropped: then nothing is written (behaviour.md §4). */
  readonly clockRecord: HostClockRecord | undefined;
}

/** One look at the clocks: rows, events, leaves and the clock's record of a batch all carry the same instant. */
async function decideBatch(
  batch: readonly AcceptedRequest[],
  unit: HostUnit,
  state: ServingState,
): Promise<DecidedBatch> {
  const { parts, drops, clock, windows } = state;
  const settings = state.settings.effective.values;
  forgetStaleWindows(state);
  const wallMs = parts.clock.wallMs();
  const clockRecord = clock.next(state.latestNotAfterMs());
  const nowMs = clockRecord.guardedMs;
  const correction = await correctContacts(clockRecord, unit, state);
  const { placed, chains } = await placeRequests(batch, unit);
  const record = openBatchRecord(parts, nowMs, chains);
  const changed = clockEvent(clock.record, clockRecord, wallMs);
  if (changed !== undefined) record.system(changed);
  if (state.storeFault !== "") record.system(storeWasNotWritable(state.storeFault));
  const deciding: Deciding = { parts, settings, nowMs, wallMs, record, drops };
  const loaded = await openWindows(
    placed.filter((asked) => asked !== undefined),
    unit,
    state,
    nowMs,
  );
  const outcomes = batch.map((asked, i): Outcome => {
    const at = placed[i];
    if (at === undefined || at.seat.row.key === undefined) return notEnabled(asked, "HOST_NOT_ENABLED", deciding);
    const window = windows.get(windowOf(at)) ?? openCountWindow({ required: [], machines: [] }, 1);
    return decideRequest(at, window, deciding);
  });
  if (outcomes.every((outcome) => outcome.kind === "dropped")) {
    // They were read at an instant that is not committed.
    for (const key of loaded) windows.delete(key);
    if (correction === undefined) return { outcomes, nowMs, clockRecord: undefined };
  }
  await record.write(unit);
  await unit.saveClock(JSON.stringify(clockRecord));
  for (const window of windows.values()) forgetSurplus(window, nowMs);
  return { outcomes, nowMs, clockRecord };
}

function notEnabled(asked: AcceptedRequest, reason: RefusalReason, { record, drops, nowMs }: Deciding): Outcome {
  record.count(asked, reason);
  if (drops.mayListRefused(asked.address, reason, nowMs)) {
    const counts = { requiredCount: asked.request.requiredCount, currentCount: 0 };
    record.note(asked, requestProcessed(asked, reason, counts));
  }
  return { kind: "refused", reason };
}

/** Loads the rows of the whole batch with one question, and where the chain of each asker's events begins. */
async function placeRequests(
  batch: readonly AcceptedRequest[],
  unit: HostUnit,
): Promise<{
  readonly placed: readonly (PlacedRequest | undefined)[];
  readonly chains: ReadonlyMap<string, number>;
}> {
  const keys = batch.map(({ seat, request }) => ({
    seat: seat?.row.seat ?? 0,
    cmid: request.cmid,
    productId: request.productId,
  }));
  const rows = await unit.loadMachines(keys);
  const placed = batch.map((asked, i) => {
    const { seat } = asked;
    if (seat === undefined) return undefined;
    return { ...asked, seat, place: seat.products.get(asked.request.productId), machine: rows[i] };
  });
  const chains = new Map(batch.map(({ lane }, i) => [lane, rows[i]?.lastEventId ?? 0]));
  const newcomers = keys.flatMap((key, i) => (rows[i] === undefined ? [{ key, lane: batch[i]?.lane ?? "" }] : []));
  const heard = await unit.lastEvents(newcomers.map(({ key }) => key));
  for (const [i, { lane }] of newcomers.entries()) chains.set(lane, heard[i] ?? 0);
  return { placed, chains };
}

/** Every window the batch needs, exact for the largest required count in it. Gives the keys of those it had to load. */
async function openWindows(
  placed: readonly PlacedRequest[],
  unit: HostUnit,
  { windows }: ServingState,
  nowMs: number,
): Promise<readonly string[]> {
  const loaded: string[] = [];
  for (const { seat, place } of placed) {
    if (place === undefined) continue;
    const { applicationId } = place.application;
    const key = windowKey(seat.row.seat, applicationId);
    const requiredCount = requiredCountOf(place.product, seat.certificate?.siteRequired ?? new Map());
    const known = windows.get(key);
    if (known !== undefined && !needsReload(known, requiredCount, nowMs)) continue;
    windows.set(key, await loadWindow(unit, { seat: seat.row.seat, applicationId }, requiredCount, nowMs));
    loaded.push(key);
  }
  return loaded;
}

async function loadWindow(
  unit: HostUnit,
  group: { readonly seat: number; readonly applicationId: Uint8Array },
  requiredCount: number,
  nowMs: number,
): Promise<CountWindow> {
  for (let limit = Math.max(FIRST_LIMIT, 4 * requiredCount); ; limit *= 4) {
    const rows = await unit.countRows(group.seat, group.applicationId, nowMs - COUNT_WINDOW_MS, limit);
    const machines = rows.machines.map(({ cmid, lastSeenMs }) => ({ cmid: toHex(cmid), lastSeenMs }));
    const window = openCountWindow({ required: rows.required, machines }, limit);
    if (!needsReload(window, requiredCount, nowMs)) return window;
  }
}

/** The current count of one application, from memory when it is there. */
export async function countNow(
  state: ServingState,
  group: { readonly seat: number; readonly applicationId: Uint8Array },
  nowMs: number,
): Promise<{ readonly count: number; readonly window: CountWindow }> {
  const known = state.areWindowsStale ? undefined : state.windows.get(windowKey(group.seat, group.applicationId));
  // A copy: counting forgets who fell silent, and this instant is committed by nobody.
  const copy = known && { ...known, required: new Map(known.required), machines: new Map(known.machines) };
  if (copy !== undefined && !needsReload(copy, 0, nowMs)) return { count: currentCount(copy, nowMs), window: copy };
  const window = await state.parts.store.transact((unit) => loadWindow(unit, group, 1, nowMs));
  return { count: currentCount(window, nowMs), window };
}

function windowOf({ seat, place }: PlacedRequest): string {
  return place === undefined ? "" : windowKey(seat.row.seat, place.application.applicationId);
}
