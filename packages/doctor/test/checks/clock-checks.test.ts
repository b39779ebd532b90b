import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ClockFacts } from "../../src/facts/facts.ts";
import {
  CLIENT_NAME,
  DAY_MS,
  HOST_AT,
  HOST_NAME,
  HOUR_MS,
  healthyFacts,
  healthyHost,
  healthyMachine,
  healthyNetwork,
  healthyProduct,
  healthyTarget,
  hostEvent,
  NOW_MS,
  withClient,
  withHost,
  withHostEvents,
  without,
} from "../healthy-facts.ts";
import { finds, isGood, isMoot, resultOf, says } from "./finds.ts";

const host = (aheadMs: number): ClockFacts => ({ of: HOST_AT, kind: "host", aheadMs });
const dns = (aheadMs: number): ClockFacts => ({ of: "192.0.2.53:53", kind: "dns", aheadMs });
const read = (...clocks: readonly ClockFacts[]) => healthyFacts({ clocks, network: undefined });

describe("CS-CLK-001: client and host are within 4 hours of each other", () => {
  it("four hours are within, a millisecond more is not, in either direction", () => {
    for (const sign of [1, -1]) {
      isGood("CS-CLK-001", read(host(sign * 4 * HOUR_MS)));
      finds("CS-CLK-001", read(host(sign * (4 * HOUR_MS + 1))), "CLOCK_APART");
    }
  });

  it("says by how much and in which direction", () => {
    says(finds("CS-CLK-001", read(host(9 * HOUR_MS)), "CLOCK_APART"), "error", {
      cause: /pc-1\.corp\.example is 9 hours behind that of kms1/,
    });
    says(finds("CS-CLK-001", read(host(-9 * HOUR_MS)), "CLOCK_APART"), "error", {
      cause: /pc-1\.corp\.example is 9 hours ahead of that of kms1/,
    });
  });

  it("a third clock that agrees with the host says that the client is wrong", () => {
    const finding = finds("CS-CLK-001", read(host(-9 * HOUR_MS), dns(-9 * HOUR_MS)), "CLOCK_APART");
    says(finding, "error", {
      cause: /it is pc-1\.corp\.example that is wrong/,
      advice: /set the clock of pc-1\.corp\.example/,
      remedy: /^timedatectl/,
    });
  });

  it("a third clock that agrees with the client says that the host is wrong", () => {
    says(finds("CS-CLK-001", read(host(9 * HOUR_MS), dns(0)), "CLOCK_APART"), "error", {
      cause: /it is kms1\.corp\.example:1688 that is wrong/,
    });
  });

  it("of two clocks alone nobody can say which is wrong", () => {
    const finding = finds("CS-CLK-001", read(host(9 * HOUR_MS)), "CLOCK_APART");
    says(finding, "error", { advice: /whichever is wrong/ });
    assert.doesNotMatch(finding.cause, /that is wrong/);
  });

  it("what a host signed is a reading of its clock", () => {
    const network = healthyNetwork({ targets: [healthyTarget({ serverTimeMs: NOW_MS - 9 * HOUR_MS })] });
    finds("CS-CLK-001", healthyFacts({ clocks: [], network }), "CLOCK_APART");
  });

  it("a host on the doctor's own machine is no witness for that machine's clock", () => {
    const machine = healthyMachine({ name: HOST_NAME });
    const facts = healthyFacts({ machine, clients: [], clocks: [host(0), dns(9 * HOUR_MS)], network: undefined });
    const { findings } = resultOf("CS-CLK-001", facts);
    assert.doesNotMatch(findings[0]?.cause ?? "", /that is wrong/);
  });

  const skewed = (name: string, aheadMs: number) =>
    hostEvent(30016, HOUR_MS, {
      clientName: name,
      address: "192.0.2.9",
      clientTimeMs: NOW_MS + aheadMs,
      hostTimeMs: NOW_MS,
    });

  it("a host's event 30016 of the last day names the machine that is off", () => {
    says(finds("CS-CLK-001", withHostEvents(skewed("pc-7", 9 * HOUR_MS)), "CLOCK_APART"), "error", {
      cause: /^the clock of pc-7 is 9 hours ahead of that of kms1/,
    });
    isGood("CS-CLK-001", withHostEvents({ ...skewed("pc-7", 9 * HOUR_MS), timeMs: NOW_MS - DAY_MS - 1 }));
  });

  it("three machines that are off by the same say that the host is", () => {
    const facts = withHostEvents(skewed("a", 9 * HOUR_MS), skewed("b", 9 * HOUR_MS), skewed("c", 9 * HOUR_MS + 1000));
    says(finds("CS-CLK-001", facts, "CLOCK_APART"), "error", {
      cause: /3 machines agree: it is kms1\.corp\.example that is wrong/,
    });
  });

  it("a machine is named once, however often it asked, and of hundreds twenty", () => {
    finds("CS-CLK-001", withHostEvents(skewed("pc-7", 9 * HOUR_MS), skewed("pc-7", 9 * HOUR_MS)), "CLOCK_APART");
    const many = Array.from({ length: 300 }, (_, i) => skewed(`pc-${i}`, (i % 2 === 0 ? 9 : -9) * HOUR_MS));
    assert.equal(resultOf("CS-CLK-001", withHostEvents(...many)).findings.length, 20);
  });

  it("does not apply where no clock but the own was read", () => {
    isMoot("CS-CLK-001", healthyFacts({ hosts: [], clocks: [], network: undefined }), /no other clock/);
  });
});

