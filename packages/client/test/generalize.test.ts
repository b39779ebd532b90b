import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LICENSE_STATUS } from "@countersign/domain";
import { memoryTrustedStore } from "../src/index.ts";
import { DAY_MS, HOUR_MS, newMachine, openOn, pass, type TestMachine, takeEvents } from "./machine.ts";
import { openSite, type Site, type TestTime, transportTo } from "./site.ts";

const NO_CMID = "00000000-0000-0000-0000-000000000000";

/** A machine that was generalized last, and switched off. */
async function image({ licensed }: { readonly licensed: boolean }) {
  const time: TestTime = { wallMs: Date.UTC(2026, 10, 24), monotonicMs: 5_000 };
  const site = await openSite(time);
  const machine = newMachine("image", time, transportTo(site.host));
  const client = await openOn(machine, site);
  if (licensed) await client.activate();
  assert.deepEqual(await client.generalize(), { ok: true });
  return { time, site, machine, client };
}

/** A machine started from the disk as it is: its firmware, its clocks and its name are the image's own. */
function startedFrom(machine: TestMachine, time: TestTime): TestMachine {
  const { transport, reading } = machine;
  return { ...newMachine("pc", time, transport), reading, store: memoryTrustedStore(machine.store.snapshot()) };
}

async function cmidsOfTwoStarts(machine: TestMachine, site: Site, time: TestTime) {
  const first = await openOn(startedFrom(machine, time), site);
  const second = await openOn(startedFrom(machine, time), site);
  return [first.status().cmid, second.status().cmid];
}

describe("a generalized image", () => {
  it("holds no CMID, no salt, no lease and no host, and keeps its key", async () => {
    const { client } = await image({ licensed: true });
    const { cmid, host, status, partialKey, nextAttemptMs } = client.status();
    assert.deepEqual(
      { cmid, status, nextAttemptMs },
      { cmid: NO_CMID, status: LICENSE_STATUS.initialGrace, nextAttemptMs: undefined },
    );
    assert.equal(host, "host.example:1688", "the fixed host is a setting, and stays");
    assert.equal(client.facts().client?.hostId, "", "the cached one is gone");
    assert.equal(client.proof(), undefined);
    assert.equal(partialKey.length, 5);
  });

  it("gives every machine a CMID of its own, even where nothing tells the hardware apart", async () => {
    const { machine, site, time } = await image({ licensed: false });
    const [first, second] = await cmidsOfTwoStarts(machine, site, time);
    assert.notEqual(first, second);
    assert.ok(![first, second].includes(NO_CMID));
  });

  it("that is not touched again asks nobody and lets no grace run, however long it stays switched on", async () => {
    const { machine, client, site, time } = await image({ licensed: true });
    takeEvents(machine);
    for (let hour = 0; hour < 100; hour++) {
      pass(HOUR_MS, machine.time, time);
      await client.tick();
    }
    assert.deepEqual(takeEvents(machine), []);
    await client.close();
    pass(60 * DAY_MS, time);
    const started = await openOn(startedFrom(machine, time), site);
    assert.equal(started.status().expiresMs, time.wallMs + 30 * DAY_MS, "30 days from the first start");
  });

  it("asks within two minutes of a machine's first start, and names no earlier CMID", async () => {
    const { machine, site, time } = await image({ licensed: true });
    const started = startedFrom(machine, time);
    const client = await openOn(started, site);
    assert.ok((client.status().nextAttemptMs ?? Number.NaN) - time.wallMs <= 120_000);
    const [replaced] = started.events.filter(({ id }) => id === 30019);
    assert.deepEqual(replaced?.fields["cause"], "first start from a generalized image");
    assert.ok((await client.activate()).ok);
    assert.equal(client.status().status, LICENSE_STATUS.licensed);
  });

  it("that is activated by a person after all is a machine again, under a CMID of its own", async () => {
    const { client } = await image({ licensed: true });
    assert.ok((await client.activate()).ok);
    assert.notEqual(client.status().cmid, NO_CMID);
  });

  it("costs a rearm only where the machine had been activated", async () => {
    assert.equal((await image({ licensed: false })).client.status().rearmsLeft, 3);
    assert.equal((await image({ licensed: true })).client.status().rearmsLeft, 2);
  });
});
