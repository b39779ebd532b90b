// What appeared and what cleared between two rounds of the doctor's checks.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { CheckResult, Finding } from "@countersign/doctor";
import { findingChanges } from "../../src/core/watch/finding-changes.ts";

const finding = (id: string, subject = "host-1"): Finding => ({
  ...{ id, subject, check: "CS-STO-001", gravity: "error", concerns: [], cause: "c", effect: "e", remedy: "r" },
  ...{ advice: "a", evidence: ["seen here"] },
});
const result = (change: Partial<CheckResult>): CheckResult => ({
  ...{ id: "CS-STO-001", category: "STO", good: "all is well", outcome: "good", why: "", findings: [] },
  ...change,
});
const found = (...findings: readonly Finding[]) => result({ outcome: "found", findings });
const names = (all: readonly { readonly id: string; readonly subject: string }[]) =>
  all.map(({ id, subject }) => `${id} ${subject}`);

test("a finding appears once, stands since then, and clears once", () => {
  const first = findingChanges([], [found(finding("DISK_LOW"))], 10);
  assert.deepEqual([names(first.appeared), names(first.cleared)], [["DISK_LOW host-1"], []]);
  const second = findingChanges(first.standing, [found(finding("DISK_LOW"))], 20);
  assert.deepEqual([second.appeared, second.cleared, second.standing[0]?.sinceMs], [[], [], 10]);
  const third = findingChanges(second.standing, [result({})], 30);
  assert.deepEqual([names(third.cleared), third.standing], [["DISK_LOW host-1"], []]);
});

test("the same finding about something else is another one", () => {
  const before = findingChanges([], [found(finding("CLONED_CMIDS", "a"))], 10).standing;
  const { appeared, cleared } = findingChanges(before, [found(finding("CLONED_CMIDS", "b"))], 20);
  assert.deepEqual([names(appeared), names(cleared)], [["CLONED_CMIDS b"], ["CLONED_CMIDS a"]]);
});

test("what a check could not look at this time stands as it stood; what does not apply any more is cleared", () => {
  const before = findingChanges([], [found(finding("DISK_LOW"))], 10).standing;
  const unseen = [
    result({ outcome: "unknown", why: "could not look at /x" }),
    result({ outcome: "skipped", why: "needs CS-ENV-002: the host's service runs" }),
  ];
  for (const one of unseen) assert.deepEqual(findingChanges(before, [one], 20).standing, before);
  const moot = result({ outcome: "skipped", why: "no host was seen from within" });
  assert.deepEqual(names(findingChanges(before, [moot], 20).cleared), ["DISK_LOW host-1"]);
});
