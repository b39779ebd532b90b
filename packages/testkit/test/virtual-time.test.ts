import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualTime } from "../src/index.ts";

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

test("works start in the order of their instants, those of one instant in the order they were asked for", async () => {
  const time = virtualTime(1000, settle);
  const ran: string[] = [];
  for (const [dueMs, name] of [
    [1030, "third"],
    [1010, "first"],
    [1030, "fourth"],
    [1020, "second"],
  ] as const) {
    time.at(dueMs, async () => {
      ran.push(`${name} at ${time.nowMs()}`);
    });
  }
  await time.runUntil(1029);
  assert.deepEqual(ran, ["first at 1010", "second at 1020"]);
  assert.equal(time.nowMs(), 1029);
  await time.runUntil(2000);
  assert.deepEqual(ran.slice(2), ["third at 1030", "fourth at 1030"]);
});

test("what needs no clock is done before the clock moves on, whatever number of promises it waits for", async () => {
  const time = virtualTime(0, settle);
  const begun = (async () => {
    for (let i = 0; i < 100; i++) await undefined;
    return time.nowMs();
  })();
  await time.runUntil(1000);
  assert.equal(await begun, 0);
});

test("a work that lets time pass is overtaken by one that is due meanwhile", async () => {
  const time = virtualTime(0, settle);
  const ran: string[] = [];
  time.at(10, async () => {
    await time.pass(100);
    ran.push(`slow at ${time.nowMs()}`);
  });
  time.at(50, async () => {
    ran.push(`quick at ${time.nowMs()}`);
  });
  await time.runUntil(1000);
  assert.deepEqual(ran, ["quick at 50", "slow at 110"]);
});

test("a thousand instants in any order are run in theirs", async () => {
  const time = virtualTime(0, settle);
  const ran: number[] = [];
  for (let i = 0; i < 1000; i++) {
    time.at((i * 7919) % 1009, async () => {
      ran.push(time.nowMs());
    });
  }
  await time.runUntil(2000);
  assert.equal(ran.length, 1000);
  assert.deepEqual(
    ran,
    ran.toSorted((a, b) => a - b),
  );
});

test("the fault of a work ends the run", async () => {
  const time = virtualTime(0, settle);
  time.at(5, async () => {
    throw new Error("broken");
  });
  await assert.rejects(time.runUntil(10), /broken/);
});
