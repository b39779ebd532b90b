import { describe, it } from "node:test";
import { DAY_MS, healthyFacts, healthySeat, NOW_MS, withHost, without, withSeat } from "../healthy-facts.ts";
import { finds, isGood, isMoot, says } from "./finds.ts";

const publisher = { reachable: false, reason: "PUBLISHER_UNREACHABLE", detail: "connect ECONNREFUSED" };
const failure = { reason: "PUBLISHER_UNREACHABLE", detail: "connect ETIMEDOUT" };

describe("CS-PUB-001: the publisher answers the host", () => {
  it("finds that it does not: a warning while the certificate has long to run", () => {
    says(finds("CS-PUB-001", withSeat({ publisher }), "PUBLISHER_UNREACHABLE"), "warning", {
      effect: /lasts until 2027-09-01/,
      remedy: /^countersign host activate --data /,
      evidence:
        /https:\/\/activation\.example\/ asked by kms1\.corp\.example: PUBLISHER_UNREACHABLE: connect ECONNREFUSED/,
    });
  });

  it("weighs more when a certificate is due, near its end or missing", () => {
    const urgent = [
      { renewal: { dueMs: NOW_MS - DAY_MS } },
      { notAfterMs: NOW_MS + 40 * DAY_MS },
      { hostStatus: "unlicensed" as const, reason: "HOST_NOT_ACTIVATED" },
    ];
    for (const change of urgent)
      says(finds("CS-PUB-001", withSeat({ publisher, ...change }), "PUBLISHER_UNREACHABLE"), "error", {});
  });

  it("takes the last renewal's word where nobody looked, and today's look before it", () => {
    const renewal = { dueMs: NOW_MS - DAY_MS, failure };
    const unseen = without(healthySeat({ renewal }), "publisher");
    finds("CS-PUB-001", withHost({ seats: [unseen] }), "PUBLISHER_UNREACHABLE");
    isGood("CS-PUB-001", withSeat({ renewal }));
  });

  it("says nothing of a host without a key", () => {
    isMoot("CS-PUB-001", healthyFacts({ hosts: [] }), /no host with a host key/);
  });
});
