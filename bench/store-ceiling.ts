import { randomBytes } from "node:crypto";
import { performance } from "node:perf_hooks";
import { COUNT_WINDOW_MS } from "../packages/domain/src/index.ts";
import type { SiteProduct } from "../packages/host/test/site.ts";
import { type MachineRow, noRequests } from "../packages/storage/src/index.ts";
import { openSqliteHostStore } from "../packages/storage/src/sqlite/index.ts";

const BATCH = 64;
const random = (length: number) => new Uint8Array(randomBytes(length));

/** Activations a second the store alone could take: the rows of an activation in batches of 64, nothing else. */
export async function measureStoreCeiling(path: string, forMs: number): Promise<number> {
  const store = openSqliteHostStore(path, random);
  const applicationId = random(16);
  const startedMs = performance.now();
  let written = 0;
  while (performance.now() - startedMs < forMs) {
    const rows = Array.from({ length: BATCH }, () => machineRow(applicationId, { productId: 1, requiredCount: 25 }));
    await store.transact(async (unit) => {
      await unit.loadMachines(rows);
      await unit.lastEvents(rows);
      const events = rows.map((row) => ({
        timeMs: row.lastSeenMs,
        eventId: 12290,
        seat: 1,
        requestId: random(8),
        cmid: row.cmid,
        previous: 0,
        data: EVENT_DATA,
      }));
      await unit.appendEvents(events);
      await unit.saveMachines(rows);
      await unit.addRequests(1, { ...noRequests(), total: BATCH, byStatus: [0, 0, BATCH, 0, 0, 0, 0] });
      await unit.saveClock('{"guardedMs":1,"monotonicMs":1}');
    });
    written += BATCH;
  }
  const perSecond = Math.round((written * 1000) / (performance.now() - startedMs));
  await store.close();
  return perSecond;
}

/** Puts so many machines of one product into a host's store. */
export async function fillStore(path: string, machines: number, product: SiteProduct): Promise<void> {
  const store = openSqliteHostStore(path, random);
  const applicationId = random(16);
  for (let written = 0; written < machines; written += 10_000) {
    const rows = Array.from({ length: Math.min(10_000, machines - written) }, () => machineRow(applicationId, product));
    await store.transact((unit) => unit.saveMachines(rows));
  }
  await store.close();
}

const EVENT_DATA = {
  resultCode: 0,
  requiredCount: 25,
  clientName: "pc-1",
  cmid: "00000000-0000-0000-0000-000000000000",
  clientTimeMs: 1_800_000_000_000,
  virtualMachine: false,
  licenseStatus: 2,
  minutesToExpiry: 43_200,
  activationId: "00000000-0000-0000-0000-000000000000",
  currentCount: 50,
  address: "127.0.0.1",
  reason: "",
  purpose: "first activation",
};

function machineRow(
  applicationId: Uint8Array,
  { productId, requiredCount }: Pick<SiteProduct, "productId" | "requiredCount">,
): MachineRow {
  const now = Date.now() - Math.floor(Math.random() * COUNT_WINDOW_MS * 0.5);
  return {
    seat: 1,
    cmid: random(16),
    productId,
    applicationId,
    requiredCount,
    counted: true,
    lastSeenMs: now,
    firstSeenMs: now,
    seq: 1,
    components: random(18),
    lastNonce: random(32),
    lastRequestHash: random(32),
    statementType: 1,
    statement: random(197),
    statementIssuedMs: now,
    resyncTimesMs: [],
    eventRowId: 1,
    lastEventId: 1,
    clientName: "pc-1",
    address: "127.0.0.1",
    resync: undefined,
  };
}
