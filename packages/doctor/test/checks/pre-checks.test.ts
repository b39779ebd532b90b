import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ALL_CHECKS } from "../../src/checks/catalogue.ts";
import { PRE_CHECKS } from "../../src/checks/pre-checks.ts";
import { READY_CHECKS } from "../../src/checks/ready-checks.ts";
import { examine } from "../../src/diagnosis/examine.ts";
import type { HostPlaceFacts } from "../../src/facts/host-place-facts.ts";
import { doctorReport, PRE, READY } from "../../src/report/report.ts";
import { healthyFacts, healthyMachine, withHost, withSeat } from "../healthy-facts.ts";

const PLACE: HostPlaceFacts = {
  dataDirectory: "/var/lib/countersign/host",
  isSetUp: false,
  disk: { path: "/var/lib", freeBytes: 40e9, totalBytes: 100e9, writable: true },
  ports: [
    { port: 1688, inUse: "" },
    { port: 1689, inUse: "" },
  ],
  fullName: "kms1.corp.example",
  nameAddresses: ["192.0.2.10"],
  zone: "corp.example",
  publishers: [{ name: "Example", url: "https://activation.example/", reachable: true, detail: "" }],
};
const machine = healthyMachine({ name: "kms1.corp.example", addresses: ["192.0.2.10"] });
const at = (change: Partial<HostPlaceFacts>, own = machine) =>
  healthyFacts({ hosts: [], clients: [], machine: own, place: { ...PLACE, ...change } });
const foundIn = (facts: ReturnType<typeof at>) =>
  examine(facts, PRE_CHECKS).flatMap(({ findings }) => findings.map(({ id, gravity }) => `${gravity} ${id}`));
const disk = (change: object) => ({
  disk: { path: "/var/lib", freeBytes: 40e9, totalBytes: 100e9, writable: true, ...change },
});

describe("whether a machine may become a host", () => {
  it("it may where nothing stands in the way", () => {
    assert.deepEqual(foundIn(at({})), []);
    assert.equal(doctorReport(at({}), {}, PRE).sentence, "This machine may become a host.");
  });

  const ONE_THING: readonly (readonly [string, ReturnType<typeof at>, readonly string[]])[] = [
    ["a host is there already", at({ isSetUp: true }), ["notice HOST_HERE_ALREADY"]],
    ["the directory cannot be written", at(disk({ writable: false })), ["fatal PLACE_UNWRITABLE"]],
    ["2 GB are free", at(disk({ freeBytes: 2e9 })), []],
    ["a byte less", at(disk({ freeBytes: 2e9 - 1 })), ["warning PLACE_SMALL"]],
    ["less than 200 MB", at(disk({ freeBytes: 200e6 - 1 })), ["error PLACE_SMALL"]],
    ["its port is taken", at({ ports: [{ port: 1688, inUse: "EADDRINUSE" }] }), ["error HOST_PORT_IN_USE"]],
    [
      "its port is taken by the host that is there",
      at({ isSetUp: true, ports: [{ port: 1688, inUse: "EADDRINUSE" }] }),
      ["notice HOST_HERE_ALREADY"],
    ],
    ["its name leads to another machine", at({ nameAddresses: ["192.0.2.99"] }), ["warning NAME_LEADS_ELSEWHERE"]],
    ["its name leads nowhere", at({ nameAddresses: [] }), ["warning NAME_LEADS_ELSEWHERE"]],
    ["it is in no domain", at({ fullName: "kms1", zone: "" }), ["warning NAME_WITHOUT_DOMAIN"]],
    ["no zone holds its domain", at({ zone: "" }), ["warning NO_ZONE_TO_PUBLISH_IN"]],
    [
      "the publisher is out of reach",
      at({ publishers: [{ name: "Example", url: "https://x.example", reachable: false, detail: "ECONNREFUSED" }] }),
      ["warning PUBLISHER_OUT_OF_REACH"],
    ],
    [
      "it has no address",
      at({ nameAddresses: ["192.0.2.10"] }, { ...machine, addresses: [] }),
      ["warning NAME_LEADS_ELSEWHERE", "error NO_ADDRESS_FOR_OTHERS"],
    ],
    ["its clock is kept by nobody", at({}, { ...machine, clockSynchronised: false }), ["warning HOST_CLOCK_UNKEPT"]],
  ];
  for (const [title, facts, expected] of ONE_THING) it(title, () => assert.deepEqual(foundIn(facts), expected));

  it("each finding has a name that no check of a report has", () => {
    const names = [...ALL_CHECKS, ...PRE_CHECKS].flatMap(({ findings }) => Object.keys(findings));
    assert.equal(new Set(names).size, names.length);
  });

  it("is a question that is skipped where nobody looked for a place", () => {
    const outcomes = examine(healthyFacts(), PRE_CHECKS).map(({ outcome }) => outcome);
    assert.equal(outcomes.filter((outcome) => outcome === "skipped").length, PRE_CHECKS.length - 1);
  });
});

describe("whether machines may be sent to a host", () => {
  const ready = (facts: ReturnType<typeof healthyFacts>) => doctorReport(facts, {}, READY);

  it("they may where it is licensed, listens, is published, and its time is in step", () => {
    assert.match(ready(healthyFacts()).sentence, /^Machines may be sent to this host/);
  });

  it("asks for every one of these", () => {
    for (const id of ["CS-HST-002", "CS-NET-001", "CS-NET-002", "CS-DNS-011", "CS-DNS-003", "CS-CLK-002"])
      assert.ok(
        READY_CHECKS.some((check) => check.id === id),
        id,
      );
  });

  it("they may not where it is stopped, or not activated", () => {
    for (const facts of [
      withHost({ isRunning: false }),
      withSeat({ hostStatus: "unlicensed", reason: "HOST_NOT_ACTIVATED" }),
    ])
      assert.doesNotMatch(ready(facts).sentence, /^Machines may be sent/);
  });
});
