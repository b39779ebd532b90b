import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Check } from "../../src/checks/check.ts";
import { check, judged, moot } from "../../src/checks/check.ts";
import { doctorReport, WHOLE } from "../../src/report/report.ts";
import { doctorReportSchema } from "../../src/report/report-schema.ts";
import { healthyFacts, healthyHost, withHost, without } from "../healthy-facts.ts";

const facts = healthyFacts();
const row = {
  gravity: "error",
  cause: "{it} is broken",
  effect: "nothing works",
  remedy: "mend {it}",
  advice: "do",
} as const;

const sample = (id: Check["id"], change: Partial<Check> = {}): Check =>
  check({
    ...{
      id,
      good: `${id} is well`,
      about: "",
      byHand: [],
      needs: [],
      reads: [],
      findings: { [`BAD_${id.slice(3, 6)}`]: row },
    },
    judge: () => judged([]),
    ...change,
  });
const bad = (id: Check["id"], gravity: "fatal" | "error" | "warning" | "notice" = "error") =>
  sample(id, {
    judge: () =>
      judged([
        { finding: `BAD_${id.slice(3, 6)}`, subject: id, gravity, params: { it: "it" }, evidence: ["seen there"] },
      ]),
  });
const of = (checks: readonly Check[]) => ({ ...WHOLE, checks });
const blind = sample("CS-DNS-001", { judge: () => moot("nobody asked"), reads: ["dns"] });
const gap = { source: "dns", at: "the network", why: "--offline" } as const;

describe("the report", () => {
  it("ends in one sentence: the cause, its evidence, and the command that mends it", () => {
    const { sentence } = doctorReport(facts, {}, of([bad("CS-ENV-002")]));
    assert.equal(sentence, "Most likely it is broken (seen there): mend it with `mend it`.");
  });

  it("says how many other things are to be seen to, and leaves notices out of their number", () => {
    const one = [bad("CS-ENV-002"), bad("CS-ENV-003", "warning"), bad("CS-ENV-004", "notice")];
    assert.match(doctorReport(facts, {}, of(one)).sentence, /, and then see to one other thing\.$/);
    assert.match(doctorReport(facts, {}, of([...one, bad("CS-CFG-001")])).sentence, /see to 2 other things\.$/);
  });

  it("names the advice where no command mends it", () => {
    const findings = { BAD_ENV: { ...row, remedy: "" } };
    const { sentence } = doctorReport(facts, {}, of([{ ...bad("CS-ENV-002"), findings }]));
    assert.equal(sentence, "Most likely it is broken (seen there): do.");
  });

  it("says that nothing is wrong only where everything could be looked at, with what is worth knowing", () => {
    assert.equal(doctorReport(facts, {}, of([sample("CS-ENV-001")])).sentence, "Nothing is wrong.");
    const noticed = doctorReport(facts, {}, of([bad("CS-ENV-001", "notice"), sample("CS-ENV-002")]));
    assert.equal(noticed.sentence, "Nothing is wrong; worth knowing: it is broken.");
    const unseen = doctorReport({ ...facts, gaps: [gap] }, {}, of([sample("CS-ENV-001"), blind]));
    assert.equal(unseen.sentence, "Nothing wrong was found, though one check could not look.");
    assert.match(doctorReport(facts, {}, of([blind])).sentence, /^Nothing could be looked at/);
  });

  it("lists every finding and every check, whatever is on top", () => {
    const report = doctorReport(
      facts,
      {},
      of([bad("CS-ENV-002", "fatal"), bad("CS-ENV-003", "notice"), sample("CS-ENV-004")]),
    );
    assert.deepEqual(
      report.findings.map(({ check }) => check),
      ["CS-ENV-002", "CS-ENV-003"],
    );
    assert.deepEqual(report.summary, { good: 1, found: 2, skipped: 0, unknown: 0 });
  });

  it("a check that breaks says that it could not look, and the others are made", () => {
    const broken = sample("CS-ENV-001", {
      judge: () => {
        throw new Error("a slip");
      },
    });
    const report = doctorReport(facts, {}, of([broken, bad("CS-ENV-002")]));
    assert.equal(report.checks[0]?.outcome, "unknown");
    assert.match(report.checks[0]?.why ?? "", /fault of the doctor itself: a slip/);
    assert.equal(report.causes[0]?.check, "CS-ENV-002");
  });

  it("has the published form, healthy or broken", () => {
    for (const each of [facts, withHost({ isRunning: false }), healthyFacts({ hosts: [], clients: [] })]) {
      const read = doctorReportSchema.strict().parse(JSON.parse(JSON.stringify(doctorReport(each))));
      assert.equal(read.format, 1);
    }
  });

  it("of a healthy site names nothing, and of one whose host is stopped that", () => {
    assert.deepEqual(doctorReport(facts).causes, []);
    const stopped = without(healthyHost({ isRunning: false }), "listening");
    assert.equal(doctorReport(healthyFacts({ hosts: [stopped] })).causes[0]?.id, "HOST_STOPPED");
  });
});
