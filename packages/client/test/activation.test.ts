import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LICENSE_STATUS } from "@countersign/domain";
import type { Transport } from "../src/index.ts";
import { DAY_MS, HOUR_MS, newMachine, openOn, pass, takeEvents } from "./machine.ts";
import { openSite, transportTo } from "./site.ts";

const START_MS = Date.UTC(2026, 10, 24);
const startTime = () => ({ wallMs: START_MS, monotonicMs: 5_000 });

describe("one activation", () => {
  it("is licensed by a verified lease, saved before it is said, with 12288, 12289 and 1036 in that order", async () => {
    const time = startTime();
    const site = await openSite(time);
    const machine = newMachine("pc-1", time, transportTo(site.host));
    const client = await openOn(machine, site);
    assert.equal(client.status().status, LICENSE_STATUS.initialGrace);
    takeEvents(machine);
    const result = await client.activate();
    assert.ok(result.ok, JSON.stringify(result));
    assert.equal(client.status().status, LICENSE_STATUS.licensed);
    assert.equal(client.status().expiresMs, START_MS + 180 * DAY_MS);
    assert.equal(client.status().nextAttemptMs, START_MS + 7 * DAY_MS);
    assert.deepEqual(takeEvents(machine), [12288, 12289, 1036, 1003, 16384]);
  });

  it("stays licensed after a restart, from the store alone", async () => {
    const time = startTime();
    const site = await openSite(time);
    const machine = newMachine("pc-1", time, transportTo(site.host));
    const client = await openOn(machine, site);
    await client.activate();
    await client.close();
    machine.time.bootId = "boot-2";
    machine.time.monotonicMs = 10;
    pass(DAY_MS, machine.time);
    machine.transport = unreachable;
    const again = await openOn(machine, site);
    assert.equal(again.status().status, LICENSE_STATUS.licensed);
    assert.equal(again.status().expiresMs, START_MS + 180 * DAY_MS);
  });

  it("below the count it is told so, keeps its grace and asks again after two hours", async () => {
    const time = startTime();
    const site = await openSite(time, 3);
    const machine = newMachine("pc-1", time, transportTo(site.host));
    const client = await openOn(machine, site);
    const result = await client.activate();
    assert.equal(result.ok ? "" : result.refusal.reason, "COUNT_TOO_LOW");
    assert.equal(client.status().status, LICENSE_STATUS.initialGrace);
    assert.equal(client.status().currentCount, 1);
    assert.equal(client.status().nextAttemptMs, START_MS + 2 * HOUR_MS);
  });

  it("reaches the count with the third machine, and the first two are granted when they ask again", async () => {
    const time = startTime();
    const site = await openSite(time, 3);
    const machines = ["pc-1", "pc-2", "pc-3"].map((name) => newMachine(name, time, transportTo(site.host)));
    const clients = await Promise.all(machines.map((machine) => openOn(machine, site)));
    const first = [];
    for (const client of clients) first.push((await client.activate()).ok);
    assert.deepEqual(first, [false, false, true]);
    for (const client of clients) assert.ok((await client.activate()).ok);
  });

  it("renews by itself when the renewal is due", async () => {
    const time = startTime();
    const site = await openSite(time);
    const machine = newMachine("pc-1", time, transportTo(site.host));
    const client = await openOn(machine, site);
    await client.activate();
    pass(7 * DAY_MS - 1, machine.time, time);
    takeEvents(machine);
    await client.tick();
    assert.deepEqual(takeEvents(machine), []);
    pass(1, machine.time, time);
    assert.equal(client.nextTickInMs(), 0);
    await client.tick();
    assert.deepEqual(takeEvents(machine).slice(0, 3), [12288, 12289, 1036]);
    assert.equal(client.status().expiresMs, machine.time.wallMs + 180 * DAY_MS);
  });

  it("loses a lost licence's validity to the additional grace, and then to notification", async () => {
    const time = startTime();
    const site = await openSite(time);
    const machine = newMachine("pc-1", time, transportTo(site.host));
    const client = await openOn(machine, site);
    await client.activate();
    machine.transport = unreachable;
    const after = async (days: number) => {
      for (let day = 0; day < days; day++) {
        pass(DAY_MS, machine.time);
        await client.tick();
      }
      return client.status().status;
    };
    assert.equal(await after(179), LICENSE_STATUS.licensed);
    assert.equal(await after(2), LICENSE_STATUS.additionalGrace);
    assert.equal(await after(30), LICENSE_STATUS.notification);
    machine.transport = transportTo(site.host);
    time.wallMs = machine.time.wallMs;
    time.monotonicMs = machine.time.monotonicMs;
    assert.ok((await client.activate()).ok);
    assert.equal(client.status().status, LICENSE_STATUS.licensed);
  });

  it("joins an attempt that is under way instead of asking twice", async () => {
    const time = startTime();
    const site = await openSite(time);
    const machine = newMachine("pc-1", time, transportTo(site.host));
    const client = await openOn(machine, site);
    takeEvents(machine);
    await Promise.all([client.activate(), client.activate()]);
    assert.equal(takeEvents(machine).filter((id) => id === 12288).length, 1);
  });

  it("follows a port that a verified statement names, unless port mappings forbid it", async () => {
    const time = startTime();
    const site = await openSite(time);
    const machine = newMachine("pc-1", time, transportTo(site.host));
    const client = await openOn(machine, site, { host: { host: "host.example", port: 41_688 } });
    const first = await client.activate();
    const second = await client.activate();
    assert.equal(first.ok && first.host, "host.example:41688");
    assert.equal(second.ok && second.host, "host.example:1688");
  });
});

const unreachable: Transport = async () => ({ kind: "failure", reason: "HOST_UNREACHABLE", detail: "refused" });
