import assert from "node:assert/strict";
import { test } from "node:test";
import { createDropLog } from "../../src/core/drop-log.ts";

const HOUR_MS = 3_600_000;
const summariesOf = (log: ReturnType<typeof createDropLog>, nowMs: number, all = false) =>
  log.summaries(nowMs, all).map(({ event }) => [event.eventId, event.data["reason"], event.data["count"]]);

test("dropped requests are one summary for each source, reason and hour, written when the hour is over", () => {
  const log = createDropLog(60);
  for (let i = 0; i < 5; i++) log.dropped("192.0.2.1", "REQUEST_INVALID", i);
  log.dropped("192.0.2.1", "NONCE_REUSED", 7);
  log.dropped("192.0.2.2", "REQUEST_INVALID", 9);
  assert.deepEqual(summariesOf(log, HOUR_MS - 1), []);
  assert.deepEqual(summariesOf(log, HOUR_MS + 9), [
    [30014, "REQUEST_INVALID", 5],
    [30014, "NONCE_REUSED", 1],
    [30014, "REQUEST_INVALID", 1],
  ]);
  assert.deepEqual(
    [...log.counts],
    [
      ["REQUEST_INVALID", 6],
      ["NONCE_REUSED", 1],
    ],
  );
});

test("a summary is kept until it was written, and what is dropped meanwhile begins the next", () => {
  const log = createDropLog(60);
  log.dropped("192.0.2.1", "REQUEST_INVALID", 0);
  const writing = log.summaries(HOUR_MS, false);
  log.dropped("192.0.2.1", "REQUEST_INVALID", HOUR_MS);
  log.dropped("192.0.2.1", "REQUEST_INVALID", HOUR_MS + 1);
  log.forget(writing);
  assert.deepEqual(summariesOf(log, HOUR_MS + 1), []);
  const [rest] = log.summaries(2 * HOUR_MS + 1, false);
  assert.deepEqual([rest?.event.data["count"], rest?.event.data["fromMs"]], [2, HOUR_MS + 1]);
  assert.deepEqual(summariesOf(log, 0, true).length, 1, "at a stop the running hour is written too");
  log.forget(log.summaries(0, true));
  assert.deepEqual(summariesOf(log, 0, true), []);
});

test("so many refused requests of a source are listed in an hour; the surplus is summarised, other sources are not touched", () => {
  const log = createDropLog(3);
  const listed = (address: string, nowMs: number) => log.mayListRefused(address, "PRODUCT_UNKNOWN", nowMs);
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((nowMs) => listed("192.0.2.1", nowMs)),
    [true, true, true, false, false],
  );
  assert.equal(listed("192.0.2.2", 6), true);
  assert.deepEqual(summariesOf(log, 7, true), [[30015, "PRODUCT_UNKNOWN", 2]]);
  assert.equal(listed("192.0.2.1", HOUR_MS + 1), true, "the next hour");
});

test("addresses of one IPv6 network are one source", () => {
  const log = createDropLog(1);
  assert.equal(log.firstForeign("2001:db8::1", 0), true);
  assert.equal(log.firstForeign("2001:db8::2", 1), false);
  assert.equal(log.firstForeign("2001:db8:0:1::1", 1), true);
  assert.equal(log.firstForeign("2001:db8::1", HOUR_MS), true);
});

test("the tables are bounded: 20,000 sources leave at most 10,000 summaries, and all are counted", () => {
  const log = createDropLog(1);
  for (let i = 0; i < 20_000; i++) {
    const address = `198.18.${i >> 8}.${i & 255}`;
    log.dropped(address, "REQUEST_INVALID", 0);
    log.mayListRefused(address, "PRODUCT_UNKNOWN", 0);
  }
  assert.equal(log.summaries(0, true).length, 10_000);
  assert.equal(log.counts.get("REQUEST_INVALID"), 20_000);
  assert.equal(log.mayListRefused("198.18.78.31", "PRODUCT_UNKNOWN", 1), false, "the newest source is remembered");
});
