import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { FAULTS } from "../../../../faults/catalogue.ts";
import type { Facts } from "../../src/facts/facts.ts";
import { healthyFacts, healthyMachine } from "../healthy-facts.ts";
import { all, type Change } from "./change-facts.ts";
import { causesOf, diagnose } from "./diagnose.ts";
import { FAULT_FACTS } from "./fault-facts.ts";

/** Two faults at once: the one to mend first, the other, and why in that order. */
const PAIRS: readonly (readonly [first: string, second: string, why: string])[] = [
  ["host-stopped", "srv-declined", "no record helps while no host runs"],
  [
    "host-not-activated",
    "agent-stopped",
    "a host that may not license licenses nobody, the agent's machine among them",
  ],
  ["host-key-missing", "srv-missing", "who would find the host would get nothing there"],
  ["store-read-only", "client-clock-ahead", "the host commits nothing for anybody"],
  ["disk-full", "setup-key-missing", "the host commits nothing for anybody"],
  ["store-damaged", "trust-file-damaged", "both are fatal, and the host is everybody's"],
  ["configuration-invalid", "publishing-refused", "a host that does not start publishes nothing"],
  ["certificate-lapsed", "srv-stale", "nobody is licensed, against seconds lost"],
  ["publishing-refused", "overloaded", "the missing record follows from it, so it accounts for more"],
  ["key-files-open", "machines-gone", "an exposed key is an error, machines that went are a warning"],
  ["port-dropped", "agent-stopped", "it accounts for more"],
  [
    "client-clock-ahead",
    "fixed-host-gone",
    "both keep the attempt from succeeding, and the clock is the machine's own",
  ],
  ["agent-stopped", "srv-stale", "nobody renews the machine, against seconds lost"],
  ["publishing-badkey", "machines-gone", "nobody new finds the host, against a count that falls"],
  ["rogue-host", "client-clock-behind", "it accounts for more"],
  [
    "certificate-expiring",
    "log-full",
    "the certificate's end follows from the publisher's, against a log that is short",
  ],
  ["trust-file-damaged", "dns-down", "a machine without trust believes nobody, found or not"],
  ["network-out", "setup-key-missing", "nothing can be reached, with or without a key"],
  ["agent-stopped", "dns-down", "both reach equally far, and the agent is nearer to the machine"],
  ["srv-missing", "store-copied", "an activation mends the store, and needs a host that is found"],
  ["port-rejected", "store-copied", "an activation mends the store, and needs a host that is reached"],
  ["publishing-off", "cloned-cmids", "both reach equally far, and machines count only where they find the host"],
  ["no-route", "settings-unreadable", "the host that is gone from the cache and the failed attempt follow from it"],
  ["wrong-service", "client-store-unwritable", "what answers at the host's port accounts for more"],
];

const faultOf = (id: string) => {
  const fault = FAULTS.find((one) => one.id === id);
  assert.ok(fault !== undefined, `expected a fault ${id} in the library`);
  return fault;
};

/** Both sides are at hand again, as when the doctor on a client hears the host's. */
const joined: Change = (facts) => ({
  ...facts,
  standpoint: "client",
  clients: healthyFacts().clients,
  machine: healthyMachine(),
});

/** The host's faults first: they leave the clients out, and these come back for the client's faults. */
function both(first: string, second: string): Change {
  const ids = [first, second].toSorted((a, b) =>
    faultOf(a).asked === faultOf(b).asked ? 0 : faultOf(a).asked === "host" ? -1 : 1,
  );
  const changes = ids.map((id) => FAULT_FACTS[id] ?? ((facts: Facts) => facts));
  const isMixed = faultOf(first).asked !== faultOf(second).asked;
  const [one, other] = changes as [Change, Change];
  return isMixed ? all(one, joined, other) : all(one, other);
}

describe("two faults at once", () => {
  it("are tried in more than fifteen pairs", () => {
    assert.ok(PAIRS.length > 15);
  });

  for (const [first, second, why] of PAIRS) {
    it(`${first} and ${second} are both named, ${first} on top: ${why}`, () => {
      const causes = causesOf(both(first, second)(healthyFacts()));
      assert.equal(causes[0], faultOf(first).cause, causes.join(", "));
      assert.ok(causes.includes(faultOf(second).cause), causes.join(", "));
    });
  }

  it("each keep their own remedy", () => {
    for (const [first, second] of PAIRS)
      for (const id of [first, second]) {
        const found = diagnose(both(first, second)(healthyFacts())).find(
          ({ finding }) => finding.id === faultOf(id).cause,
        );
        assert.ok(found?.finding.remedy.includes(faultOf(id).remedy), `${id}: ${found?.finding.remedy}`);
      }
  });
});
