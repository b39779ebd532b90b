import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { clientFacts } from "../src/facts/client-facts.ts";
import { hostFacts } from "../src/facts/host-facts.ts";
import { machineFacts } from "../src/facts/machine-facts.ts";
import { healthyFacts } from "./healthy-facts.ts";

describe("the healthy facts that tests start from", () => {
  it("survive JSON unchanged", () => {
    assert.deepEqual(JSON.parse(JSON.stringify(healthyFacts())), healthyFacts());
  });

  it("are facts: every part passes its schema, and the schema drops nothing of it", () => {
    const { hosts, clients, machine } = healthyFacts();
    assert.deepEqual(
      hosts.map((host) => hostFacts.strict().parse(host)),
      hosts,
    );
    assert.deepEqual(
      clients.map((client) => clientFacts.strict().parse(client)),
      clients,
    );
    assert.deepEqual(machineFacts.strict().parse(machine), machine);
  });

  it("agree with themselves: the days of the last contacts add up to the machines of the count", () => {
    const counts = healthyFacts().hosts.flatMap(({ seats }) => seats.flatMap(({ counts }) => counts));
    assert.ok(counts.length > 0);
    for (const { lastContacts, machinesSeen } of counts)
      assert.equal(
        lastContacts.reduce((sum, { machines }) => sum + machines, 0),
        machinesSeen,
      );
  });
});
