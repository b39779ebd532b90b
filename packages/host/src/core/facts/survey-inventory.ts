import { COUNT_WINDOW_MS, toHex } from "@countersign/domain";
import type { KnownMachineRow, SurveyDay } from "@countersign/storage";
import type { HostParts } from "../host-parts.ts";

/** So many CMIDs a unit of looking: some milliseconds. */
const STRETCH = 5_000;
/** So many machines are named at most, of the newest and of the silent ones. */
const MOST_NEWEST = 40;
const MOST_SILENT = 40;

/** The inventory of a host, summed up. */
export interface InventorySurvey {
  readonly days: readonly SurveyDay[];
  /** The newest contact first. */
  readonly newest: readonly KnownMachineRow[];
  /** Silent for 30 days; those that fell silent last first. */
  readonly silent: readonly KnownMachineRow[];
}

/** Reads all of it, stretch by stretch. */
export async function surveyInventory(
  { store, defer }: Pick<HostParts, "store" | "defer">,
  nowMs: number,
): Promise<InventorySurvey> {
  const days = new Map<string, SurveyDay>();
  let [newest, silent]: (readonly KnownMachineRow[])[] = [[], []];
  for (let after: Uint8Array | undefined; ; await defer()) {
    const most = Math.max(MOST_NEWEST, MOST_SILENT);
    const stretch = await store.surveyMachines({ after, limit: STRETCH, seenSinceMs: nowMs - COUNT_WINDOW_MS, most });
    for (const day of stretch.days) addDay(day, days);
    newest = newestOf([...(newest ?? []), ...stretch.newest], MOST_NEWEST);
    silent = newestOf([...(silent ?? []), ...stretch.silent], MOST_SILENT);
    after = stretch.after;
    if (after === undefined) return { days: [...days.values()], newest, silent };
  }
}

function addDay(day: SurveyDay, days: Map<string, SurveyDay>): void {
  const { seat, applicationId, productId, dayMs, machines, seen, fresh } = day;
  const name = [seat, applicationId === undefined ? productId : toHex(applicationId), dayMs].join(" ");
  const known = days.get(name);
  const sum = known && {
    ...{ machines: known.machines + machines, seen: known.seen + seen, fresh: known.fresh + fresh },
  };
  days.set(name, { ...day, ...sum });
}

function newestOf(rows: readonly KnownMachineRow[], most: number): readonly KnownMachineRow[] {
  return rows.toSorted((a, b) => b.lastSeenMs - a.lastSeenMs).slice(0, most);
}
