import assert from "node:assert/strict";
import { test } from "node:test";
import type { RpcReply } from "@countersign/protocol";
import fc from "fast-check";
import { createBatcher } from "../../src/core/batcher.ts";
import { DEFAULT_LIMITS, type HostLimits } from "../../src/index.ts";

interface Request {
  readonly lane: string;
  readonly name: string;
}

const reasonOf = (reply: RpcReply) => (reply.ok ? new TextDecoder().decode(reply.body) : reply.refusal.reason);
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** A batcher over a service that answers with the request's name when its gate is opened. */
function openBatcher(limits: Partial<HostLimits> = {}, fraction = 0) {
  const clock = { monotonicMs: 0 };
  const batches: string[][] = [];
  const dropped: string[] = [];
  const gates: (() => void)[] = [];
  const gated = { isOn: true, fails: false };
  const batcher = createBatcher<Request>({
    limits: { ...DEFAULT_LIMITS, ...limits },
    monotonicMs: () => clock.monotonicMs,
    fraction: () => fraction,
    defer: async () => undefined,
    serve: async (batch) => {
      batches.push(batch.map(({ name }) => name));
      if (gated.isOn) await new Promise<void>((open) => gates.push(open));
      if (gated.fails) throw new Error("the service broke");
      return batch.map(({ name }) => ({ ok: true, body: new TextEncoder().encode(name) }));
    },
    dropped: ({ name }, reason) => dropped.push(`${name} ${reason}`),
  });
  const submit = (name: string, lane = name) => batcher.submit({ lane, name });
  return { ...{ batcher, submit, clock, batches, dropped, gated }, open: () => gates.shift()?.() };
}

test("an idle batcher serves one request at once, and what comes meanwhile together in the next batch", async () => {
  const { submit, batches, open, batcher } = openBatcher();
  const first = submit("a");
  await turn();
  assert.deepEqual(batches, [["a"]]);
  assert.equal(batcher.inFlight, 1);
  const others = [submit("b"), submit("c")];
  await turn();
  assert.deepEqual(batches, [["a"]], "one batch at a time");
  open();
  assert.equal(reasonOf(await first), "a");
  await turn();
  assert.deepEqual(batches, [["a"], ["b", "c"]]);
  open();
  assert.deepEqual((await Promise.all(others)).map(reasonOf), ["b", "c"]);
  assert.equal(batcher.batches, 2);
  assert.equal(batcher.inFlight, 0);
});

test("a batch has at most maxBatch requests, in the order they arrived", async () => {
  const { submit, batches, gated } = openBatcher({ maxBatch: 2 });
  gated.isOn = false;
  await Promise.all(["a", "b", "c", "d", "e"].map((name) => submit(name)));
  assert.deepEqual(batches, [["a", "b"], ["c", "d"], ["e"]]);
});

test("two requests of one lane never share a batch, and keep their order", async () => {
  const { submit, batches, gated } = openBatcher();
  gated.isOn = false;
  await Promise.all([submit("a1", "a"), submit("b1", "b"), submit("a2", "a"), submit("a3", "a"), submit("c1", "c")]);
  assert.deepEqual(batches, [["a1", "b1", "c1"], ["a2"], ["a3"]]);
});

test("whatever arrives in whatever order and however it is cut: every request is served once, each lane in its order, one a batch", async () => {
  const arrivals = fc.array(fc.record({ lane: fc.constantFrom("a", "b", "c", "d"), wait: fc.boolean() }), {
    maxLength: 40,
  });
  await fc.assert(
    fc.asyncProperty(arrivals, fc.integer({ min: 1, max: 5 }), async (asked, maxBatch) => {
      const { submit, batches, gated } = openBatcher({ maxBatch });
      gated.isOn = false;
      const replies: Promise<RpcReply>[] = [];
      for (const [i, { lane, wait }] of asked.entries()) {
        replies.push(submit(`${lane} ${i}`, lane));
        if (wait) await turn();
      }
      const names = asked.map(({ lane }, i) => `${lane} ${i}`);
      assert.deepEqual((await Promise.all(replies)).map(reasonOf), names);
      assert.deepEqual(batches.flat().toSorted(), names.toSorted());
      for (const batch of batches) {
        assert.ok(batch.length >= 1 && batch.length <= maxBatch);
        assert.equal(new Set(batch.map((name) => name[0])).size, batch.length);
      }
      for (const lane of ["a", "b", "c", "d"]) {
        const ofLane = (name: string) => name.startsWith(lane);
        assert.deepEqual(batches.flat().filter(ofLane), names.filter(ofLane));
      }
    }),
  );
});

