import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type EventRecord, eventRecord } from "@countersign/domain";
import { hostUses, judgeHosts } from "../../src/index.ts";
import { AT_MS, certified, REFUSED, worldOf } from "./finder-world.ts";

const DAY_MS = 86_400_000;

function asked(computer: string, host: string, daysAgo: number, resultCode = 0): EventRecord {
  return eventRecord({
    ...{ number: 1, timeMs: AT_MS - daysAgo * DAY_MS, eventId: 12288, computer, requestId: "", repeats: 0 },
    ...{ cmid: `cmid-of-${computer}`, fields: { host, resultCode } },
  });
}

function processed(hostComputer: string, clientName: string, daysAgo: number): EventRecord {
  return eventRecord({
    ...{ number: 1, timeMs: AT_MS - daysAgo * DAY_MS, eventId: 12290, computer: hostComputer, requestId: "" },
    ...{ cmid: `cmid-of-${clientName}`, repeats: 0, fields: { clientName, resultCode: 0 } },
  });
}

const world = { "kms1.corp.example": [[certified()]], "old.corp.example": [[REFUSED]] };
const reportOf = (...events: readonly EventRecord[]) => judgeHosts(worldOf(world, { uses: hostUses(events) }));
const machinesOf = (target: string, ...events: readonly EventRecord[]) =>
  reportOf(...events)
    .hosts.find((host) => host.target === target)
    ?.machines.map(({ machine, resultCode }) => `${machine} ${resultCode}`);

describe("which machines still use a host", () => {
  it("those whose own log says they asked it, by its name or by an address", () => {
    const events = [
      asked("pc-1", "old.corp.example:1688", 1, 0x800706ba),
      asked("pc-2", "192.0.2.17:1688", 2),
      asked("pc-3", "kms1.corp.example:1688", 1),
    ];
    assert.deepEqual(machinesOf("old.corp.example", ...events), [`pc-1 ${0x800706ba}`, "pc-2 0"]);
  });

  it("those that the host's own log names", () => {
    assert.deepEqual(machinesOf("kms1.corp.example", processed("KMS1", "pc-9", 3)), ["pc-9 0"]);
  });

  it("another port of the same name is another host", () => {
    assert.deepEqual(machinesOf("old.corp.example", asked("pc-1", "old.corp.example:1689", 1)), []);
  });

  it("a machine stands once, with its newest contact, whichever log it is from", () => {
    const events = [
      asked("pc-1", "kms1.corp.example:1688", 5, 0x800706ba),
      asked("pc-1", "kms1.corp.example:1688", 2),
      processed("kms1", "pc-1", 3),
    ];
    assert.deepEqual(machinesOf("kms1.corp.example", ...events), ["pc-1 0"]);
    assert.deepEqual(machinesOf("kms1.corp.example", ...events.toReversed()), ["pc-1 0"]);
  });

  it("30 days are looked at, as the count does", () => {
    assert.deepEqual(machinesOf("old.corp.example", asked("pc-1", "old.corp.example:1688", 29.9)), ["pc-1 0"]);
    assert.deepEqual(machinesOf("old.corp.example", asked("pc-1", "old.corp.example:1688", 30)), []);
  });

  it("a host that machines ask and no record leads to is told: a fixed or cached one", () => {
    const { unpublished } = reportOf(
      asked("pc-1", "hidden.corp.example:1700", 1),
      asked("pc-2", "Hidden.corp.example:1700", 2),
    );
    assert.deepEqual(
      unpublished.map(({ host, machines }) => [host, machines.map(({ machine }) => machine)]),
      [["hidden.corp.example:1700", ["pc-1", "pc-2"]]],
    );
  });

  it("events that are about something else say nothing", () => {
    const start = eventRecord({
      ...{ number: 1, timeMs: AT_MS, eventId: 902, computer: "pc-1", requestId: "", cmid: "", repeats: 0 },
      fields: { version: "0.1.0" },
    });
    assert.deepEqual(hostUses([start]), []);
  });
});
