// What a host sums up of its inventory and its log, over every adapter.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { toHex } from "@countersign/domain";
import type { HostStore, SurveyDay, SurveyStretch } from "../src/index.ts";
import { openMemoryHostStore } from "../src/memory/index.ts";
import { openSqliteHostStore } from "../src/sqlite/index.ts";
import { SAMPLE_APPLICATION, sampleMachine } from "./sample-machine.ts";

const directory = await mkdtemp(join(tmpdir(), "countersign-survey-"));
after(() => rm(directory, { recursive: true, force: true }));
const random = (length: number) => new Uint8Array(randomBytes(length));
let files = 0;
const STORES: readonly { readonly name: string; readonly open: () => HostStore }[] = [
  { name: "memory", open: () => openMemoryHostStore(random) },
  { name: "sqlite", open: () => openSqliteHostStore(join(directory, `${files++}.sqlite`), random) },
];
const DAY_MS = 86_400_000;
const TODAY_MS = 20_000 * DAY_MS;
const cmidOf = (n: number) => new Uint8Array(16).fill(n);

/** A machine heard of so many days before, at the beginning of that day. */
const machine = (n: number, daysAgo: number, change: Parameters<typeof sampleMachine>[0] = {}) => {
  const lastSeenMs = TODAY_MS - daysAgo * DAY_MS;
  return sampleMachine({ cmid: cmidOf(n), lastSeenMs, firstSeenMs: lastSeenMs, clientName: `pc-${n}`, ...change });
};

async function surveyOf(store: HostStore, limit: number, most = 10): Promise<readonly SurveyStretch[]> {
  const stretches: SurveyStretch[] = [];
  for (let next: Uint8Array | undefined; ; ) {
    const seenSinceMs = TODAY_MS - 30 * DAY_MS;
    const stretch = await store.surveyMachines({ after: next, limit, seenSinceMs, most });
    stretches.push(stretch);
    next = stretch.after;
    if (next === undefined) return stretches;
  }
}

const plain = (days: readonly SurveyDay[]) =>
  days.map(({ applicationId, dayMs, ...day }) => ({
    ...{ ...day, ago: (TODAY_MS - dayMs) / DAY_MS, known: applicationId !== undefined },
  }));

