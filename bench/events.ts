// `npm run bench -- events [--rows N]`: how long the event viewer waits on a log of that size, through the real
// reading of a host: first page, one machine, rare events, an hour long ago, a name, a text that is nowhere, and a purge.
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { parseArgs } from "node:util";
import { ALL_EVENTS, type EventFilter, toUuid } from "../packages/domain/src/index.ts";
import { openEventLog } from "../packages/host/src/core/event-log.ts";
import { keepBounds } from "../packages/host/src/core/retention.ts";
import type { HostStore, NewEvent } from "../packages/storage/src/index.ts";
import { openSqliteHostStore } from "../packages/storage/src/sqlite/index.ts";

const MACHINES = 20_000;
const BATCH = 2_000;
const RARE_EVERY = 5_000;
const YEAR_MS = 365 * 86_400_000;
const RUNS = 5;

const USAGE =
  "usage: npm run bench -- events [--rows N] [-o json]\n  --rows  events in the log, 1000 to 100000000 (10000000)\n";

/** The command. */
export async function benchEvents(argv: readonly string[]): Promise<number> {
  try {
    const options = { rows: { type: "string", default: "10000000" }, output: { type: "string", short: "o" } } as const;
    const { rows, output } = parseArgs({ args: [...argv], options }).values;
    if (!/^[1-9]\d{3,8}$/.test(rows))
      throw new Error(`expected --rows to be a whole number from 1000, found "${rows}"`);
    const figures = await measureEvents(Number(rows));
    const lines = Object.entries(figures).map(([name, value]) => `${name.padEnd(24)} ${String(value)}\n`);
    process.stdout.write(output === "json" ? `${JSON.stringify(figures)}\n` : lines.join(""));
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
    return 2;
  }
}

