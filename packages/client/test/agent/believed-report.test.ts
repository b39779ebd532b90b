import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LICENSE_STATUS } from "@countersign/domain";
import fc from "fast-check";
import { type AgentView, believedReport } from "../../src/agent/believed-report.ts";
import { lineSplitter } from "../../src/agent/line-splitter.ts";
import { readStatus } from "../../src/agent/read-status.ts";

const HOUR_MS = 3_600_000;
const NOW_MS = Date.UTC(2026, 10, 24);

/** A licensed view whose lease ends at `untilMs`. */
function licensedUntil(untilMs: number, change: Partial<AgentView> = {}): AgentView {
  const status = readStatus({ report: { status: LICENSE_STATUS.licensed, expiresMs: untilMs } });
  assert.ok(status);
  return { report: status.report, lease: { ok: true, untilMs }, isAway: false, ...change };
}

describe("what an agent says", () => {
  it("is shown while the lease that proves it lasts by the program's own clock, 26 h of tolerance included", () => {
    const view = licensedUntil(NOW_MS + HOUR_MS);
    assert.equal(believedReport(view, NOW_MS).status, LICENSE_STATUS.licensed);
    assert.equal(believedReport(view, NOW_MS + 26 * HOUR_MS).status, LICENSE_STATUS.licensed);
    assert.equal(believedReport(view, NOW_MS + 28 * HOUR_MS).reason, "AGENT_NOT_BELIEVED");
  });

  it("is not shown as licensed when its proof did not verify, or there is none", () => {
    for (const lease of [undefined, { ok: false, detail: "STATEMENT_MISMATCH" } as const]) {
      const { status, reason } = believedReport(licensedUntil(NOW_MS + HOUR_MS, { lease }), NOW_MS);
      assert.deepEqual([status, reason], [LICENSE_STATUS.unlicensed, "AGENT_NOT_BELIEVED"]);
    }
  });

  it("holds while the agent is away, and to the end of what it said at most", () => {
    const away = licensedUntil(NOW_MS + HOUR_MS, { isAway: true });
    assert.equal(believedReport(away, NOW_MS).status, LICENSE_STATUS.licensed);
    assert.equal(believedReport(away, NOW_MS).flags.agentAway, true);
    assert.equal(believedReport(away, NOW_MS + HOUR_MS).reason, "SERVICE_NOT_RUNNING");
  });

  it("carries its warnings, those of a later version left alone, and none once nothing is believed", () => {
    const said = [
      { id: "RENEWAL_OVERDUE", text: "not renewed\u001b[31m since yesterday" },
      { id: "OF_A_LATER_VERSION", text: "" },
      { id: 7 },
      "no warning",
    ];
    const read = readStatus({ report: { status: LICENSE_STATUS.licensed, expiresMs: NOW_MS, warnings: said } });
    assert.ok(read);
    const warnings = [{ id: "RENEWAL_OVERDUE", text: "not renewed[31m since yesterday" }];
    assert.deepEqual(read.report.warnings, warnings);
    const view = { report: read.report, lease: { ok: true, untilMs: NOW_MS }, isAway: false } as const;
    assert.deepEqual(believedReport(view, NOW_MS - HOUR_MS).warnings, warnings);
    assert.deepEqual(believedReport({ ...view, lease: undefined }, NOW_MS - HOUR_MS).warnings, []);
    for (const wrong of [undefined, "text", 7, {}])
      assert.deepEqual(readStatus({ report: { status: 1, warnings: wrong } })?.report.warnings, []);
  });

  it("is joined by the end that comes near while the agent is away, for nobody renews meanwhile", () => {
    const untilMs = NOW_MS + 31 * 24 * HOUR_MS;
    const away = licensedUntil(untilMs, { isAway: true });
    assert.deepEqual(believedReport(away, NOW_MS).warnings, []);
    const ids = (view: AgentView) => believedReport(view, NOW_MS + 2 * 24 * HOUR_MS).warnings.map(({ id }) => id);
    assert.deepEqual(ids(away), ["EXPIRES_SOON"]);
    const told = { ...away.report, warnings: believedReport(away, NOW_MS + 2 * 24 * HOUR_MS).warnings };
    assert.deepEqual(ids({ ...away, report: told }), ["EXPIRES_SOON"], "once");
  });

  it("is a status or nothing, whatever JSON it is", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (report, lease) => {
        const read = readStatus({ report, lease });
        assert.ok(read === undefined || Object.values(LICENSE_STATUS).includes(read.report.status));
      }),
    );
  });
});

describe("lines", () => {
  it("come out whole, however the bytes were cut", () => {
    const text = fc.array(
      fc.string().map((line) => line.replaceAll("\n", "")),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(text, fc.array(fc.nat(40), { maxLength: 20 }), (lines, cuts) => {
        const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
        const splitter = lineSplitter();
        const out: string[] = [];
        let at = 0;
        for (const length of [...cuts, bytes.length]) {
          const pushed = splitter.push(bytes.subarray(at, at + length));
          assert.ok(pushed !== "too-long");
          out.push(...pushed);
          at += length;
        }
        assert.deepEqual(
          out,
          lines.map((line) => new TextDecoder().decode(new TextEncoder().encode(line))),
        );
      }),
    );
  });

  it("longer than the limit are told as soon as they are, with or without a newline", () => {
    const limit = 10;
    assert.deepEqual(lineSplitter(limit).push(Buffer.from("123456789\n")), ["123456789"]);
    assert.equal(lineSplitter(limit).push(Buffer.from("1234567890\n")), "too-long");
    assert.equal(lineSplitter(limit).push(Buffer.from("1234567890")), "too-long");
  });
});
