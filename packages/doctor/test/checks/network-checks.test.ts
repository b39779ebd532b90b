import { describe, it } from "node:test";
import type { EndpointAnswer, TargetFacts } from "../../src/finder/facts.ts";
import {
  DAY_MS,
  HOST_NAME,
  HOUR_MS,
  healthyFacts,
  healthyHost,
  healthyMachine,
  healthyNetwork,
  healthyTarget,
  hostEvent,
  NOW_MS,
  withHost,
  withHostEvents,
  without,
} from "../healthy-facts.ts";
import { finds, isGood, isMoot, says } from "./finds.ts";

const listensNowhere = without(healthyHost(), "listening");
const answering = (...answers: readonly EndpointAnswer[]): TargetFacts => ({
  ...healthyTarget(),
  resolution: { kind: "addresses", endpoints: [{ address: "192.0.2.10", answers }], notProbed: 0 },
});
const TIMED_OUT = { kind: "failure", reason: "TIMEOUT", detail: "connect" } as const;

describe("CS-NET-001: the host takes requests at its port", () => {
  it("a running host that listens nowhere is fatal", () => {
    says(finds("CS-NET-001", healthyFacts({ hosts: [listensNowhere] }), "NOT_LISTENING"), "fatal", {
      remedy: /^countersign host serve --data/,
    });
  });

  it("a start that failed for its port says that another program has it, and shows which", () => {
    const startFailure = { reason: "PORT_IN_USE", detail: "port 1688" };
    says(
      finds(
        "CS-NET-001",
        healthyFacts({ hosts: [{ ...listensNowhere, isRunning: false, startFailure }] }),
        "PORT_TAKEN",
      ),
      "fatal",
      {
        remedy: /^ss -ltnp 'sport = :1688'$/,
        evidence: /PORT_IN_USE/,
      },
    );
  });

  it("says nothing of a port that was taken when the host started and at which nobody listens by now", () => {
    const startFailure = { reason: "PORT_IN_USE", detail: "port 1688" };
    const refused = answering({ kind: "failure", reason: "HOST_UNREACHABLE", detail: "refused" });
    const hosts = [{ ...listensNowhere, isRunning: false, startFailure }];
    const facts = healthyFacts({ hosts, network: healthyNetwork({ targets: [refused] }) });
    isMoot("CS-NET-001", facts, /no running host/);
  });

  it("does not apply to a host that stands still", () => {
    isMoot("CS-NET-001", healthyFacts({ hosts: [{ ...listensNowhere, isRunning: false }] }), /no running host/);
  });
});

describe("CS-NET-002: the port is open at the address it is published with", () => {
  const onHost = (target: TargetFacts, change = {}) =>
    healthyFacts({
      standpoint: "host",
      machine: healthyMachine({ name: HOST_NAME }),
      hosts: [healthyHost(change)],
      network: healthyNetwork({ targets: [target] }),
    });

  it("an open port is good, and so is one that answers nothing but refusals", () => {
    isGood("CS-NET-002", onHost(healthyTarget()));
    isGood("CS-NET-002", onHost(answering({ kind: "refusal", publisherId: "", reason: "OVERLOADED", message: "" })));
  });

  it("a host that listens and does not reach itself is behind a firewall", () => {
    says(finds("CS-NET-002", onHost(answering(TIMED_OUT)), "OWN_PORT_CLOSED"), "error", {
      cause: /does not reach its own port at kms1\.corp\.example:1688/,
      remedy: /tcp dport 1688 accept$/,
      evidence: /TIMEOUT: connect/,
    });
  });

  it("one address of two that answers is enough", () => {
    isGood("CS-NET-002", onHost(answering(TIMED_OUT, { kind: "connected" })));
  });

  it("a host on loopback, and a record of another port or name, are other checks' business", () => {
    isGood("CS-NET-002", onHost(answering(TIMED_OUT), { listening: { address: "127.0.0.1", port: 1688 } }));
    isGood("CS-NET-002", onHost({ ...answering(TIMED_OUT), port: 1700 }));
    isGood("CS-NET-002", onHost({ ...answering(TIMED_OUT), target: "kms2.corp.example" }));
  });

  it("does not apply where the doctor stands elsewhere", () => {
    isMoot(
      "CS-NET-002",
      healthyFacts({ network: healthyNetwork({ targets: [answering(TIMED_OUT)] }) }),
      /does not stand on a host/,
    );
  });
});

describe("CS-NET-003: the host answers everybody who asks", () => {
  it("an overload of the last day is an error", () => {
    const overload = { queued: 2048, refused: 311, retryAfterS: 30 };
    says(finds("CS-NET-003", withHostEvents(hostEvent(30013, HOUR_MS, overload)), "OVERLOADED"), "error", {
      evidence: /311 sent away, 2048 waiting/,
      remedy: /limits\.maxQueued/,
    });
    isGood("CS-NET-003", withHostEvents(hostEvent(30013, DAY_MS + 1, overload)));
  });

  it("what was dropped since a start of today says the same; since one of last week it is past", () => {
    const dropped = [{ reason: "OVERLOADED", count: 12 }];
    says(finds("CS-NET-003", withHost({ dropped, startedMs: NOW_MS - HOUR_MS }), "OVERLOADED"), "error", {
      cause: /12 requests were sent away/,
    });
    isGood("CS-NET-003", withHost({ dropped }));
    isGood("CS-NET-003", withHost({ dropped: [{ reason: "REQUEST_INVALID", count: 12 }], startedMs: NOW_MS }));
  });

  it("addresses that are held back are a warning that names them", () => {
    const limited = { address: "192.0.2.200", reason: "RATE_LIMITED", count: 60, fromMs: NOW_MS, toMs: NOW_MS };
    says(finds("CS-NET-003", withHostEvents(hostEvent(30014, HOUR_MS, limited)), "RATE_LIMITED_SOURCES"), "warning", {
      cause: /holds back 192\.0\.2\.200/,
      advice: /limits\.sourcePerSecond/,
    });
    isGood("CS-NET-003", withHostEvents(hostEvent(30014, HOUR_MS, { ...limited, reason: "REQUEST_INVALID" })));
  });
});

describe("CS-NET-004: only clients of ours ask", () => {
  it("another protocol in the last week is a notice that names who speaks it", () => {
    const foreign = { address: "192.0.2.77", detail: "MS-RPC" };
    says(
      finds(
        "CS-NET-004",
        withHostEvents(hostEvent(30022, 6 * DAY_MS, foreign), hostEvent(30022, 6 * DAY_MS, foreign)),
        "FOREIGN_CLIENTS",
      ),
      "notice",
      {
        cause: /^192\.0\.2\.77 asked the host.*2 times/,
        advice: /their own KMS/,
      },
    );
    isGood("CS-NET-004", withHostEvents(hostEvent(30022, 7 * DAY_MS + 1, foreign)));
  });
});
