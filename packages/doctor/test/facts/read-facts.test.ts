import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readFacts } from "../../src/facts/read-facts.ts";
import { doctorReport } from "../../src/report/report.ts";
import { healthyFacts } from "../healthy-facts.ts";

const written = () => JSON.parse(JSON.stringify(healthyFacts()));
const expectRefused = (value: unknown, found: RegExp) => {
  const read = readFacts(value);
  assert.ok(!read.ok, "expected a refusal, found facts");
  assert.match(`${read.expected}; ${read.found}`, found);
};

describe("facts from a file", () => {
  it("are those that were written, and are judged alike", () => {
    const read = readFacts(written());
    assert.ok(read.ok);
    assert.deepEqual(JSON.parse(JSON.stringify(read.facts)), written());
    assert.deepEqual(doctorReport(read.facts), doctorReport(healthyFacts()));
  });

  it("may lack what a look did not give: a machine, a network", () => {
    const { machine: _m, network: _n, ...rest } = written();
    const read = readFacts(rest);
    assert.ok(read.ok);
    assert.equal(read.facts.network, undefined);
  });

  it("of another format are refused by its number", () => {
    expectRefused({ ...written(), format: 2 }, /format 1; format 2/);
    expectRefused({}, /format 1; no format/);
    expectRefused(undefined, /format 1; no JSON object/);
    expectRefused("facts", /no JSON object/);
  });

  it("with one thing changed are refused by its place", () => {
    const CHANGES: readonly (readonly [string, (facts: ReturnType<typeof written>) => void, RegExp])[] = [
      ["a host without its log", (facts) => delete facts.hosts[0].events, /hosts\.0\.events/],
      [
        "a status that is no number",
        (facts) => (facts.clients[0].products[0].status = "1"),
        /clients\.0\.products\.0\.status/,
      ],
      [
        "an answer of no known kind",
        (facts) => (facts.network.targets[0].resolution.endpoints[0].answers[0].kind = "x"),
        /network\.targets\.0/,
      ],
      ["a gap of nothing", (facts) => facts.gaps.push({ source: "moon", at: "", why: "" }), /gaps\.0\.source/],
      ["more machines than any site has", (facts) => (facts.clients = Array(1_001).fill(facts.clients[0])), /clients/],
    ];
    for (const [what, change, place] of CHANGES) {
      const facts = written();
      change(facts);
      expectRefused(facts, place);
      assert.ok(what);
    }
  });
});
