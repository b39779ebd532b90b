import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { forecastOutage, outageOfCount } from "../../src/forecast/forecast-outage.ts";
import { DAY_MS, healthyCount, healthyFacts, NOW_MS, TODAY_MS, withProduct } from "../healthy-facts.ts";

const day = (back: number, machines: number) => ({ dayMs: TODAY_MS - back * DAY_MS, machines });

describe("when licences end if no host answers", () => {
  it("the first is that of the machine that asked longest ago, the last that of the newest", () => {
    const forecast = outageOfCount(healthyCount({ lastContacts: [day(0, 10), day(3, 10), day(6, 10)] }), NOW_MS);
    assert.deepEqual(forecast, {
      subject: "Editor",
      machines: 30,
      firstMs: TODAY_MS + 174 * DAY_MS,
      halfMs: TODAY_MS + 177 * DAY_MS,
      lastMs: TODAY_MS + 180 * DAY_MS,
    });
  });

  it("half of them is the day on which at least half have ended", () => {
    const half = (newest: number, oldest: number) =>
      outageOfCount(healthyCount({ lastContacts: [day(0, newest), day(6, oldest)] }), NOW_MS)?.halfMs;
    assert.equal(half(5, 5), TODAY_MS + 174 * DAY_MS);
    assert.equal(half(6, 5), TODAY_MS + 180 * DAY_MS);
  });

  it("machines that ask no more lose nothing by an outage", () => {
    const forecast = outageOfCount(healthyCount({ lastContacts: [day(1, 4), day(31, 9)] }), NOW_MS);
    assert.equal(forecast?.machines, 4);
    assert.equal(outageOfCount(healthyCount({ lastContacts: [day(31, 9)] }), NOW_MS), undefined);
    assert.equal(outageOfCount(healthyCount({ lastContacts: [] }), NOW_MS), undefined);
  });

  it("a shorter validity ends sooner", () => {
    assert.equal(
      outageOfCount(healthyCount({ lastContacts: [day(0, 1)], validityDays: 30 }), NOW_MS)?.firstMs,
      TODAY_MS + 30 * DAY_MS,
    );
  });

  it("is told of every application of a host and every licensed product of a client", () => {
    assert.deepEqual(
      forecastOutage(healthyFacts()).map(({ subject, machines }) => [subject, machines]),
      [
        ["Editor", 30],
        ["Editor on pc-1.corp.example", 1],
      ],
    );
    assert.deepEqual(forecastOutage(withProduct({ status: 2 })).length, 1);
  });
});