for (const { name, open } of STORES) {
  test(`${name}: a machine is counted once an application, on the day of its newest contact, whatever products it has`, async () => {
    const store = open();
    await store.transact((unit) =>
      unit.saveMachines([
        machine(1, 2),
        machine(1, 5, { productId: 8, firstSeenMs: TODAY_MS - 50 * DAY_MS }),
        machine(2, 2, { counted: false }),
        machine(3, 40),
      ]),
    );
    const [stretch] = await surveyOf(store, 100);
    assert.deepEqual(plain(stretch?.days ?? []), [
      { seat: 1, productId: 0, machines: 2, seen: 1, fresh: 0, ago: 2, known: true },
      { seat: 1, productId: 0, machines: 1, seen: 0, fresh: 0, ago: 40, known: true },
    ]);
    assert.equal(stretch?.days[0]?.seen, await store.machinesSeen(1, SAMPLE_APPLICATION, TODAY_MS - 30 * DAY_MS));
    await store.close();
  });

  test(`${name}: a machine that counts since these thirty days only is a new one; the bound itself is silent`, async () => {
    const store = open();
    await store.transact((unit) => unit.saveMachines([machine(1, 29), machine(2, 30)]));
    const [stretch] = await surveyOf(store, 100);
    assert.deepEqual(
      plain(stretch?.days ?? []).map(({ ago, seen, fresh }) => ({ ago, seen, fresh })),
      [
        { ago: 29, seen: 1, fresh: 1 },
        { ago: 30, seen: 0, fresh: 0 },
      ],
    );
    assert.deepEqual(
      stretch?.silent.map(({ clientName }) => clientName),
      ["pc-2"],
    );
    await store.close();
  });

  test(`${name}: a machine only heard of is known by its product, and no second time where it has a row of the seat`, async () => {
    const store = open();
    const heard = { seat: 1, productId: 9, clientName: "refused", address: "", eventRowId: 0 };
    await store.transact(async (unit) => {
      await unit.saveMachines([machine(1, 3)]);
      await unit.noteMachines([
        { ...heard, cmid: cmidOf(1), timeMs: TODAY_MS },
        { ...heard, cmid: cmidOf(4), timeMs: TODAY_MS },
      ]);
    });
    const [stretch] = await surveyOf(store, 100);
    assert.deepEqual(plain(stretch?.days ?? []), [
      { seat: 1, productId: 9, machines: 1, seen: 0, fresh: 0, ago: 0, known: false },
      { seat: 1, productId: 0, machines: 1, seen: 1, fresh: 1, ago: 3, known: true },
    ]);
    await store.close();
  });

  test(`${name}: of a machine that asked for several products the newest contact says whether it is silent`, async () => {
    const store = open();
    await store.transact((unit) =>
      unit.saveMachines([machine(1, 1), machine(1, 60, { productId: 8 }), machine(2, 45), machine(3, 50)]),
    );
    const [stretch] = await surveyOf(store, 100, 2);
    const names = (rows: SurveyStretch["newest"] = []) => rows.map(({ clientName }) => clientName);
    assert.deepEqual(names(stretch?.newest), ["pc-1", "pc-2"]);
    assert.deepEqual(names(stretch?.silent), ["pc-2", "pc-3"]);
    await store.close();
  });

  test(`${name}: stretch by stretch every machine is met once, and the sums are those of one long stretch`, async () => {
    const store = open();
    const rows = Array.from({ length: 40 }, (_, i) => machine(i + 1, i % 7));
    const second = rows.slice(0, 20).map((row) => ({ ...row, productId: 8 }));
    await store.transact((unit) => unit.saveMachines([...rows, ...second]));
    const sum = (stretches: readonly SurveyStretch[]) =>
      stretches.flatMap(({ days }) => days).reduce((all, { machines }) => all + machines, 0);
    const short = await surveyOf(store, 3);
    assert.ok(short.length > 5, `${short.length} stretches`);
    assert.equal(sum(short), 40);
    assert.equal(sum(await surveyOf(store, 1_000)), 40);
    const met = short.flatMap(({ newest }) => newest.map(({ cmid }) => toHex(cmid)));
    assert.equal(new Set(met).size, 40);
    await store.close();
  });

  test(`${name}: requests of a span are summed by product and reason; its end is not part of it, other events neither`, async () => {
    const store = open();
    const request = (timeMs: number, cmid: number, reason: string, activationId = "a") => ({
      ...{ timeMs, eventId: 12290, seat: 1, requestId: undefined, cmid: cmidOf(cmid), previous: 0 },
      data: {
        ...{ resultCode: reason === "" ? 0 : 7, reason, activationId },
        ...{ clientName: cmid === 3 ? "" : `pc-${cmid}`, address: "192.0.2.3" },
      },
    });
    await store.transact((unit) =>
      unit.appendEvents([
        request(9, 1, "GROUP_NOT_AUTHORIZED"),
        request(10, 1, ""),
        request(11, 1, ""),
        request(12, 3, "GROUP_NOT_AUTHORIZED"),
        request(13, 2, "COUNT_TOO_LOW", "b"),
        request(14, 2, "GROUP_NOT_AUTHORIZED"),
        request(14, 3, "GROUP_NOT_AUTHORIZED"),
        { ...request(15, 3, ""), eventId: 30003 },
        request(16, 4, "HOST_TOO_OLD"),
        request(20, 4, "GROUP_NOT_AUTHORIZED"),
      ]),
    );
    assert.deepEqual(await store.sumRequests({ fromMs: 10, toMs: 20 }), {
      requests: 7,
      contacts: [
        { seat: 1, activationId: "a", machines: 4 },
        { seat: 1, activationId: "b", machines: 1 },
      ],
    });
    assert.deepEqual(await store.sumRefusals({ fromMs: 10, toMs: 20 }, ["COUNT_TOO_LOW"]), [
      { seat: 1, reason: "GROUP_NOT_AUTHORIZED", requests: 3, machines: ["192.0.2.3", "pc-2"], lastEventId: 7 },
      { seat: 1, reason: "HOST_TOO_OLD", requests: 1, machines: ["pc-4"], lastEventId: 9 },
    ]);
    assert.deepEqual(await store.sumRequests({ fromMs: 30, toMs: 40 }), { requests: 0, contacts: [] });
    assert.deepEqual(await store.sumRefusals({ fromMs: 30, toMs: 40 }, []), []);
    await store.close();
  });
}
