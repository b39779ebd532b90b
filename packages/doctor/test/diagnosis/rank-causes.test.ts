import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { ALL_CHECKS } from "../../src/checks/catalogue.ts";
import type { Gravity } from "../../src/checks/check.ts";
import type { CheckResult, Finding } from "../../src/diagnosis/examine.ts";
import { EXPLAINS } from "../../src/diagnosis/explains.ts";
import { rankCauses } from "../../src/diagnosis/rank-causes.ts";
import { CLIENT_NAME, clientEvent, healthyClient, healthyFacts, healthyProduct } from "../healthy-facts.ts";
import {
  all,
  answers,
  attempt,
  client,
  count,
  DOMAIN,
  HOST_AT,
  HOST_NAME,
  hostStopped,
  hostUnheard,
  noCachedHost,
  REFUSED,
  records,
  SECOND_AT,
  SECOND_NAME,
  secondHost,
  target,
} from "./change-facts.ts";
import { causesOf, diagnose } from "./diagnose.ts";
import { withSecondHost } from "./fault-facts.ts";

const ROWS = Object.entries(EXPLAINS).map(([cause, { same = [], any = [] }]) => ({
  cause,
  effects: [...same, ...any],
}));
const FINDINGS = ALL_CHECKS.flatMap(({ id, findings }) =>
  Object.entries(findings).map(([finding, { gravity }]) => ({ finding, check: id, gravity })),
);

/** A finding about something, with nothing else to it. */
function aFinding(id: string, subject = "kms1.corp.example", more: Partial<Finding> = {}): Finding {
  const row = FINDINGS.find(({ finding }) => finding === id);
  assert.ok(row !== undefined, `expected a finding ${id}`);
  const texts = { cause: "", effect: "", remedy: "", advice: "", evidence: [] };
  return { id, check: row.check, gravity: row.gravity, subject, concerns: [], ...texts, ...more };
}

const resultsOf = (...findings: readonly Finding[]): readonly CheckResult[] =>
  findings.map((finding) => ({
    id: finding.check,
    category: "ENV",
    good: "",
    outcome: "found",
    why: "",
    findings: [finding],
  }));
const ranked = (...findings: readonly Finding[]) =>
  rankCauses(resultsOf(...findings)).map(({ finding, explains }) => [finding.id, ...explains.map(({ id }) => id)]);

describe("the table of what follows from what", () => {
  it("names only findings that some check can find", () => {
    const known = FINDINGS.map(({ finding }) => finding);
    const named = ROWS.flatMap(({ cause, effects }) => [cause, ...effects]);
    assert.deepEqual(
      named.filter((id) => !known.includes(id)),
      [],
    );
  });

  it("has no cycle: nothing is, over any number of steps, its own cause", () => {
    for (const { cause } of ROWS) {
      const seen = new Set<string>();
      const open = [...(ROWS.find((row) => row.cause === cause)?.effects ?? [])];
      for (let id = open.pop(); id !== undefined; id = open.pop()) {
        assert.notEqual(id, cause, `${cause} follows from itself`);
        if (seen.has(id)) continue;
        seen.add(id);
        open.push(...(ROWS.find((row) => row.cause === id)?.effects ?? []));
      }
    }
  });

  it("says no consequence twice", () => {
    for (const { cause, effects } of ROWS) assert.equal(new Set(effects).size, effects.length, cause);
  });

  it("leaves no licence that is lost without a cause that can account for it, other than its own attempts", () => {
    for (const effect of ["ATTEMPT_FAILED", "NOTIFICATION", "NOT_LICENSED", "RENEWAL_FAILING"])
      assert.ok(ROWS.filter(({ effects }) => effects.includes(effect)).length > 20, effect);
  });
});