/** Fills a store in a temporary directory, asks it and removes it; answers milliseconds by question. */
export async function measureEvents(rows: number): Promise<Readonly<Record<string, unknown>>> {
  const directory = await mkdtemp(join(tmpdir(), "countersign-events-"));
  const path = join(directory, "host.db");
  try {
    const startedMs = performance.now();
    const nowMs = Date.now();
    const filling = openStore(path);
    await fill(filling, rows, nowMs);
    await filling.close();
    const fillS = Math.round((performance.now() - startedMs) / 1000);
    const store = openStore(path);
    const figures = await ask(store, rows, nowMs);
    await store.close();
    return { rows, fillS, mebibytes: Math.round((await stat(path)).size / 2 ** 20), ...figures };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

const openStore = (path: string) =>
  openSqliteHostStore(path, (length) => crypto.getRandomValues(new Uint8Array(length)));
const cmidOf = (machine: number) =>
  new Uint8Array(16).map((_, i) => (machine * 2_654_435_761 + i * 97) >>> ((i % 4) * 8));

async function fill(store: HostStore, rows: number, nowMs: number): Promise<void> {
  const last = new Map<number, number>();
  const eventAt = (i: number): NewEvent => {
    const machine = (i * 7_919) % MACHINES;
    const timeMs = Math.round(nowMs - YEAR_MS + (YEAR_MS * i) / rows);
    const place = { timeMs, seat: 1, requestId: cmidOf(i).slice(0, 8), previous: last.get(machine) ?? 0 };
    if (i % RARE_EVERY === 0) {
      const data = { cmid: toUuid(cmidOf(machine)), clientName: `pc-${machine}`, address: "192.0.2.1" };
      return { ...place, eventId: 30003, cmid: cmidOf(machine), data };
    }
    return {
      ...place,
      eventId: 12290,
      cmid: cmidOf(machine),
      data: { ...DATA, clientName: `pc-${machine}`, cmid: toUuid(cmidOf(machine)) },
    };
  };
  for (let from = 0; from < rows; from += BATCH) {
    const events = Array.from({ length: Math.min(BATCH, rows - from) }, (_, i) => eventAt(from + i));
    await store.transact(async (unit) => {
      const ids = await unit.appendEvents(events);
      for (const [i, id] of ids.entries()) last.set(((from + i) * 7_919) % MACHINES, id);
    });
    if (process.stderr.isTTY) process.stderr.write(`\r${from + events.length}`);
  }
  const heard = [...last].map(([machine, eventRowId]) => ({
    ...{ seat: 1, cmid: cmidOf(machine), productId: 1, clientName: `pc-${machine}`, address: "192.0.2.1" },
    ...{ timeMs: nowMs, eventRowId },
  }));
  await store.transact((unit) => unit.noteMachines(heard));
}

async function ask(store: HostStore, rows: number, nowMs: number) {
  let longestMs = 0;
  const timed: HostStore = {
    ...store,
    searchEvents: async (search) => {
      const beganMs = performance.now();
      const page = await store.searchEvents(search);
      longestMs = Math.max(longestMs, performance.now() - beganMs);
      return page;
    },
  };
  const log = openEventLog({ store: timed, computerName: "host-1", defer: () => new Promise(setImmediate) });
  const page = (filter: Partial<EventFilter>) => () => log.find({ ...ALL_EVENTS, ...filter }, undefined, 50);
  const hourMs = nowMs - YEAR_MS / 2;
  const questions: Readonly<Record<string, () => Promise<unknown>>> = {
    firstPageMs: page({}),
    oneMachineMs: page({ cmid: toUuid(cmidOf(17)) }),
    rareEventsMs: page({ eventIds: [30_003] }),
    warningsOfNoneMs: page({ levels: ["error"] }),
    anHourHalfAYearAgoMs: page({ fromMs: hourMs, toMs: hourMs + 3_600_000 }),
    oneNameMs: page({ machine: "pc-17" }),
    knownMachineByNameMs: () => log.machines("pc-17"),
    logSizeMs: () => store.logSize(),
  };
  const figures: Record<string, unknown> = { machines: MACHINES, bytesPerRow: (await store.logSize()).bytesPerRow };
  for (const [name, question] of Object.entries(questions)) figures[name] = await medianMs(question);
  figures["longestStretchMs"] = round(longestMs);
  const everythingMs = performance.now();
  await wholeLog(log);
  figures["aTextThatIsNowhereS"] = round((performance.now() - everythingMs) / 1000);
  Object.assign(figures, await purgeFigures(store, rows, nowMs));
  return figures;
}

async function wholeLog(log: ReturnType<typeof openEventLog>): Promise<void> {
  for (let before: Parameters<typeof log.find>[1]; ; ) {
    const { next } = await log.find({ ...ALL_EVENTS, text: "nowhere" }, before, 50);
    if (next === undefined) return;
    before = next;
  }
}

/** A hundredth of the log at once, and how long the longest unit kept everybody else waiting. */
async function purgeFigures(store: HostStore, rows: number, nowMs: number) {
  let longestMs = 0;
  const timed: HostStore = {
    ...store,
    transact: async (work) => {
      const beganMs = performance.now();
      const result = await store.transact(work);
      longestMs = Math.max(longestMs, performance.now() - beganMs);
      return result;
    },
  };
  const bounds = { eventDays: 36_500, eventRows: rows - Math.floor(rows / 100), addresses: "keep" } as const;
  const beganMs = performance.now();
  const { events } = await keepBounds(
    { store: timed, defer: () => new Promise(setImmediate) },
    bounds,
    nowMs,
    () => false,
  );
  return {
    purgedRows: events,
    purgeS: round((performance.now() - beganMs) / 1000),
    longestPurgeUnitMs: round(longestMs),
  };
}

async function medianMs(work: () => Promise<unknown>): Promise<number> {
  const spent: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const beganMs = performance.now();
    await work();
    spent.push(performance.now() - beganMs);
  }
  return round(spent.sort((a, b) => a - b)[RUNS >> 1] ?? 0);
}

const round = (value: number) => Number(value.toFixed(2));

const DATA = {
  ...{ resultCode: 0, requiredCount: 25, clientTimeMs: 1_800_000_000_000, virtualMachine: false, licenseStatus: 2 },
  ...{ minutesToExpiry: 43_200, activationId: "7c1d65c6-115d-1128-75a8-8949608d01a3", currentCount: 50 },
  ...{ address: "192.0.2.1", reason: "", purpose: "renewal" },
};
