import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { MachinesOfDay } from "../../src/facts/host-facts.ts";
import { forecastCount, renewalDaysOf } from "../../src/forecast/forecast-count.ts";
import { DAY_MS, daysBack, healthyCount, TODAY_MS } from "../healthy-facts.ts";

// Midnight, so that the days of the last contacts are whole days away.
const TERMS = { nowMs: TODAY_MS, horizonDays: 60, renewalDays: 7 };
const day = (back: number, machines: number): MachinesOfDay => ({ dayMs: TODAY_MS - back * DAY_MS, machines });
const only = (requiredCount: number, lastContacts: readonly MachinesOfDay[], newMachines = 0) => {
  const machinesSeen = lastContacts.reduce((sum, { machines }) => sum + machines, 0);
  const count = healthyCount({
    machinesSeen,
    newMachines,
    lastContacts: [...lastContacts],
    thresholds: [{ productName: "Editor", requiredCount }],
  });
  const [forecast] = forecastCount(count, TERMS);
  return forecast;
};

describe("the forecast of a count", () => {
  it("machines that renew on time stay: it falls nowhere", () => {
    const forecasts = forecastCount(healthyCount(), TERMS);
    assert.equal(forecasts.length, 2);
    for (const { fallsMs, missing, overdue } of forecasts) {
      assert.equal(fallsMs, undefined);
      assert.equal(missing, 0);
      assert.equal(overdue, 0);
    }
  });

  it("a machine is overdue a day after the latest instant of its renewal, and leaves 30 days after its last contact", () => {
    // 7 days and a tenth, and a day of slack: day 8 ended 7 days ago, day 9 ended 8 days ago, day 10 ended 9 days ago.
    assert.equal(only(5, [day(0, 5), day(9, 1)])?.overdue, 0);
    assert.equal(only(5, [day(0, 5), day(10, 1)])?.overdue, 1);
    const forecast = only(6, [day(0, 5), day(10, 1)]);
    assert.equal(forecast?.fallsMs, TODAY_MS + 20 * DAY_MS);
  });

  it("so many more as are missing at the lowest point keep it at the threshold", () => {
    const forecast = only(6, [day(0, 5), day(20, 1)]);
    assert.equal(forecast?.fallsMs, TODAY_MS + 10 * DAY_MS);
    // One leaves on day 10; by day 60 as many again as fell silent in these three weeks have followed.
    const kept = only(6, [day(0, 5 + (forecast?.missing ?? 0)), day(20, 1)]);
    assert.equal(kept?.fallsMs, undefined);
    const short = only(6, [day(0, 5 + (forecast?.missing ?? 0) - 1), day(20, 1)]);
    assert.notEqual(short?.fallsMs, undefined);
  });

  it("machines that come new as fast as others go keep it where it is", () => {
    const lastContacts = [day(0, 25), day(15, 3)];
    assert.notEqual(only(25, lastContacts)?.fallsMs, undefined);
    assert.equal(only(25, lastContacts, 8)?.fallsMs, undefined);
  });

  it("a fleet cannot lose more machines than it has", () => {
    assert.equal(only(1, [day(20, 1)])?.missing, 1);
  });

  it("a threshold that is not met today is not forecast: it has fallen", () => {
    assert.equal(only(31, [day(0, 30)]), undefined);
  });

  it("what is silent for more than 30 days counts no more and changes nothing", () => {
    const count = healthyCount({ lastContacts: [...daysBack(6, 5), day(40, 100)] });
    assert.ok(forecastCount(count, TERMS).every(({ fallsMs }) => fallsMs === undefined));
  });

  it("law: it never falls before the first silent machine is 30 days silent, and the machines it asks for prevent it", () => {
    const arbitrary = fc.record({
      // Twice the silent ones at least: with fewer the rate of loss would take more machines than there are.
      more: fc.integer({ min: 0, max: 40 }),
      silent: fc.array(
        fc.record({ back: fc.integer({ min: 10, max: 29 }), machines: fc.integer({ min: 1, max: 9 }) }),
        { maxLength: 5 },
      ),
      required: fc.integer({ min: 1, max: 70 }),
    });
    fc.assert(
      fc.property(arbitrary, ({ more, silent, required }) => {
        const recent = more + 2 * silent.reduce((sum, { machines }) => sum + machines, 0);
        const lastContacts = [day(0, recent), ...silent.map(({ back, machines }) => day(back, machines))];
        const forecast = only(required, lastContacts);
        if (forecast === undefined) return;
        const firstLeaves = 30 - Math.max(0, ...silent.map(({ back }) => back));
        if (forecast.fallsMs !== undefined) assert.ok(forecast.fallsMs >= TODAY_MS + firstLeaves * DAY_MS);
        assert.equal(forecast.fallsMs === undefined, forecast.missing === 0);
        const kept = only(required, [day(0, recent + forecast.missing), ...lastContacts.slice(1)]);
        assert.equal(kept?.fallsMs, undefined);
      }),
    );
  });
});

describe("the renewal interval a forecast goes by", () => {
  it("is the host's setting in days, and seven where it leaves it to each product", () => {
    assert.equal(renewalDaysOf({ renewalIntervalMinutes: { value: "20160" } }), 14);
    assert.equal(renewalDaysOf({ renewalIntervalMinutes: { value: "each product's policy" } }), 7);
    assert.equal(renewalDaysOf({}), 7);
  });
});
