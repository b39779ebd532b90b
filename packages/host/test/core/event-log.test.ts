// What a host writes down, how it is found again, and what goes: on the real core over a memory store.
import assert from "node:assert/strict";
import { test } from "node:test";
import { ALL_EVENTS, EVENT, toUuid } from "@countersign/domain";
import {
  answerOf,
  ask,
  askBytes,
  createWorld,
  DAY_MS,
  firstOf,
  newMachine,
  openHost,
  pass,
  reopenHost,
} from "./world.ts";

const world = await createWorld([{ requiredCount: 2 }]);
const product = firstOf(world.products);
const later = (host: Awaited<ReturnType<typeof openHost>>, ms: number) => pass(host.clock, ms);

/** The ids and reasons of everything the log has of one machine, newest first. */
async function storyOf(on: Awaited<ReturnType<typeof openHost>>, cmid: Uint8Array) {
  const { events } = await on.host.events.find({ ...ALL_EVENTS, cmid: toUuid(cmid) }, undefined, 100);
  return events.map(({ eventId, fields }) => (eventId === EVENT.requestProcessed ? fields["reason"] : eventId));
}

test("every event of a machine is in its chain: refused before it was known, served, copied, refused again", async () => {
  const on = await openHost([world]);
  const machine = newMachine();
  const refused = () => ask(on.host, askBytes(machine, product, { setupKeyId: new Uint8Array(9).fill(7) }));
  await refused();
  await refused();
  const first = answerOf(await ask(on.host, askBytes(machine, product)));
  assert.equal(first.kind, "count-report");
  await ask(on.host, askBytes({ ...newMachine(), cmid: machine.cmid }, product));
  await ask(on.host, askBytes(machine, product, { clientTimeMs: 1, lineage: first.lineage }));
  await refused();
  assert.deepEqual(await storyOf(on, machine.cmid), [
    "SETUP_KEY_NOT_ACCEPTED",
    ...["COUNT_TOO_LOW", EVENT.clockSkew],
    ...[EVENT.reidentifySent, EVENT.cloneSuspected, "REIDENTIFY"],
    "COUNT_TOO_LOW",
    ...["SETUP_KEY_NOT_ACCEPTED", "SETUP_KEY_NOT_ACCEPTED"],
  ]);
  assert.deepEqual(await storyOf(on, newMachine().cmid), []);
});

test("failed requests are counted by reason, and the reasons add up to them", async () => {
  const on = await openHost([world]);
  const wrongKey = { setupKeyId: new Uint8Array(9).fill(7) };
  for (const change of [wrongKey, wrongKey, { productId: 99 }])
    await ask(on.host, askBytes(newMachine(), product, change));
  const { seats } = await on.host.status();
  const { failed, failedByReason, total } = firstOf(seats).requests;
  assert.deepEqual(
    failedByReason.map(({ reason, count }) => [reason, Number(count)]),
    [
      ["SETUP_KEY_NOT_ACCEPTED", 2],
      ["PRODUCT_UNKNOWN", 1],
    ],
  );
  assert.deepEqual([Number(failed), Number(total)], [3, 3]);
});

test("a page goes on where the last one ended, and a log says since when it is complete", async () => {
  const on = await openHost([world]);
  const machines = Array.from({ length: 7 }, newMachine);
  for (const machine of machines) {
    later(on, 1000);
    await ask(on.host, askBytes(machine, product, { clientName: "pc-1" }));
  }
  const served = { ...ALL_EVENTS, eventIds: [EVENT.requestProcessed], machine: "PC-1" };
  const found: string[] = [];
  let before: Parameters<typeof on.host.events.find>[1];
  do {
    const page = await on.host.events.find(served, before, 3);
    assert.equal(page.completeSinceMs, (await on.store.logSize()).oldest?.timeMs);
    found.push(...page.events.map(({ cmid }) => cmid));
    before = page.next;
  } while (before !== undefined);
  assert.deepEqual(found, machines.map(({ cmid }) => toUuid(cmid)).reverse());
});