describe("CS-CLK-002: the host believes its own clock", () => {
  it("a doubt is an error that says by how much the clock is behind", () => {
    const clock = { wallMs: NOW_MS - 3 * DAY_MS, guardedMs: NOW_MS, isSuspect: true };
    says(finds("CS-CLK-002", withHost({ clock }), "HOST_CLOCK_SUSPECT"), "error", {
      cause: /3 days behind what it knows/,
      advice: /host clock accept --data/,
    });
  });

  it("a seat that is refused for it is enough", () => {
    const { seats } = healthyHost();
    const doubted = seats.map((seat) => ({ ...seat, reason: "HOST_CLOCK_SUSPECT" }));
    finds(
      "CS-CLK-002",
      healthyFacts({ hosts: [without(healthyHost({ seats: doubted }), "clock")] }),
      "HOST_CLOCK_SUSPECT",
    );
  });

  it("a clock that is believed may be off by what it likes: that is the other check's", () => {
    isGood("CS-CLK-002", withHost({ clock: { wallMs: NOW_MS - DAY_MS, guardedMs: NOW_MS, isSuspect: false } }));
  });
});

describe("CS-CLK-003: the client believes its own clock", () => {
  it("a doubt is an error, told by the clock or by the product that suffers from it", () => {
    const clock = { wallMs: NOW_MS - 5 * HOUR_MS, believedMs: NOW_MS, isSuspect: true };
    says(finds("CS-CLK-003", withClient({ clock }), "CLIENT_CLOCK_SUSPECT"), "error", {
      cause: /5 hours behind/,
      advice: /slmgr \/ato/,
    });
    finds(
      "CS-CLK-003",
      withClient({ products: [healthyProduct({ reason: "CLOCK_SUSPECT" })] }),
      "CLIENT_CLOCK_SUSPECT",
    );
  });
});

describe("CS-CLK-004: something keeps the clock in step", () => {
  it("nothing does: a notice for each such machine, once", () => {
    const machine = healthyMachine({ clockSynchronised: false });
    says(finds("CS-CLK-004", healthyFacts({ machine }), "CLOCK_NOT_SYNCHRONISED"), "notice", {
      cause: new RegExp(CLIENT_NAME),
    });
  });

  it("does not apply where no system tells", () => {
    const { hosts, clients } = healthyFacts();
    const untold = {
      machine: undefined,
      hosts: hosts.map((one) => without(one, "machine")),
      clients: clients.map((one) => without(one, "machine")),
    };
    isMoot("CS-CLK-004", healthyFacts(untold), /does not tell/);
  });
});
