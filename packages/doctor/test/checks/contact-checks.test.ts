import { describe, it } from "node:test";
import {
  APPLICATION_ID,
  DAY_MS,
  daysBack,
  healthyFacts,
  hostEvent,
  NOW_MS,
  TODAY_MS,
  withCount,
  withHost,
  withHostEvents,
} from "../healthy-facts.ts";
import { finds, isGood, isMoot, says } from "./finds.ts";

/** Thirty machines that still ask, and so many more whose last contact was so many days ago. */
const silentFor = (days: number, machines: number) => ({
  lastContacts: [...daysBack(6, 5), { dayMs: TODAY_MS - days * DAY_MS, machines }],
});

describe("CS-CNT-004: the machines of the last months still ask", () => {
  it("a fifth of them gone for 30 days is a warning with when their licences end", () => {
    says(finds("CS-CNT-004", withCount(silentFor(60, 8)), "MACHINES_GONE"), "warning", {
      cause: /^8 of the 38 machines of Editor/,
      effect: /2027-03-25/,
      remedy: /^countersign hosts find --domain corp\.example$/,
    });
  });

  it("fewer than a fifth come and go at every site, and so do two of five", () => {
    isGood("CS-CNT-004", withCount(silentFor(60, 7)));
    isGood(
      "CS-CNT-004",
      withCount({
        machinesSeen: 3,
        lastContacts: [
          { dayMs: TODAY_MS, machines: 3 },
          { dayMs: TODAY_MS - 60 * DAY_MS, machines: 2 },
        ],
      }),
    );
  });

  it("those that still count are not gone, and those whose licence has ended are forgotten", () => {
    isGood("CS-CNT-004", withCount(silentFor(29, 20)));
    isGood("CS-CNT-004", withCount(silentFor(181, 20)));
    finds("CS-CNT-004", withCount(silentFor(31, 20)), "MACHINES_GONE");
    finds("CS-CNT-004", withCount(silentFor(179, 20)), "MACHINES_GONE");
  });

  it("names the machines it knows", () => {
    const machines = [
      { cmid: "", names: ["pc-77"], productId: 1, lastSeenMs: NOW_MS - 60 * DAY_MS, hardwareChanges: 0 },
    ];
    const seats = withCount(silentFor(60, 8)).hosts[0]?.seats ?? [];
    says(finds("CS-CNT-004", withHost({ seats, machines }), "MACHINES_GONE"), "warning", {
      evidence: /pc-77 last asked on 2026-09-26/,
    });
  });

  it("does not apply where no count was seen", () => {
    isMoot("CS-CNT-004", healthyFacts({ hosts: [] }), /no count/);
  });
});

describe("CS-CNT-005: the count stays at its thresholds for 60 days", () => {
  it("machines that fell silent take it below: a warning with the day and how many prevent it", () => {
    // 26 count, 4 of them silent for 20 days: on the tenth day 22 of 25 are left.
    const lastContacts = [
      { dayMs: TODAY_MS, machines: 22 },
      { dayMs: TODAY_MS - 20 * DAY_MS, machines: 4 },
    ];
    says(
      finds("CS-CNT-005", withCount({ machinesSeen: 26, newMachines: 0, lastContacts }), "COUNT_WILL_FALL"),
      "warning",
      {
        cause: /falls below 25 on 2026-12-05 at the present rate of contact/,
        effect: /Editor is neither activated nor renewed/,
        remedy: /# \d+ more machines prevent it$/,
        evidence: /26 count today; 4 of them are overdue/,
      },
    );
  });

  it("a count that is below its threshold already falls no further", () => {
    isGood(
      "CS-CNT-005",
      withCount({ machinesSeen: 4, lastContacts: [{ dayMs: TODAY_MS - 20 * DAY_MS, machines: 4 }] }),
    );
  });

  it("a longer interval between renewals makes nobody overdue before it is over", () => {
    const lastContacts = [
      { dayMs: TODAY_MS, machines: 22 },
      { dayMs: TODAY_MS - 14 * DAY_MS, machines: 4 },
    ];
    const facts = withCount({ machinesSeen: 26, newMachines: 0, lastContacts });
    finds("CS-CNT-005", facts, "COUNT_WILL_FALL");
    const settings = { renewalIntervalMinutes: { value: "20160", source: "store", place: "" } };
    isGood("CS-CNT-005", withHost({ seats: facts.hosts[0]?.seats ?? [], settings }));
  });
});

describe("CS-CNT-006: no more machines ask than were agreed", () => {
  const over = { applicationId: APPLICATION_ID, seats: 25, machines: 30 };

  it("event 30011 of the last two days is a warning; of each application the newest", () => {
    const facts = withHostEvents(
      hostEvent(30011, DAY_MS, over),
      hostEvent(30011, 2 * DAY_MS, { ...over, machines: 28 }),
    );
    says(finds("CS-CNT-006", facts, "SEAT_LIMIT"), "warning", { cause: /^30 machines ask.*25 were agreed/ });
    isGood("CS-CNT-006", withHostEvents(hostEvent(30011, 2 * DAY_MS + 1, over)));
  });
});
