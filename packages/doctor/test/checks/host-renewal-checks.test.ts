import { describe, it } from "node:test";
import { DAY_MS, HOUR_MS, hostEvent, NOW_MS, withHost, withHostEvents, withSeat } from "../healthy-facts.ts";
import { finds, isGood, says } from "./finds.ts";

const UNREACHABLE = { reason: "PUBLISHER_UNREACHABLE", detail: "ETIMEDOUT" };

describe("CS-HST-005: the certificate was renewed when it was due", () => {
  const due = (agoMs: number, leftDays: number) =>
    withSeat({ notAfterMs: NOW_MS + leftDays * DAY_MS, renewal: { dueMs: NOW_MS - agoMs, failure: UNREACHABLE } });

  it("three days are a weekend; from then on it is a warning that says what the publisher answered", () => {
    isGood("CS-HST-005", due(3 * DAY_MS - 1, 100));
    says(finds("CS-HST-005", due(3 * DAY_MS, 100), "CERTIFICATE_RENEWAL_FAILING"), "warning", {
      cause: /due since 2026-11-22/,
      advice: /PUBLISHER_UNREACHABLE: ETIMEDOUT/,
      remedy: /^countersign host activate/,
    });
  });

  it("with less than 30 days left it is an error", () => {
    says(finds("CS-HST-005", due(60 * DAY_MS, 30), "CERTIFICATE_RENEWAL_FAILING"), "warning", {});
    says(finds("CS-HST-005", due(60 * DAY_MS, 29), "CERTIFICATE_RENEWAL_FAILING"), "error", {});
  });

  it("once the certificate has ended that is said instead", () => {
    isGood("CS-HST-005", due(90 * DAY_MS, 0));
  });

  it("a renewal that was not tried since the start says so", () => {
    says(
      finds("CS-HST-005", withSeat({ renewal: { dueMs: NOW_MS - 4 * DAY_MS } }), "CERTIFICATE_RENEWAL_FAILING"),
      "warning",
      { advice: /was not asked since/ },
    );
  });
});

describe("CS-HST-006: the host key has activations left", () => {
  const refusal = { reason: "HOST_LIMIT_REACHED", detail: "6 of 6" };

  it("a limit that is reached is an error, wherever it was read, and no command mends it", () => {
    const places = [
      withSeat({ reason: "HOST_LIMIT_REACHED" }),
      withSeat({ publisher: { reachable: true, ...refusal } }),
      withSeat({ renewal: { dueMs: NOW_MS, failure: refusal } }),
    ];
    for (const facts of places)
      says(finds("CS-HST-006", facts, "HOST_KEY_USED_UP"), "error", { remedy: /^$/, advice: /ask the vendor.*7K2QX$/ });
  });

  it("another refusal is not that one", () => {
    isGood("CS-HST-006", withSeat({ publisher: { reachable: true, reason: "KEY_UNKNOWN", detail: "" } }));
  });
});

describe("CS-HST-007: the private key answers", () => {
  const dropped = [{ reason: "SIGNER_UNAVAILABLE", count: 4 }];

  it("requests that could not be signed are an error", () => {
    says(finds("CS-HST-007", withHost({ dropped, startedMs: NOW_MS - HOUR_MS }), "SIGNER_UNAVAILABLE"), "error", {
      evidence: /4 requests since it started/,
      remedy: /^ls -l \/var\/lib\/countersign\/host\/keys$/,
    });
    finds(
      "CS-HST-007",
      withSeat({ refusedLately: [{ reason: "SIGNER_UNAVAILABLE", count: 1, machines: [], detail: "" }] }),
      "SIGNER_UNAVAILABLE",
    );
    finds("CS-HST-007", withSeat({ reason: "SIGNER_UNAVAILABLE" }), "SIGNER_UNAVAILABLE");
  });

  it("what a process counted that runs for weeks may be long past", () => {
    isGood("CS-HST-007", withHost({ dropped }));
  });
});

describe("CS-HST-008: no copy and no older state of the host is in use", () => {
  it("another instance that answers as this host is a copy", () => {
    says(
      finds("CS-HST-008", withHostEvents(hostEvent(30004, DAY_MS, { address: "192.0.2.66" })), "HOST_COPIED"),
      "error",
      {
        evidence: /192\.0\.2\.66 answers as this host/,
        remedy: /^countersign hosts find --domain corp\.example$/,
      },
    );
    isGood("CS-HST-008", withHostEvents(hostEvent(30004, 7 * DAY_MS + 1)));
  });

  it("a publisher that renewed a newer certificate of this host saw a copy as well", () => {
    says(
      finds(
        "CS-HST-008",
        withSeat({ renewal: { dueMs: NOW_MS, failure: { reason: "HOST_LINEAGE_FORK", detail: "" } } }),
        "HOST_COPIED",
      ),
      "error",
      {
        evidence: /HOST_LINEAGE_FORK/,
      },
    );
  });

  it("machines that remember more than the store are those of a restored backup: a notice", () => {
    const event = hostEvent(30017, DAY_MS, { clientName: "pc-4", provenSeq: 9, storedSeq: 7 });
    says(finds("CS-HST-008", withHostEvents(event), "HOST_RESTORED"), "notice", {
      evidence: /pc-4 proves 9, the store says 7/,
    });
  });

  it("both together are told as the copy", () => {
    finds("CS-HST-008", withHostEvents(hostEvent(30017, DAY_MS), hostEvent(30004, DAY_MS)), "HOST_COPIED");
  });
});