test("over the bound of the queue: OVERLOADED at once, with U(r, 2r) to wait and r at least 5 s", async () => {
  for (const [fraction, waitS] of [
    [0, 5],
    [0.5, 8],
    [0.999, 10],
  ] as const) {
    const { submit, open, dropped } = openBatcher({ maxQueued: 2 }, fraction);
    const first = submit("a");
    await turn();
    const kept = [submit("b"), submit("c")];
    const refused = await submit("d");
    assert.equal(reasonOf(refused), "OVERLOADED");
    assert.equal(refused.ok ? 0 : refused.refusal.retryAfterS, waitS);
    assert.deepEqual(dropped, ["d OVERLOADED"]);
    open();
    await first;
    await turn();
    open();
    assert.deepEqual((await Promise.all(kept)).map(reasonOf), ["b", "c"]);
  }
});

test("r is what the queue takes to drain at the pace of the last batch, at most 600 s", async () => {
  for (const [batchMs, queued, waitS] of [
    [4000, 3, 12],
    [500_000, 3, 600],
  ] as const) {
    const { submit, open, clock, gated } = openBatcher({ maxQueued: queued });
    const first = submit("a");
    await turn();
    clock.monotonicMs += batchMs;
    open();
    await first;
    const second = submit("b");
    await turn();
    const waiting = Array.from({ length: queued }, (_, i) => submit(`w${i}`));
    const refused = await submit("x");
    assert.equal(refused.ok ? 0 : refused.refusal.retryAfterS, waitS);
    gated.isOn = false;
    open();
    await Promise.all([second, ...waiting]);
  }
});

test("a request that waited longer than the deadline is told OVERLOADED, and a younger one is served", async () => {
  const { submit, open, clock, batches, gated } = openBatcher();
  const first = submit("a");
  await turn();
  const late = submit("late");
  clock.monotonicMs += 5000;
  const young = submit("young");
  clock.monotonicMs += 1;
  gated.isOn = false;
  open();
  await first;
  assert.equal(reasonOf(await late), "OVERLOADED");
  assert.equal(reasonOf(await young), "young");
  assert.deepEqual(batches, [["a"], ["young"]]);
});

test("draining answers everything that was accepted and refuses what comes later with HOST_STOPPING", async () => {
  const { submit, open, batcher, gated } = openBatcher({ maxBatch: 1 });
  const accepted = [submit("a"), submit("b"), submit("c")];
  await turn();
  let isDrained = false;
  const drained = batcher.drain().then(() => {
    isDrained = true;
  });
  assert.equal(reasonOf(await submit("d")), "HOST_STOPPING");
  await turn();
  assert.equal(isDrained, false, "one batch is still being served");
  gated.isOn = false;
  open();
  await drained;
  assert.deepEqual((await Promise.all(accepted)).map(reasonOf), ["a", "b", "c"]);
  await batcher.drain();
});

test("a service that breaks answers its batch with INTERNAL_FAULT and goes on with the next", async () => {
  const { submit, open, gated } = openBatcher();
  const broken = [submit("a"), submit("b")];
  gated.fails = true;
  await turn();
  const next = submit("c");
  open();
  assert.deepEqual((await Promise.all(broken)).map(reasonOf), ["INTERNAL_FAULT", "INTERNAL_FAULT"]);
  await turn();
  gated.fails = false;
  open();
  assert.equal(reasonOf(await next), "c");
});
