// A machine that proves its newest lease is told what its host knows of it; nobody else is told anything.
import assert from "node:assert/strict";
import { test } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { hostFacts } from "@countersign/doctor";
import { toUuid } from "@countersign/domain";
import type { Peer } from "@countersign/protocol";
import { type ExamineRequest, ExamineRequestSchema, ExamineResponseSchema } from "@countersign/protocol/gen/activation";
import { answerOf, ask, askBytes, createWorld, firstOf, newMachine, openHost } from "../core/world.ts";

const world = await createWorld([{ requiredCount: 1 }]);
const product = firstOf(world.products);
const HERE: Peer = { address: "127.0.0.1" };

/** A host, a machine it has activated once and one it has not, and the question of the first. */
async function activated() {
  const { host, store } = await openHost([world]);
  const [machine, other] = [newMachine(), newMachine()];
  const { lineage } = answerOf(await ask(host, askBytes(machine, product, { clientName: "pc-1" })));
  const own = answerOf(await ask(host, askBytes(other, product, { clientName: "pc-2" }))).lineage;
  const claim = firstOf(lineage);
  const question = { cmid: machine.cmid, productId: product.productId, seq: BigInt(claim.seq), leaseId: claim.leaseId };
  const examine = (change: Partial<Pick<ExamineRequest, "cmid" | "productId" | "seq" | "leaseId">> = {}, peer = HERE) =>
    host.examine(toBinary(ExamineRequestSchema, create(ExamineRequestSchema, { ...question, ...change })), peer);
  return { host, store, machine, other, lineage, examine, otherLeaseId: firstOf(own).leaseId };
}

test("whoever holds the newest lease is told its own events and what the host tells anybody", async () => {
  const { examine, machine } = await activated();
  const reply = await examine();
  assert.ok(reply.ok);
  const facts = hostFacts.parse(JSON.parse(fromBinary(ExamineResponseSchema, reply.body).factsJson));
  assert.deepEqual(
    facts.events.map(({ eventId, cmid }) => [eventId, cmid]),
    [[12290, toUuid(machine.cmid)]],
  );
  assert.deepEqual(
    [facts.from, facts.machines[0]?.names, facts.seats[0]?.hostStatus],
    ["answer", ["pc-1"], "licensed"],
  );
  assert.equal(facts.seats[0]?.counts[0]?.currentCount, 2);
  const text = JSON.stringify(facts);
  assert.ok(!text.includes("pc-2") && !text.includes(world.productKey.slice(-5)));
});

test("from outside the site's networks counts are not told", async () => {
  const { examine } = await activated();
  const reply = await examine({}, { address: "203.0.113.9" });
  assert.ok(reply.ok);
  assert.deepEqual(JSON.parse(fromBinary(ExamineResponseSchema, reply.body).factsJson).seats[0].counts, []);
});

test("without the newest lease of just that machine, product and host nothing is told", async () => {
  const { examine, other, otherLeaseId } = await activated();
  const bent: readonly Parameters<typeof examine>[0][] = [
    { leaseId: new Uint8Array(16) },
    { leaseId: otherLeaseId },
    { cmid: other.cmid },
    { seq: 2n },
    { productId: product.productId + 1 },
  ];
  for (const change of bent) {
    const reply = await examine(change);
    assert.equal(reply.ok ? "told" : reply.refusal.reason, "LEASE_NOT_PROVEN");
  }
});

test("the lease before the newest will do, because the newest may be the reply that was lost; an older one will not", async () => {
  const { host, machine, examine, lineage } = await activated();
  const second = answerOf(await ask(host, askBytes(machine, product, { lineage }))).lineage;
  assert.ok((await examine()).ok);
  await ask(host, askBytes(machine, product, { lineage: second }));
  const reply = await examine();
  assert.equal(reply.ok ? "told" : reply.refusal.reason, "LEASE_NOT_PROVEN");
});

test("what is no question of that form is refused by name, and nothing of it is kept", async () => {
  const { host, examine, store } = await activated();
  const before = await store.rowCounts();
  const bent = [{ cmid: new Uint8Array(15) }, { leaseId: new Uint8Array(17) }, { seq: 0n }, { productId: 0 }];
  const replies = [
    ...(await Promise.all(bent.map((change) => examine(change)))),
    await host.examine(new Uint8Array(300), HERE),
    await host.examine(Uint8Array.of(0x7a, 0x01, 0x00), HERE),
  ];
  assert.deepEqual(
    replies.map((reply) => (reply.ok ? "told" : reply.refusal.reason)),
    replies.map(() => "REQUEST_INVALID"),
  );
  assert.deepEqual(await store.rowCounts(), before);
});

test("one source is answered so often and no more, and is told when to ask again", async () => {
  const { examine } = await activated();
  const replies = [];
  for (let i = 0; i < 21; i++) replies.push(await examine({}, { address: "203.0.113.9" }));
  assert.ok(replies.slice(0, 20).every(({ ok }) => ok));
  const last = replies.at(-1);
  assert.ok(last !== undefined && !last.ok);
  assert.deepEqual([last.refusal.reason, last.refusal.retryAfterS], ["RATE_LIMITED", 2]);
});