test("a machine is found by name, with or without its domain, by address and by CMID, also when it was only refused", async () => {
  const on = await openHost([world]);
  const [served, refused] = [newMachine(), newMachine()];
  await ask(on.host, askBytes(served, product, { clientName: "pc-1.example.com" }));
  await ask(on.host, askBytes(refused, product, { clientName: "pc-2", productId: 99 }));
  const names = async (wanted: string) => (await on.host.events.machines(wanted)).map(({ clientName }) => clientName);
  assert.deepEqual(await names("PC-1"), ["pc-1.example.com"]);
  assert.deepEqual(await names(toUuid(refused.cmid)), ["pc-2"]);
  assert.deepEqual((await names("127.0.0.1")).sort(), ["pc-1.example.com", "pc-2"]);
  assert.deepEqual(await names("pc"), []);
});

test("names are kept as they are, not at all, or as a word that tells machines apart and says nothing", async () => {
  const namesWith = async (clientNames: "on" | "off" | "hash") => {
    const settingLayers = [{ source: "flag", place: "", values: { clientNames } }] as const;
    const on = await openHost([world], { parts: { settingLayers } });
    for (const clientName of ["pc-1", "PC-1", "pc-2"])
      await ask(on.host, askBytes(newMachine(), product, { clientName }));
    const { events } = await on.host.events.find({ ...ALL_EVENTS, eventIds: [EVENT.requestProcessed] }, undefined, 9);
    const rows = await on.store.knownMachines({ after: undefined, limit: 9 });
    const logged = events.map(({ fields }) => String(fields["clientName"])).reverse();
    assert.deepEqual(rows.map(({ clientName }) => clientName).sort(), [...logged].sort());
    return logged;
  };
  assert.deepEqual(await namesWith("on"), ["pc-1", "PC-1", "pc-2"]);
  assert.deepEqual(await namesWith("off"), ["", "", ""]);
  const [first, same, other] = await namesWith("hash");
  assert.match(String(first), /^name-[0-9a-f]{12}$/);
  assert.equal(first, same);
  assert.notEqual(first, other);
});

test("once a day: the status of every publisher, and a certificate that ends soon or has ended", async () => {
  const on = await openHost([world]);
  const idsOf = async () =>
    (await on.store.events({ afterId: 0, limit: 1000, eventIds: [1003, 30006, 30007] })).map((e) => e.eventId);
  await on.host.keepHouse();
  await on.host.keepHouse();
  assert.deepEqual(await idsOf(), [1003]);
  const again = await reopenHost(on, [world]);
  await again.host.keepHouse();
  assert.deepEqual(await idsOf(), [1003], "the log remembers, over restarts");
  const { notAfterMs } = firstOf((await on.host.status()).seats);
  later(on, DAY_MS);
  await on.host.keepHouse();
  assert.deepEqual(await idsOf(), [1003, 1003]);
  const onLater = await openHost([world]);
  while (Number((await onLater.host.status()).guardedTimeMs) < Number(notAfterMs) - 89 * DAY_MS) {
    later(onLater, 6 * DAY_MS);
    await ask(onLater.host, askBytes(newMachine(), product));
  }
  await onLater.host.keepHouse();
  const events = await onLater.store.events({ afterId: 0, limit: 10_000, eventIds: [30006] });
  assert.equal(events.length, 1);
});

