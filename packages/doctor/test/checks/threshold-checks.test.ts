import { describe, it } from "node:test";
import {
  HOST_AT,
  healthyClient,
  healthyCount,
  healthyFacts,
  healthyHost,
  healthyProduct,
  healthySeat,
  NOW_MS,
  withCount,
} from "../healthy-facts.ts";
import { finds, isGood, isMoot, says } from "./finds.ts";

const low = (count: number) => ({ currentCount: count, machinesSeen: count });
const told = (count: number, change = {}) =>
  healthyClient({
    products: [
      healthyProduct({
        status: 2,
        lastAnswer: { count, requiredCount: 25, atMs: NOW_MS, reason: "COUNT_TOO_LOW" },
        ...change,
      }),
    ],
  });
const hostWith = (count: number) => [healthyHost({ seats: [healthySeat({ counts: [healthyCount(low(count))] })] })];

describe("CS-CNT-001: each count meets the threshold", () => {
  it("the smallest threshold is enough, one machine less is an error that says how many are missing", () => {
    isGood("CS-CNT-001", withCount(low(5)));
    says(finds("CS-CNT-001", withCount(low(4)), "TOO_FEW_MACHINES"), "error", {
      cause: /^4 of 5 machines that Editor Server requires have asked kms1/,
      effect: /before 1 more have asked/,
      remedy: /^countersign host status --data .* {2}# 1 more machines must ask$/,
    });
  });

  it("nobody at all is told by the check of requests", () => {
    isGood("CS-CNT-001", withCount(low(0)));
  });

  it("from a client alone: the count it was told, and what its product needs", () => {
    says(finds("CS-CNT-001", healthyFacts({ hosts: [], clients: [told(3)] }), "TOO_FEW_MACHINES"), "error", {
      cause: /^3 of 25 machines that Editor requires have asked kms1\.corp\.example:1688/,
      remedy: /^countersign slmgr \/ato {2}# 22 more machines must ask$/,
      evidence: /pc-1\.corp\.example was told a count of 3 at 2026-11-25 09:00 UTC, and needs 25/,
    });
  });

  it("from both sides it is one finding, with the host's newer count", () => {
    says(finds("CS-CNT-001", healthyFacts({ hosts: hostWith(4), clients: [told(3)] }), "TOO_FEW_MACHINES"), "error", {
      cause: /^4 of 25/,
      evidence: /told a count of 3.*\n.*counts 4/,
    });
  });

  it("a client whose answer is outdated need only ask again: the host has enough meanwhile", () => {
    isGood("CS-CNT-001", healthyFacts({ clients: [told(3)] }));
  });

  it("a licensed machine that is no longer renewed for it has its time: a warning", () => {
    says(
      finds("CS-CNT-001", healthyFacts({ hosts: [], clients: [told(20, { status: 1 })] }), "TOO_FEW_MACHINES"),
      "warning",
      {},
    );
  });

  it("an answer that grants nothing for another reason is not this one", () => {
    const lastAnswer = { count: 0, requiredCount: 25, atMs: NOW_MS, reason: "GROUP_NOT_AUTHORIZED" };
    isGood("CS-CNT-001", healthyFacts({ hosts: [], clients: [told(0, { lastAnswer })] }));
  });

  it("says which host was asked by its address where it is known by nothing else", () => {
    says(finds("CS-CNT-001", healthyFacts({ hosts: [], clients: [told(3)] }), "TOO_FEW_MACHINES"), "error", {
      cause: new RegExp(HOST_AT),
    });
  });

  it("does not apply where neither a count nor a product was seen", () => {
    isMoot("CS-CNT-001", healthyFacts({ hosts: [], clients: [] }), /neither/);
  });
});

describe("CS-CNT-007: the count meets every threshold", () => {
  it("between two thresholds it is a notice that says who waits", () => {
    says(finds("CS-CNT-007", withCount(low(12)), "THRESHOLDS_DIFFER"), "notice", {
      cause: /is 12: enough for Editor Server, not for Editor$/,
      advice: /13 more machines/,
    });
    finds("CS-CNT-007", withCount(low(24)), "THRESHOLDS_DIFFER");
    isGood("CS-CNT-007", withCount(low(25)));
  });

  it("below the smallest nobody is activated: that is the other check's", () => {
    isGood("CS-CNT-007", withCount(low(4)));
  });

  it("does not apply where no count was seen", () => {
    isMoot("CS-CNT-007", healthyFacts({ hosts: [] }), /no count/);
  });
});
