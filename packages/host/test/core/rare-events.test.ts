// Events that few hosts ever write, each brought about by what brings it: on the real core over a memory store.
import assert from "node:assert/strict";
import { test } from "node:test";
import { EVENT, type EventId, toUuid } from "@countersign/domain";
import { nodeCryptography } from "@countersign/protocol/node";
import { defineProduct, exportTrust, issueHostKey } from "@countersign/publisher";
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
  type ServingHost,
} from "./world.ts";

const world = await createWorld([{ requiredCount: 1 }]);
const product = firstOf(world.products);

/** What the log has under one id, oldest first. */
async function written({ store }: Pick<ServingHost, "store">, id: EventId) {
  const events = await store.events({ afterId: 0, limit: 10_000, eventIds: [id] });
  return events.map(({ data }) => ({ ...data }));
}

test("30005: the first certificate, and each renewal, says until when", async () => {
  const on = await openHost([world]);
  await on.host.activateOnline(new Uint8Array());
  const installed = await written(on, EVENT.certificateInstalled);
  assert.deepEqual(
    installed.map(({ renewal }) => renewal),
    [false, true],
  );
  const { seats } = await on.host.status();
  assert.equal(installed[1]?.["notAfterMs"], Number(firstOf(seats).notAfterMs));
  assert.equal(installed[1]?.["publisherId"], toUuid(world.publisherId));
});

test("30011: once a day for an application more machines ask for than were agreed; nobody is refused", async () => {
  const { applicationId, keyGroup } = product;
  const seats = [{ applicationId, count: 2 }];
  const { productKey } = await issueHostKey({ keyGroup, seats, maxHosts: 9, activationsPerHost: 9 }, world.parts);
  const on = await openHost([{ ...world, productKey }]);
  const asked = async () => answerOf(await ask(on.host, askBytes(newMachine(), product))).kind;
  assert.deepEqual([await asked(), await asked()], ["lease", "lease"]);
  await on.host.keepHouse();
  assert.deepEqual(await written(on, EVENT.seatLimit), [], "as many as agreed are no event");
  assert.equal(await asked(), "lease");
  pass(on.clock, DAY_MS);
  await on.host.keepHouse();
  await on.host.keepHouse();
  assert.deepEqual(await written(on, EVENT.seatLimit), [
    { applicationId: toUuid(applicationId), seats: 2, machines: 3 },
  ]);
});

test("30013: the first who is told to come back brings it, and an hour later the next", async () => {
  const on = await openHost([world], { limits: { maxQueued: 2 } });
  const crowd = async () => {
    const replies = await Promise.all(Array.from({ length: 9 }, () => ask(on.host, askBytes(newMachine(), product))));
    return replies.map((reply) => answerOf(reply).reason).filter((reason) => reason === "OVERLOADED").length;
  };
  const told = async () => {
    assert.ok((await crowd()) > 1, "more than one of nine is told OVERLOADED");
    await on.store.transact(async () => {}); // Behind the event, which nobody waits for.
    return written(on, EVENT.overload);
  };
  const [overload, ...more] = await told();
  assert.deepEqual(more, [], "however many were told so");
  assert.equal(overload?.["queued"], 2);
  assert.ok(Number(overload?.["retryAfterS"]) >= 5);
  assert.equal((await told()).length, 1, "within the hour");
  pass(on.clock, 3_600_000);
  assert.equal((await told()).length, 2);
});

test("30003: a machine with new hardware that proves its last answer stays the same machine", async () => {
  const on = await openHost([world]);
  const machine = newMachine();
  const first = answerOf(await ask(on.host, askBytes(machine, product)));
  pass(on.clock, DAY_MS);
  const repaired = { ...machine, components: newMachine().components };
  const second = answerOf(
    await ask(on.host, askBytes(repaired, product, { lineage: first.lineage, clientName: "pc-1" })),
  );
  assert.deepEqual([second.kind, second.seq], ["lease", 2]);
  assert.deepEqual(await written(on, EVENT.fingerprintDrift), [
    { cmid: toUuid(machine.cmid), clientName: "pc-1", address: "127.0.0.1" },
  ]);
});

test("30017: a machine that proves a newer answer than the store has tells that the store was restored", async () => {
  const seed = nodeCryptography.random(4).reduce((all, byte) => all * 256 + byte, 0);
  const [live, restored] = [await openHost([world], { seed }), await openHost([world], { seed })];
  const machine = newMachine();
  const first = answerOf(await ask(live.host, askBytes(machine, product)));
  await ask(restored.host, askBytes(machine, product));
  const second = answerOf(await ask(live.host, askBytes(machine, product, { lineage: first.lineage })));
  assert.equal(second.seq, 2);
  const third = answerOf(await ask(restored.host, askBytes(machine, product, { lineage: second.lineage })));
  assert.deepEqual([third.kind, third.seq], ["lease", 3], `seed ${seed}`);
  assert.deepEqual(await written(restored, EVENT.hostRollback), [
    { cmid: toUuid(machine.cmid), clientName: "", storedSeq: 1, provenSeq: 2 },
  ]);
});

test("30018: a machine that comes back with an older state is taken up again where it was", async () => {
  const on = await openHost([world]);
  const machine = newMachine();
  const first = answerOf(await ask(on.host, askBytes(machine, product)));
  const second = answerOf(await ask(on.host, askBytes(machine, product, { lineage: first.lineage })));
  const snapshot = answerOf(await ask(on.host, askBytes(machine, product, { lineage: first.lineage })));
  assert.deepEqual([snapshot.kind, snapshot.seq, snapshot.leaseId], ["lease", 2, second.leaseId]);
  assert.deepEqual(await written(on, EVENT.resynchronised), [
    { cmid: toUuid(machine.cmid), clientName: "", address: "127.0.0.1", storedSeq: 2, provenSeq: 1 },
  ]);
});

test("30024: a newer trust file is in force and said once; the same one again says nothing", async () => {
  const growing = await createWorld([{ requiredCount: 1 }]);
  const on = await openHost([growing]);
  await on.host.addTrust(growing.trustFile);
  assert.deepEqual(await written(on, EVENT.documentsUpdated), []);
  const { applicationId } = firstOf(growing.products);
  await defineProduct({ applicationId, name: "Viewer", productClass: "client", requiredCount: 3 }, growing.parts);
  const newer = new TextEncoder().encode(await exportTrust(growing.parts));
  await on.host.addTrust(newer);
  await on.host.addTrust(newer);
  const [told, ...more] = await written(on, EVENT.documentsUpdated);
  assert.deepEqual(more, []);
  assert.equal(told?.["publisherId"], toUuid(growing.publisherId));
  assert.ok(Number(told?.["policyVersion"]) >= 1);
});
