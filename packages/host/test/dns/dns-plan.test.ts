import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  type DnsConfiguration,
  type DnsDomain,
  type DomainPublication,
  isChange,
  isDue,
  isNoteworthy,
  isSameRecord,
  REPUBLISH_MS,
  RETRY_MS,
  updateOf,
  wantedRecords,
} from "../../src/core/dns/dns-publishing.ts";

const DOMAIN: DnsDomain = { name: "example.test", priority: 10, weight: 5, ttlS: 3600, server: "", key: undefined };
const CONFIGURATION: DnsConfiguration = {
  ...{ hostName: "kms.example.test", domains: [DOMAIN], subName: true, unpublishOnStop: false },
};
const wanted = (port: number, tags: readonly string[], change: Partial<DnsConfiguration> = {}) =>
  wantedRecords(DOMAIN, { ...CONFIGURATION, ...change }, { port, tags });

test("a host wants its generic record and one of each publisher it serves", () => {
  assert.deepEqual(
    wanted(1688, ["aaaaaaaa", "bbbbbbbb"]).map(({ name }) => name),
    [
      "_countersign._tcp.example.test",
      "_aaaaaaaa._sub._countersign._tcp.example.test",
      "_bbbbbbbb._sub._countersign._tcp.example.test",
    ],
  );
  assert.deepEqual(wanted(1688, ["aaaaaaaa"], { subName: false }), [
    {
      ...{ domain: "example.test", name: "_countersign._tcp.example.test", priority: 10, weight: 5 },
      ...{ port: 1688, target: "kms.example.test" },
    },
  ]);
});

test("a host that serves nobody, has no name or no port wants nothing", () => {
  assert.deepEqual(wanted(1688, []), []);
  assert.deepEqual(wanted(0, ["aaaaaaaa"]), []);
  assert.deepEqual(wanted(1688, ["aaaaaaaa"], { hostName: "" }), []);
});

test("another port, name or publisher takes back exactly the records that were published before", () => {
  const before = wanted(1688, ["aaaaaaaa"]);
  const nextPort = updateOf(DOMAIN, wanted(1700, ["aaaaaaaa"]), before);
  assert.deepEqual(nextPort.remove, before);
  assert.deepEqual(
    nextPort.add.map(({ port }) => port),
    [1700, 1700],
  );
  const nextPublisher = updateOf(DOMAIN, wanted(1688, ["bbbbbbbb"]), before);
  assert.deepEqual(
    nextPublisher.remove.map(({ name }) => name),
    ["_aaaaaaaa._sub._countersign._tcp.example.test"],
  );
  assert.equal(isChange(nextPort, before), true);
  const same = updateOf(DOMAIN, before, before);
  assert.deepEqual([isChange(same, before), same.remove.length], [false, 0]);
});

test("what is removed was published by this host in that domain, and nothing wanted ever is", () => {
  const record = fc.record({
    domain: fc.constantFrom("example.test", "other.test"),
    name: fc.constantFrom("_countersign._tcp.example.test", "_a._sub._countersign._tcp.example.test"),
    priority: fc.nat(2),
    weight: fc.nat(1),
    port: fc.constantFrom(1688, 1700),
    target: fc.constantFrom("a.test", "b.test"),
  });
  fc.assert(
    fc.property(fc.array(record, { maxLength: 8 }), fc.array(record, { maxLength: 8 }), (kept, wishes) => {
      const { add, remove } = updateOf(DOMAIN, wishes, kept);
      assert.deepEqual(add, wishes);
      for (const one of remove) {
        assert.equal(one.domain, "example.test");
        assert.ok(kept.some((record) => record === one));
        assert.ok(!wishes.some((wish) => isSameRecord(wish, one)));
      }
    }),
  );
});

const last = (change: Partial<DomainPublication>): DomainPublication => ({
  ...{ domain: "example.test", atMs: 1_000_000_000, code: 0, reason: "", detail: "", remedy: "", server: "" },
  ...{ lastSuccessMs: 0, failureToldMs: 0, ...change },
});

test("records are published again every 24 h, after a failure every hour, and at once when the clock went back", () => {
  const at = 1_000_000_000;
  assert.equal(isDue(undefined, at), true);
  assert.equal(isDue(last({}), at + REPUBLISH_MS - 120_000), false);
  assert.equal(isDue(last({}), at + REPUBLISH_MS), true);
  assert.equal(isDue(last({ code: 1 }), at + RETRY_MS - 120_000), false);
  assert.equal(isDue(last({ code: 1 }), at + RETRY_MS), true);
  assert.equal(isDue(last({}), at - 1), true);
});

test("the same failure is one event a day, another one is told at once", () => {
  const at = 1_000_000_000;
  assert.equal(isNoteworthy(undefined, 1, at), true);
  assert.equal(isNoteworthy(last({ code: 0 }), 1, at), true);
  const told = last({ code: 1, failureToldMs: at });
  assert.equal(isNoteworthy(told, 1, at + RETRY_MS), false);
  assert.equal(isNoteworthy(told, 2, at + RETRY_MS), true);
  assert.equal(isNoteworthy(told, 1, at + REPUBLISH_MS), true);
});
