import { describe, it } from "node:test";
import type { HostFacts } from "../../src/facts/host-facts.ts";
import {
  clientEvent,
  DAY_MS,
  healthyClient,
  healthyFacts,
  healthyHost,
  hostEvent,
  NOW_MS,
  withHost,
  withHostEvents,
  without,
} from "../healthy-facts.ts";
import { finds, isGood, isMoot, says } from "./finds.ts";

const log = (change: Partial<NonNullable<HostFacts["eventLog"]>>) =>
  withHost({
    eventLog: {
      rows: 41_000,
      oldestMs: NOW_MS - 120 * DAY_MS,
      mostRows: 10_000_000,
      mostDays: 400,
      rowsPerDay: 340,
      ...change,
    },
  });

describe("CS-STO-002: the event log has room for its time", () => {
  it("full of rows before its age is a warning; the remedy gives it rows enough for its days", () => {
    says(finds("CS-STO-002", log({ rows: 50_000, mostRows: 50_000, rowsPerDay: 1000 }), "EVENT_LOG_FULL"), "warning", {
      cause: /is full: 50000 of 50000/,
      effect: /2026-07-28 only, not the 400 days/,
      remedy: /eventRows: 480000/,
    });
  });

  it("one row less is room, unless it will be full within 14 days", () => {
    isGood("CS-STO-002", log({ rows: 49_999, mostRows: 50_000 }));
    isGood("CS-STO-002", log({ rows: 49_999, mostRows: 50_000, fullMs: NOW_MS + 14 * DAY_MS }));
    says(
      finds("CS-STO-002", log({ rows: 49_999, mostRows: 50_000, fullMs: NOW_MS + 14 * DAY_MS - 1 }), "EVENT_LOG_FULL"),
      "warning",
      {
        cause: /will be full on 2026-12-09/,
      },
    );
  });

  it("a log that reached its age is as long as it is wanted, full or not", () => {
    isGood("CS-STO-002", log({ rows: 50_000, mostRows: 50_000, oldestMs: NOW_MS - 400 * DAY_MS }));
  });

  it("says nothing of a log that was not seen", () => {
    isGood("CS-STO-002", healthyFacts({ hosts: [without(healthyHost(), "eventLog")] }));
  });
});

describe("CS-STO-003: the log reaches back at least 35 days", () => {
  it("35 days are enough, 34 are not", () => {
    isGood("CS-STO-003", log({ mostDays: 35 }));
    says(finds("CS-STO-003", log({ mostDays: 34 }), "RETENTION_SHORT"), "warning", {
      cause: /keeps 34 days only/,
      remedy: /eventDays: 400/,
    });
  });

  it("so few rows that it reaches back less are no better", () => {
    const full = { rows: 1000, mostRows: 1000, rowsPerDay: 100 };
    says(finds("CS-STO-003", log({ ...full, oldestMs: NOW_MS - 10 * DAY_MS }), "RETENTION_SHORT"), "warning", {
      cause: /10 days of events only/,
      remedy: /eventRows: 7000/,
    });
    isGood("CS-STO-003", log({ ...full, oldestMs: NOW_MS - 35 * DAY_MS }));
  });

  it("a young log is not a short one", () => {
    isGood("CS-STO-003", log({ oldestMs: NOW_MS - DAY_MS }));
  });
});

describe("CS-STO-006: no event was lost", () => {
  const lost = { reason: "STORE_UNAVAILABLE", detail: "full: host.db" };

  it("event 30021 of the last 30 days is a warning, with how often and since when", () => {
    const facts = withHostEvents(hostEvent(30021, DAY_MS, lost), hostEvent(30021, 2 * DAY_MS, lost));
    says(finds("CS-STO-006", facts, "EVENTS_LOST"), "warning", {
      cause: /kms1\.corp\.example could not be written since 2026-11-23 09:00 UTC, 2 times/,
      remedy: /--id 30021 --since 30d --data \/var\/lib\/countersign\/host$/,
    });
  });

  it("older ones are past", () => {
    isGood("CS-STO-006", withHostEvents(hostEvent(30021, 30 * DAY_MS + 1, lost)));
    finds("CS-STO-006", withHostEvents(hostEvent(30021, 30 * DAY_MS, lost)), "EVENTS_LOST");
  });

  it("a client's log is looked at as well", () => {
    const clients = [healthyClient({ events: [clientEvent(30021, DAY_MS, lost)] })];
    says(finds("CS-STO-006", healthyFacts({ clients }), "EVENTS_LOST"), "warning", { cause: /pc-1/ });
  });

  it("does not apply where no log was seen", () => {
    isMoot("CS-STO-006", healthyFacts({ hosts: [], clients: [] }), /no log/);
  });
});
