import { describe, it } from "node:test";
import {
  CMID,
  DAY_MS,
  daysBack,
  healthyCount,
  healthyFacts,
  hostEvent,
  NOW_MS,
  TODAY_MS,
  withCount,
  withHost,
  withSeat,
} from "../healthy-facts.ts";
import { finds, isGood, isMoot, says } from "./finds.ts";

const refused = (reason: string, count = 7) =>
  withSeat({ refusedLately: [{ reason, count, machines: ["pc-5"], detail: "product 9" }] });

describe("CS-CLI-001: requests are served", () => {
  it("refusals of the last week are a warning by reason, with what to do about it", () => {
    says(finds("CS-CLI-001", refused("SETUP_KEY_NOT_ACCEPTED"), "REQUESTS_REFUSED"), "warning", {
      cause: /refused 7 requests of the last 7 days with SETUP_KEY_NOT_ACCEPTED/,
      advice: /install the setup key of exactly this product/,
      remedy: /--text SETUP_KEY_NOT_ACCEPTED --data /,
      evidence: /product 9\npc-5/,
    });
  });

  it("what other checks say in words of their own is not said twice", () => {
    for (const reason of ["GROUP_NOT_AUTHORIZED", "HOST_TOO_OLD", "HOST_NOT_ACTIVATED", "SIGNER_UNAVAILABLE"])
      isGood("CS-CLI-001", refused(reason));
  });

  it("a reason of a later version is told as it is", () => {
    says(finds("CS-CLI-001", refused("SOMETHING_NEW"), "REQUESTS_REFUSED"), "warning", { advice: /look at the log/ });
  });
});

/** Thirty that still ask, and so many whose licence ends in so many days. */
const endingIn = (days: number, machines: number) =>
  withCount({ lastContacts: [...daysBack(6, 5), { dayMs: TODAY_MS - (180 - days) * DAY_MS, machines }] });

describe("CS-CLI-002: no machine is about to lose its licence", () => {
  it("a tenth of them within 30 days is a warning, with from when to when", () => {
    says(finds("CS-CLI-002", endingIn(20, 4), "MACHINES_EXPIRING"), "warning", {
      cause: /^the licences of 4 machines.*between 2026-12-15 and 2026-12-15/,
      remedy: /--id 12290 --until 150d/,
    });
  });

  it("fewer are a notice", () => {
    says(finds("CS-CLI-002", endingIn(20, 3), "MACHINES_EXPIRING"), "notice", {});
  });

  it("later than in 30 days is not soon, and what has ended is past", () => {
    isGood("CS-CLI-002", endingIn(31, 9));
    finds("CS-CLI-002", endingIn(30, 9), "MACHINES_EXPIRING");
    finds("CS-CLI-002", endingIn(1, 9), "MACHINES_EXPIRING");
    isGood("CS-CLI-002", endingIn(0, 9));
  });

  it("a shorter validity ends sooner", () => {
    finds("CS-CLI-002", withCount({ validityDays: 20 }), "MACHINES_EXPIRING");
  });
});

describe("CS-CLI-003: machines ask the host", () => {
  it("nobody ever, or nobody for two weeks, is a notice", () => {
    says(finds("CS-CLI-003", withCount({ lastContacts: [] }), "NO_REQUESTS"), "notice", {
      cause: /for Editor yet$/,
      evidence: /no machine is known/,
    });
    says(
      finds("CS-CLI-003", withCount({ lastContacts: [{ dayMs: TODAY_MS - 15 * DAY_MS, machines: 9 }] }), "NO_REQUESTS"),
      "notice",
      { cause: /since 2026-11-10$/ },
    );
  });

  it("two renewal intervals are not yet silence", () => {
    isGood("CS-CLI-003", withCount({ lastContacts: [{ dayMs: TODAY_MS - 14 * DAY_MS, machines: 9 }] }));
  });

  it("a publisher without a key is asked in vain: that is told elsewhere", () => {
    isGood("CS-CLI-003", withSeat({ partialKey: "", counts: [healthyCount({ lastContacts: [] })] }));
    isMoot("CS-CLI-003", healthyFacts({ hosts: [] }), /no count/);
  });
});

describe("CS-CLI-004: machines keep their hardware", () => {
  const machine = (hardwareChanges: number, names = ["vm-1"]) =>
    withHost({ machines: [{ cmid: CMID, names, productId: 1, lastSeenMs: NOW_MS, hardwareChanges }] });

  it("three changes in 30 days are a notice, two are a repair", () => {
    isGood("CS-CLI-004", machine(2));
    says(finds("CS-CLI-004", machine(3), "HARDWARE_DRIFT"), "notice", { cause: /vm-1 differed 3 times/ });
  });

  it("events 30003 count as well", () => {
    const events = [1, 2, 3].map((days) => hostEvent(30003, days * DAY_MS, { cmid: CMID, clientName: "vm-2" }));
    says(finds("CS-CLI-004", withHost({ machines: [], events }), "HARDWARE_DRIFT"), "notice", { cause: /vm-2/ });
    isGood("CS-CLI-004", withHost({ machines: [], events: events.slice(1) }));
  });

  it("several machines behind one CMID are told as that", () => {
    isGood("CS-CLI-004", machine(9, ["a", "b", "c"]));
  });
});
