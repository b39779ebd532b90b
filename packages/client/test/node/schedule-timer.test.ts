import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { EVENT, eventOf } from "@countersign/domain";
import { type ClientEvent, clientEvent } from "../../src/index.ts";
import { runSchedule } from "../../src/node/index.ts";

const MINUTE_MS = 60_000;

/** A client that is due at once and whose ticks do what `tick` says; the platform's timers are moved by the test. */
function scheduled(t: TestContext, tick: () => Promise<void>, dueMs: () => number = () => 0) {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  let listener: (event: ClientEvent) => void = () => undefined;
  const ticks = { count: 0 };
  const faults: unknown[] = [];
  const client = {
    tick: () => {
      ticks.count++;
      return tick();
    },
    nextTickInMs: dueMs,
    onEvent: (listen: typeof listener) => {
      listener = listen;
      return () => {
        listener = () => undefined;
      };
    },
  };
  const stop = runSchedule(client, (fault) => faults.push(fault));
  t.after(stop);
  /** Time passes, and everything a tick began is done. */
  const pass = async (ms: number) => {
    t.mock.timers.tick(ms);
    for (let i = 0; i < 10; i++) await Promise.resolve();
  };
  return { ticks, faults, pass, stop, tell: (event: ClientEvent) => listener(event) };
}

const attemptScheduled = () =>
  clientEvent(eventOf(EVENT.attemptScheduled, { attemptMs: 0, reason: "at-once" }), {
    ...{ timeMs: 0, computer: "", requestId: "", product: "" },
  });

describe("the schedule", () => {
  it("ticks once a second at most, however much there is to do", async (t) => {
    const { ticks, pass } = scheduled(t, async () => undefined);
    for (let i = 0; i < 10; i++) await pass(100);
    assert.equal(ticks.count, 1);
    for (let i = 0; i < 9; i++) await pass(1_000);
    assert.equal(ticks.count, 10);
  });

  it("rests after a fault of ours, longer with each one more and an hour at most, and goes on as before after it", async (t) => {
    let isBroken = true;
    const { ticks, faults, pass } = scheduled(t, async () => {
      if (isBroken) throw new Error("a fault of ours");
    });
    await pass(1_000);
    const waits = [];
    for (let i = 0; i < 9; i++) {
      const before = ticks.count;
      let minutes = 0;
      while (ticks.count === before) {
        await pass(MINUTE_MS);
        minutes++;
      }
      waits.push(minutes);
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    assert.equal(faults.length, 10, "each is told");
    isBroken = false;
    await pass(60 * MINUTE_MS);
    await pass(1_000);
    assert.equal(ticks.count, 12);
    assert.equal(faults.length, 10);
  });

  it("plans anew when an attempt was scheduled meanwhile, and ends when it is stopped", async (t) => {
    let dueMs = 10 * MINUTE_MS;
    const { ticks, pass, stop, tell } = scheduled(
      t,
      async () => undefined,
      () => dueMs,
    );
    await pass(MINUTE_MS);
    dueMs = 5_000;
    tell(attemptScheduled());
    await pass(0);
    await pass(5_000);
    assert.equal(ticks.count, 1);
    stop();
    tell(attemptScheduled());
    await pass(60 * MINUTE_MS);
    assert.equal(ticks.count, 1);
  });
});
