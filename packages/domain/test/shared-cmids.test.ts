import assert from "node:assert/strict";
import { test } from "node:test";
import { EVENT, type EventRecord, eventRecord, sharedCmids } from "../src/index.ts";

const CMID = "3f0c1e5e-8f4f-4c6b-9d57-6c8e6f3a1c11";
const OTHER = "4f0c1e5e-8f4f-4c6b-9d57-6c8e6f3a1c12";

const asked = (cmid: string, clientName: string, timeMs: number, eventId: number = EVENT.requestProcessed) =>
  eventRecord({
    ...{ number: timeMs, timeMs, eventId, computer: "host-1", requestId: "", cmid, repeats: 0 },
    fields: { clientName, address: `10.0.0.${timeMs}` },
  });

const namesOf = (events: readonly EventRecord[]) =>
  sharedCmids(events).map(({ cmid, machines }) => [cmid, machines.map(({ name }) => name)]);

test("a CMID of one machine is shared by nobody, however often it asks", () => {
  assert.deepEqual(namesOf([asked(CMID, "pc-1", 1), asked(CMID, "pc-1", 2), asked(OTHER, "pc-2", 3)]), []);
});

test("machines behind one CMID are named in the order of their first request, whatever the order of the events", () => {
  const events = [asked(CMID, "pc-2", 5), asked(CMID, "pc-3", 9), asked(CMID, "pc-1", 2), asked(CMID, "pc-3", 3)];
  assert.deepEqual(namesOf(events), [[CMID, ["pc-1", "pc-3", "pc-2"]]]);
  const [third] = sharedCmids(events).flatMap(({ machines }) => machines.filter(({ name }) => name === "pc-3"));
  assert.deepEqual(third, { name: "pc-3", address: "10.0.0.9", requests: 2, firstMs: 3, lastMs: 9 });
});

test("the most shared CMID comes first", () => {
  const two = [asked(CMID, "pc-1", 1), asked(CMID, "pc-2", 2)];
  const three = [asked(OTHER, "pc-3", 3), asked(OTHER, "pc-4", 4), asked(OTHER, "pc-5", 5)];
  assert.deepEqual(
    sharedCmids([...two, ...three]).map(({ cmid }) => cmid),
    [OTHER, CMID],
  );
});

test("a machine that sends no name is known by its address", () => {
  assert.deepEqual(namesOf([asked(CMID, "", 1), asked(CMID, "", 2)]), [[CMID, ["10.0.0.1", "10.0.0.2"]]]);
});

test("only requests name a machine: what a host says about a CMID adds none", () => {
  assert.deepEqual(namesOf([asked(CMID, "pc-1", 1), asked(CMID, "pc-2", 2, EVENT.cloneSuspected)]), []);
});
