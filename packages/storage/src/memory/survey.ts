import { toHex } from "@countersign/domain";
import type { KnownMachineRow, MachineRow, SurveyDay, SurveyQuery, SurveyStretch } from "../host-store.ts";
import { type Contents, knownRows, nameOf, rowsOf } from "./host-contents.ts";

const DAY_MS = 86_400_000;

/** One stretch of the machines, those with a row and those only heard of. */
export function surveyMachines(contents: Contents, query: SurveyQuery): SurveyStretch {
  const known = knownRows(contents, query);
  const last = known.at(-1)?.cmid;
  const isMore = last !== undefined && knownRows(contents, { after: last, limit: 1 }).length > 0;
  const newest = newestFirst(known);
  const silent = newest.filter(({ lastSeenMs }) => lastSeenMs <= query.seenSinceMs);
  return {
    days: daysOf(known, contents, query.seenSinceMs),
    newest: newest.slice(0, query.most),
    silent: silent.slice(0, query.most),
    after: isMore ? last : undefined,
  };
}

/** Each machine of a seat once, by its newest contact. */
function newestFirst(known: readonly KnownMachineRow[]): readonly KnownMachineRow[] {
  const newest = new Map<string, KnownMachineRow>();
  for (const row of known) {
    const name = `${row.seat} ${toHex(row.cmid)}`;
    if ((newest.get(name)?.lastSeenMs ?? -1) < row.lastSeenMs) newest.set(name, row);
  }
  return [...newest.values()].sort((a, b) => b.lastSeenMs - a.lastSeenMs || (toHex(a.cmid) < toHex(b.cmid) ? -1 : 1));
}

type Machine = Pick<SurveyDay, "seat" | "applicationId" | "productId"> & {
  lastMs: number;
  countedMs: number;
  firstMs: number;
};

function daysOf(known: readonly KnownMachineRow[], contents: Contents, seenSinceMs: number): readonly SurveyDay[] {
  const days = new Map<string, { -readonly [Field in keyof SurveyDay]: SurveyDay[Field] }>();
  for (const { seat, applicationId, productId, lastMs, countedMs, firstMs } of machinesOf(known, contents)) {
    const dayMs = Math.floor(lastMs / DAY_MS) * DAY_MS;
    const name = [seat, applicationId && toHex(applicationId), productId, dayMs].join();
    const day = days.get(name) ?? { seat, applicationId, productId, dayMs, machines: 0, seen: 0, fresh: 0 };
    days.set(name, day);
    day.machines++;
    if (countedMs > seenSinceMs) day.seen++;
    if (countedMs > seenSinceMs && firstMs > seenSinceMs) day.fresh++;
  }
  return [...days.values()].sort((a, b) => b.dayMs - a.dayMs);
}

/** Each machine once an application; those without a row of their seat once. */
function machinesOf(known: readonly KnownMachineRow[], { machines }: Contents): Iterable<Machine> {
  const rows = new Map([...rowsOf(machines)].map((row) => [nameOf(row), row]));
  const withRow = new Set(known.filter(({ hasRow }) => hasRow).map(({ seat, cmid }) => `${seat} ${toHex(cmid)}`));
  const found = new Map<string, Machine>();
  for (const one of known) {
    const place = `${one.seat} ${toHex(one.cmid)}`;
    const row = one.hasRow ? rows.get(nameOf(one)) : undefined;
    if (row === undefined && withRow.has(place)) continue;
    const name = `${place} ${row === undefined ? "" : toHex(row.applicationId)}`;
    found.set(name, joined(found.get(name), one, row));
  }
  return found.values();
}

function joined(known: Machine | undefined, one: KnownMachineRow, row: MachineRow | undefined): Machine {
  const countedMs = row?.counted === true ? row.lastSeenMs : 0;
  const productId = row === undefined ? Math.max(one.productId, known?.productId ?? 0) : 0;
  return {
    ...{ seat: one.seat, applicationId: row?.applicationId, productId },
    lastMs: Math.max(one.lastSeenMs, known?.lastMs ?? 0),
    countedMs: Math.max(countedMs, known?.countedMs ?? 0),
    firstMs: Math.min(row?.firstSeenMs ?? 0, known?.firstMs ?? Number.MAX_SAFE_INTEGER),
  };
}
