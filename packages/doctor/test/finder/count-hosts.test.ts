import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judgeHosts, type SplitCount } from "../../src/index.ts";
import { certified, otherHost, PUBLISHER, worldOf } from "./finder-world.ts";

const APPLICATION = "ab".repeat(16);
const counts = (currentCount: number | undefined) => ({
  counts: currentCount === undefined ? [] : [{ applicationId: APPLICATION, currentCount }],
});

/** The counts of two hosts that need 5 each: what their split says. */
const TABLE: readonly (readonly [a: number | undefined, b: number | undefined, state: SplitCount["state"]])[] = [
  [5, 5, "enough"],
  [4, 5, "partly-split"],
  [5, 0, "partly-split"],
  [4, 4, "split"],
  [4, 1, "split"],
  [3, 1, "too-few"],
  [0, 0, "too-few"],
  [undefined, 9, "unknown"],
];

describe("the count over hosts that each count alone", () => {
  for (const [a, b, state] of TABLE)
    it(`${a ?? "not told"} and ${b ?? "not told"} of 5: ${state}`, () => {
      const [split] = judgeHosts(
        worldOf({ "a.corp.example": [[certified(counts(a))]], "b.corp.example": [[otherHost(counts(b))]] }),
      ).counts;
      assert.equal(split?.state, state);
      assert.deepEqual(
        split.hosts.map(({ currentCount, required }) => [currentCount, required]),
        [
          [a, 5],
          [b, 5],
        ],
      );
      assert.equal(split.sum, (a ?? 0) + (b ?? 0));
    });

  it("a process under two names counts once", () => {
    const [split] = judgeHosts(
      worldOf({ "a.corp.example": [[certified()]], "b.corp.example": [[certified()]] }),
    ).counts;
    assert.deepEqual(
      split?.hosts.map(({ host }) => host),
      ["a.corp.example:1688"],
    );
  });

  it("what the certificate of a small site asks for counts, not the publisher's policy", () => {
    const small = certified({ ...counts(2), siteRequired: [{ keyGroup: 2, requiredCount: 2 }] });
    const [split] = judgeHosts(worldOf({ "a.corp.example": [[small]] })).counts;
    assert.equal(split?.state, "enough");
    assert.equal(split.hosts[0]?.required, 2);
  });

  it("a product that the host key does not cover sets no goal", () => {
    const clientsOnly = certified({ ...counts(9), keyGroups: [1] });
    assert.equal(judgeHosts(worldOf({ "a.corp.example": [[clientsOnly]] })).counts[0]?.hosts[0]?.required, 25);
  });

  it("hosts of other customers are not in our count", () => {
    const own = [
      {
        host: "a:1688",
        customers: [{ publisherId: PUBLISHER.publisherId, customerId: "c1".repeat(16) }],
      },
    ];
    const world = {
      "a.corp.example": [[certified()]],
      "b.corp.example": [[otherHost({ customerId: "c2".repeat(16) })]],
    };
    assert.equal(judgeHosts(worldOf(world, { ownHosts: own })).counts[0]?.hosts.length, 1);
  });
});
