import { type CatalogEvent, type RefusalReason, toHex } from "@countersign/domain";
import { requestIdOf } from "@countersign/protocol";
import {
  type HeardMachine,
  type HostUnit,
  type MachineRow,
  type NewEvent,
  noRequests,
  type RequestCounters,
} from "@countersign/storage";
import type { AcceptedRequest, Statement } from "./accepted-request.ts";
import type { HostParts } from "./host-parts.ts";

/** What became of one request of a batch. */
export type Outcome =
  | { readonly kind: "statement"; readonly statement: Statement }
  | { readonly kind: "refused" | "dropped"; readonly reason: RefusalReason };

type StatusCounts = [number, number, number, number, number, number, number];

/** Everything a batch writes, gathered in order of arrival and written set by set. */
export interface BatchRecord {
  note(asked: AcceptedRequest, event: CatalogEvent): void;
  /** `row` is given the id of the last event noted, once it has one. */
  save(row: (eventRowId: number) => MachineRow): void;
  /** A row whose leaf was made anew; its event stays. */
  refresh(row: MachineRow): void;
  repeat(eventRowId: number): void;
  /** `failure`: why the request was not served; undefined = it was. */
  count(asked: AcceptedRequest, failure: RefusalReason | undefined): void;
  system(event: CatalogEvent): void;
  write(unit: HostUnit): Promise<void>;
}

/**
 * An empty record at guarded time `nowMs`. `chains`: by lane, the newest event of the asker so far, 0 = none; a batch has
 * one request of a lane, whose events follow each other.
 */
export function openBatchRecord(parts: HostParts, nowMs: number, chains: ReadonlyMap<string, number>): BatchRecord {
  const events: NewEvent[] = [];
  const rows: { row: (eventRowId: number) => MachineRow; eventIndex: number }[] = [];
  const refreshed: MachineRow[] = [];
  const repeats: number[] = [];
  const tally = openTally();
  /** By lane: who is heard of in events, and with which of them it ends. Without those that a row is saved for. */
  const heard = new Map<string, { readonly asked: AcceptedRequest; readonly eventIndex: number }>();
  let lane = "";
  const add = (event: CatalogEvent, asked: AcceptedRequest | undefined) => {
    const isSame = asked !== undefined && asked.lane === lane;
    lane = asked?.lane ?? "";
    events.push({
      timeMs: nowMs,
      eventId: event.eventId,
      seat: asked?.seat?.row.seat ?? 0,
      requestId: asked && requestIdOf(asked.request.nonce, parts.cryptography.sha256),
      cmid: asked?.request.cmid,
      previous: isSame ? "preceding" : (chains.get(lane) ?? 0),
      data: event.fields,
    });
    if (asked !== undefined) heard.set(asked.lane, { asked, eventIndex: events.length - 1 });
  };
  return {
    note: (asked, event) => add(event, asked),
    system: (event) => add(event, undefined),
    save: (row) => {
      heard.delete(lane);
      rows.push({ row, eventIndex: events.length - 1 });
    },
    refresh: (row) => {
      refreshed.push(row);
    },
    repeat: (eventRowId) => {
      repeats.push(eventRowId);
    },
    count: tally.count,
    async write(unit) {
      const ids = events.length > 0 ? await unit.appendEvents(events) : [];
      const served = rows.map(({ row, eventIndex }) => row(ids[eventIndex] ?? 0));
      const saved = [...served, ...refreshed];
      if (saved.length > 0) await unit.saveMachines(saved);
      if (heard.size > 0) {
        const noted = [...heard.values()].map((one) => heardMachine(one.asked, nowMs, ids[one.eventIndex] ?? 0));
        await unit.noteMachines(noted);
      }
      if (repeats.length > 0) await unit.addRepeats(repeats);
      await tally.write(unit);
    },
  };
}

/** The cumulative counters of a batch, by seat. */
function openTally() {
  const counters = new Map<
    number,
    { total: number; failed: number; failedByReason: Record<string, number>; byStatus: StatusCounts }
  >();
  return {
    count(asked: AcceptedRequest, failure: RefusalReason | undefined): void {
      const seat = asked.seat?.row.seat ?? 0;
      const delta = counters.get(seat) ?? { ...noRequests(), failedByReason: {}, byStatus: [0, 0, 0, 0, 0, 0, 0] };
      counters.set(seat, delta);
      delta.total++;
      if (failure === undefined) {
        delta.byStatus[asked.request.licenseStatus]++;
        return;
      }
      delta.failed++;
      delta.failedByReason[failure] = (delta.failedByReason[failure] ?? 0) + 1;
    },
    async write(unit: HostUnit): Promise<void> {
      for (const [seat, delta] of counters) await unit.addRequests(seat, delta satisfies RequestCounters);
    },
  };
}

function heardMachine({ seat, request, address }: AcceptedRequest, timeMs: number, eventRowId: number): HeardMachine {
  const { cmid, productId, clientName } = request;
  return { seat: seat?.row.seat ?? 0, cmid, productId, clientName, address, timeMs, eventRowId };
}

/** Map key of a counting window. */
export const windowKey = (seat: number, applicationId: Uint8Array) => `${seat} ${toHex(applicationId)}`;
