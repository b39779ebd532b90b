import { type CatalogEvent, type RefusalReason, toHex } from "@countersign/domain";
import { requestIdOf } from "@countersign/protocol";
import type { HostUnit, MachineRow, NewEvent, RequestCounters } from "@countersign/storage";
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
  count(asked: AcceptedRequest, failed: boolean): void;
  system(event: CatalogEvent): void;
  write(unit: HostUnit): Promise<void>;
}

/** An empty record at guarded time `nowMs`. */
export function openBatchRecord(parts: HostParts, nowMs: number): BatchRecord {
  const events: NewEvent[] = [];
  const rows: { row: (eventRowId: number) => MachineRow; eventIndex: number }[] = [];
  const refreshed: MachineRow[] = [];
  const repeats: number[] = [];
  const counters = new Map<number, { total: number; failed: number; byStatus: StatusCounts }>();
  const add = (event: CatalogEvent, asked: AcceptedRequest | undefined) =>
    events.push({
      timeMs: nowMs,
      eventId: event.eventId,
      seat: asked?.seat?.row.seat ?? 0,
      requestId: asked && requestIdOf(asked.request.nonce, parts.cryptography.sha256),
      cmid: asked?.request.cmid,
      data: event.fields,
    });
  return {
    note: (asked, event) => {
      add(event, asked);
    },
    system: (event) => {
      add(event, undefined);
    },
    save: (row) => {
      rows.push({ row, eventIndex: events.length - 1 });
    },
    refresh: (row) => {
      refreshed.push(row);
    },
    repeat: (eventRowId) => {
      repeats.push(eventRowId);
    },
    count(asked, failed) {
      const seat = asked.seat?.row.seat ?? 0;
      const delta = counters.get(seat) ?? { total: 0, failed: 0, byStatus: [0, 0, 0, 0, 0, 0, 0] };
      counters.set(seat, delta);
      delta.total++;
      if (failed) delta.failed++;
      else delta.byStatus[asked.request.licenseStatus]++;
    },
    async write(unit) {
      const ids = events.length > 0 ? await unit.appendEvents(events) : [];
      const served = rows.map(({ row, eventIndex }) => row(ids[eventIndex] ?? 0));
      const saved = [...served, ...refreshed];
      if (saved.length > 0) await unit.saveMachines(saved);
      if (repeats.length > 0) await unit.addRepeats(repeats);
      for (const [seat, delta] of counters) await unit.addRequests(seat, delta satisfies RequestCounters);
    },
  };
}

/** Map key of a counting window. */
export const windowKey = (seat: number, applicationId: Uint8Array) => `${seat} ${toHex(applicationId)}`;