describe("the ranking of causes", () => {
  it("sets a cause above what follows from it, about the same host", () => {
    const found = ranked(aFinding("HOST_DOWN", HOST_AT), aFinding("HOST_STOPPED", HOST_NAME));
    assert.deepEqual(found, [["HOST_STOPPED", "HOST_DOWN"]]);
  });

  it("lets a cause account for nothing of another host", () => {
    const found = ranked(aFinding("HOST_STOPPED", HOST_NAME), aFinding("HOST_DOWN", SECOND_AT));
    assert.deepEqual(found, [["HOST_STOPPED"], ["HOST_DOWN"]]);
  });

  it("knows a machine that is named without its domain", () => {
    const found = ranked(aFinding("HOST_DOWN", HOST_AT), aFinding("HOST_STOPPED", "kms1"));
    assert.deepEqual(found, [["HOST_STOPPED", "HOST_DOWN"]]);
  });

  it("does not take one name for another that it is a part of", () => {
    for (const other of ["kms10.corp.example:1688", "kms1.corp.example.org:1688", "xkms1.corp.example:1688"])
      assert.equal(ranked(aFinding("HOST_STOPPED", HOST_NAME), aFinding("HOST_DOWN", other)).length, 2, other);
  });

  it("follows a consequence of a consequence, over things that were found", () => {
    const attempted = aFinding("ATTEMPT_FAILED", `${CLIENT_NAME} Editor`, { concerns: [HOST_NAME] });
    const over = aFinding("REARMS_USED_UP", `${CLIENT_NAME} Editor`);
    const down = aFinding("HOST_DOWN", HOST_AT);
    assert.deepEqual(ranked(down, attempted, over), [["HOST_DOWN", "ATTEMPT_FAILED", "REARMS_USED_UP"]]);
    // Without the step between, nothing ties the machine to that host.
    assert.equal(ranked(down, over).length, 2);
  });

  it("takes a cause that weighs little here for none", () => {
    const short = aFinding("TOO_FEW_MACHINES", CLIENT_NAME);
    assert.deepEqual(ranked(aFinding("COUNT_SPLIT", "Editor", { gravity: "warning" }), short), [
      ["TOO_FEW_MACHINES"],
      ["COUNT_SPLIT"],
    ]);
    assert.deepEqual(ranked(aFinding("COUNT_SPLIT", "Editor", { gravity: "error" }), short), [
      ["COUNT_SPLIT", "TOO_FEW_MACHINES"],
    ]);
  });

  it("sets a warning that accounts for an error above other warnings, and above errors that account for less", () => {
    const gone = aFinding("MACHINES_GONE", HOST_NAME);
    const short = aFinding("TOO_FEW_MACHINES", `${HOST_NAME} Editor`);
    const alone = aFinding("KEY_FILES_OPEN", HOST_NAME);
    assert.deepEqual(ranked(alone, aFinding("DISK_LOW", HOST_NAME), gone, short)[0], [
      "MACHINES_GONE",
      "TOO_FEW_MACHINES",
    ]);
  });

  it("sets what an activation mends after what keeps the machine from one, though it accounts for more", () => {
    const copied = aFinding("STORE_COPIED", CLIENT_NAME);
    const changed = aFinding("MACHINE_CHANGED", CLIENT_NAME);
    assert.deepEqual(ranked(copied, changed, aFinding("HOST_DOWN", HOST_AT)), [
      ["HOST_DOWN"],
      ["STORE_COPIED", "MACHINE_CHANGED"],
    ]);
  });

  it("says why each stands where it stands", () => {
    const [first, second] = rankCauses(
      resultsOf(aFinding("HOST_STOPPED", HOST_NAME), aFinding("HOST_DOWN", HOST_AT), aFinding("SRV_MISSING", DOMAIN)),
    );
    assert.deepEqual(first?.reasons, [
      "fatal, and nothing else that was found accounts for it",
      `it accounts for HOST_DOWN (CS-RCH-002): both are about ${HOST_NAME}`,
      "before SRV_MISSING: it is graver, with what it brings about",
    ]);
    assert.deepEqual(second?.reasons, ["error, and nothing else that was found accounts for it"]);
  });

  it("loses no finding and shows the gravest first, whatever is found together", () => {
    const gravities: readonly Gravity[] = ["fatal", "error", "warning", "notice"];
    const finding = fc
      .record({
        id: fc.constantFrom(...FINDINGS.map((row) => row.finding)),
        subject: fc.constantFrom(HOST_AT, SECOND_AT, DOMAIN, CLIENT_NAME),
        gravity: fc.constantFrom(...gravities),
      })
      .map(({ id, subject, gravity }) => aFinding(id, subject, { gravity }));
    fc.assert(
      fc.property(fc.array(finding, { minLength: 1, maxLength: 25 }), (found) => {
        const causes = rankCauses(resultsOf(...found));
        const told = new Set(causes.flatMap((cause) => [cause.finding, ...cause.explains]));
        assert.deepEqual(new Set(found), told);
        const weights = causes.map((cause) =>
          Math.min(...[cause.finding, ...cause.explains].map(({ gravity }) => gravities.indexOf(gravity))),
        );
        assert.deepEqual(
          weights,
          weights.toSorted((a, b) => a - b),
        );
      }),
    );
  });
});