test("old events, addresses and silent machines go; the count, the counters and young machines stay", async () => {
  const settingLayers = [{ source: "flag", place: "", values: { eventDays: 40 } }] as const;
  const on = await openHost([world], { parts: { settingLayers } });
  const [silent, young] = [newMachine(), newMachine()];
  await ask(on.host, askBytes(silent, product));
  for (let day = 0; day < 36; day += 4) {
    later(on, 4 * DAY_MS);
    await ask(on.host, askBytes(day === 0 ? young : newMachine(), product));
  }
  await ask(on.host, askBytes(young, product, { lineage: [] }));
  const before = await on.host.status();
  await on.host.keepHouse();
  const after = await on.host.status();
  assert.deepEqual(firstOf(after.seats).counts, firstOf(before.seats).counts, "P9: the count is not changed");
  assert.deepEqual(firstOf(after.seats).requests, firstOf(before.seats).requests);
  const known = await on.store.knownMachines({ after: undefined, limit: 100 });
  const row = known.find(({ cmid }) => toUuid(cmid) === toUuid(silent.cmid));
  assert.deepEqual([row?.hasRow, row?.address], [false, ""]);
  const { events } = await on.host.events.find({ ...ALL_EVENTS, eventIds: [12290] }, undefined, 100);
  const nowMs = Number(after.guardedTimeMs);
  for (const { timeMs, fields } of events) assert.equal(fields["address"] === "", timeMs < nowMs - 7 * DAY_MS);
  later(on, 5 * DAY_MS);
  await on.host.keepHouse();
  assert.deepEqual(await storyOf(on, silent.cmid), []);
  assert.equal((await on.host.events.machines(toUuid(silent.cmid))).length, 0);
});

test("a machine whose counting row went is served and counted again, and its sequence goes on from what it can prove", async () => {
  const on = await openHost([world]);
  const machine = newMachine();
  const first = answerOf(await ask(on.host, askBytes(machine, product)));
  for (let week = 0; week < 6; week++) {
    later(on, 6 * DAY_MS);
    await ask(on.host, askBytes(newMachine(), product));
  }
  await on.host.keepHouse();
  assert.equal(await on.store.machine({ seat: 1, cmid: machine.cmid, productId: product.productId }), undefined);
  const again = answerOf(
    await ask(on.host, askBytes(machine, product, { lineage: first.lineage, clientTimeMs: on.clock.wallMs })),
  );
  assert.deepEqual([again.kind, again.seq], ["lease", first.seq + 1]);
  assert.equal((await storyOf(on, machine.cmid)).length, 2, "and its chain too");
});

test("the status says how fast the log grows and when its rows are full", async () => {
  const settingLayers = [{ source: "flag", place: "", values: { eventRows: 1000 } }] as const;
  const on = await openHost([world], { parts: { settingLayers } });
  for (let day = 0; day < 10; day++) {
    later(on, DAY_MS);
    const clientTimeMs = on.clock.wallMs;
    for (let i = 0; i < 10; i++) await ask(on.host, askBytes(newMachine(), product, { clientTimeMs }));
  }
  const { eventLog } = await on.host.status();
  assert.ok(eventLog.rowsPerDay > 9 && eventLog.rowsPerDay < 12, `${eventLog.rowsPerDay}`);
  assert.ok(eventLog.bytesPerRow > 50);
  const leftDays = (Number(eventLog.fullMs) - Number(eventLog.newestMs)) / DAY_MS;
  assert.ok(leftDays > 75 && leftDays < 100, `${leftDays}`);
});

test("a store that took nothing for a while says so with the first request it takes again", async () => {
  let isFull = false;
  const { StoreFault } = await import("@countersign/storage");
  const on = await openHost([world], {
    wrapStore: (store) => ({
      ...store,
      transact: (work) =>
        isFull ? Promise.reject(new StoreFault("full", "no room", "free space")) : store.transact(work),
    }),
  });
  isFull = true;
  assert.equal(answerOf(await ask(on.host, askBytes(newMachine(), product))).reason, "STORE_UNAVAILABLE");
  isFull = false;
  await ask(on.host, askBytes(newMachine(), product));
  await ask(on.host, askBytes(newMachine(), product));
  const told = await on.store.events({ afterId: 0, limit: 100, eventIds: [EVENT.storeNotWritable] });
  assert.equal(told.length, 1);
  assert.match(String(told[0]?.data["detail"]), /full/);
});