describe("what is about one host is not explained by another", () => {
  it("a stale record stays a cause of its own while another host of ours is stopped", () => {
    const facts = all(
      withSecondHost,
      hostStopped,
      target("old.corp.example", 1688, "192.0.2.9", REFUSED),
      records(
        DOMAIN,
        { target: "old.corp.example", port: 1688 },
        { target: HOST_NAME, port: 1688 },
        { target: SECOND_NAME, port: 1688 },
      ),
    )(healthyFacts());
    const causes = diagnose(facts);
    assert.equal(causes[0]?.finding.id, "HOST_STOPPED");
    const stale = causes.filter(({ finding }) => finding.id === "SRV_STALE");
    assert.deepEqual(
      stale.map(({ finding }) => finding.subject),
      ["old.corp.example:1688"],
    );
  });

  it("a machine that asks one host is not failing for another that is down", () => {
    const facts = all(
      secondHost,
      hostUnheard,
      answers(HOST_AT, REFUSED),
      attempt({ reason: "HOST_UNREACHABLE", detail: "refused" }),
      (given) => ({
        ...given,
        clients: [
          ...given.clients,
          healthyClient({
            machineName: "pc-2.corp.example",
            fixedHost: SECOND_AT,
            cachedHost: "",
            products: [
              healthyProduct({
                lastAttempt: {
                  atMs: given.gatheredMs,
                  tried: [{ host: SECOND_AT, why: "fixed", reason: "REQUEST_INVALID", inner: "", detail: "" }],
                },
              }),
            ],
          }),
        ],
      }),
    )(healthyFacts());
    const [down, ...others] = diagnose(facts);
    assert.equal(down?.finding.id, "HOST_DOWN");
    assert.deepEqual(
      down.explains.filter(({ id }) => id === "ATTEMPT_FAILED").map(({ subject }) => subject),
      [`${CLIENT_NAME} Editor`],
    );
    assert.deepEqual(
      others.map(({ finding }) => `${finding.id} ${finding.subject}`),
      ["ATTEMPT_FAILED pc-2.corp.example Editor"],
    );
  });

  it("an agent that stands still accounts for its own machine only", () => {
    const stopped = healthyClient({ agent: { isRunning: false }, products: [], cachedHost: HOST_AT });
    const late = healthyClient({
      machineName: "pc-2.corp.example",
      products: [healthyProduct({ lastLeaseMs: healthyFacts().gatheredMs - 60 * 86_400_000 })],
      events: [clientEvent(902, 0)],
    });
    assert.deepEqual(causesOf(healthyFacts({ clients: [stopped, late] })), ["AGENT_STOPPED", "RENEWAL_FAILING"]);
  });

  it("a count that other hosts have a share of is no reason for a machine of another application", () => {
    const facts = all(
      count({ applicationId: "other", applicationName: "Other", currentCount: 3, machinesSeen: 3 }),
      client((one) => one),
      noCachedHost,
    )(healthyFacts());
    const short = diagnose(facts).find(({ finding }) => finding.id === "TOO_FEW_MACHINES");
    assert.deepEqual(
      short?.explains.filter(({ subject }) => subject.startsWith(CLIENT_NAME)),
      [],
    );
  });
});
