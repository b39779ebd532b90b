import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { LICENSE_STATUS, toHex } from "@countersign/domain";
import { narrowActivateRequest } from "@countersign/protocol";
import type { Transport, TransportReply } from "../src/index.ts";
import { DAY_MS, HOUR_MS, newMachine, openOn, pass, type TestMachine, takeEvents } from "./machine.ts";
import { openSite, transportTo } from "./site.ts";

const startTime = () => ({ wallMs: Date.UTC(2026, 10, 24), monotonicMs: 5_000 });
const lost: TransportReply = { kind: "failure", reason: "TIMEOUT", detail: "reply" };
const refusal = (reason: string): TransportReply => ({ kind: "refusal", reason, message: "", retryAfterS: 0 });

/** Keeps every request; `deliver` decides whether the reply comes back. */
function watched(transport: Transport, sent: Uint8Array[], deliver: () => boolean): Transport {
  return async (target, method, request) => {
    if (method === "Activate") sent.push(request);
    const reply = await transport(target, method, request);
    return deliver() ? reply : lost;
  };
}

function narrowed(request: Uint8Array | undefined) {
  const outcome = narrowActivateRequest(request ?? new Uint8Array());
  assert.ok(outcome.ok, JSON.stringify(outcome));
  return outcome.value;
}

const allEqual = (requests: readonly Uint8Array[]) => new Set(requests.map(toHex)).size === 1;

async function prepared(requiredCount = 1) {
  const time = startTime();
  const site = await openSite(time, requiredCount);
  const sent: Uint8Array[] = [];
  const world = { delivers: true };
  const machine = newMachine(
    "pc-1",
    time,
    watched(transportTo(site.host), sent, () => world.delivers),
  );
  return { time, site, sent, world, machine };
}

describe("the bytes of a series", () => {
  it("pass the host's own door and say who asks for what", async () => {
    const { site, sent, machine } = await prepared();
    const client = await openOn(machine, site);
    await client.activate();
    const request = narrowed(sent[0]);
    assert.equal(request.productId, site.product.productId);
    assert.equal(request.requiredCount, 1);
    assert.equal(request.licenseStatus, LICENSE_STATUS.initialGrace);
    assert.equal(request.minutesToStateExpiry, 43_200);
    assert.equal(request.clientName, "pc-1");
    assert.equal(request.components.length, 3);
    assert.equal(request.lineage.length, 0);
    assert.equal(request.knownCertHash, undefined);
  });

  it("stay the same until a verified reply arrives, and are others then", async () => {
    const { site, sent, world, machine } = await prepared();
    const client = await openOn(machine, site);
    world.delivers = false;
    for (let i = 0; i < 3; i++) await client.activate();
    assert.ok(allEqual(sent));
    world.delivers = true;
    assert.ok((await client.activate()).ok);
    assert.equal(sent.length, 4);
    assert.ok(allEqual(sent), "the reply that was verified answered the first question");
    await client.activate();
    assert.ok(!allEqual(sent));
    const [claim] = narrowed(sent[4]).lineage;
    assert.equal(claim?.seq, 1, "four deliveries of the same bytes advanced the sequence once");
    assert.ok(narrowed(sent[4]).knownCertHash !== undefined, "the certificate need not be sent again");
  });

  it("stay the same across a crash and a reboot", async () => {
    const { site, sent, world, machine } = await prepared();
    world.delivers = false;
    await (await openOn(machine, site)).activate();
    machine.time.bootId = "boot-2";
    machine.time.monotonicMs = 1;
    await (await openOn(machine, site)).activate();
    assert.equal(sent.length, 2);
    assert.ok(allEqual(sent));
  });

  it("are saved before the first of them leaves", async () => {
    const { site, machine } = await prepared();
    const client = await openOn(machine, site);
    let savedFirst = false;
    const before = machine.store.snapshot()?.body;
    const inner = machine.transport;
    machine.transport = async (...call) => {
      savedFirst ||= machine.store.snapshot()?.body !== before;
      return inner(...call);
    };
    await client.activate();
    assert.ok(savedFirst);
  });

  it("never leave when they cannot be saved", async () => {
    const { site, sent, machine } = await prepared();
    const client = await openOn(machine, site);
    machine.store.fail({ problem: "full", detail: "ENOSPC" });
    takeEvents(machine);
    const result = await client.activate();
    assert.equal(result.ok ? "" : result.refusal.reason, "STORE_UNAVAILABLE");
    assert.equal(sent.length, 0);
    assert.equal(client.status().flags.storeDegraded, true);
    assert.deepEqual(takeEvents(machine), [30021, 8198, 16384]);
    machine.store.fail(undefined);
    assert.ok((await client.activate()).ok);
    assert.equal(client.status().flags.storeDegraded, false);
  });
});

describe("a reply that the store does not take", () => {
  it("changes nothing, and the same bytes bring the same lease once the disk is mended", async () => {
    const { site, sent, machine } = await prepared();
    const client = await openOn(machine, site);
    const inner = machine.transport;
    machine.transport = async (...call) => {
      const reply = await inner(...call);
      machine.store.fail({ problem: "full", detail: "ENOSPC" });
      return reply;
    };
    const result = await client.activate();
    assert.equal(result.ok ? "" : result.refusal.reason, "STORE_UNAVAILABLE");
    assert.equal(client.status().status, LICENSE_STATUS.initialGrace);
    machine.store.fail(undefined);
    machine.transport = inner;
    assert.ok((await client.activate()).ok);
    assert.equal(client.status().status, LICENSE_STATUS.licensed);
    assert.ok(allEqual(sent));
  });
});

describe("the schedule after a failure", () => {
  it("asks a lost reply again after 30 s, twice, and then after the activation interval", async () => {
    const { site, sent, world, machine } = await prepared();
    const client = await openOn(machine, site);
    world.delivers = false;
    await client.activate();
    const waits = [];
    for (let i = 0; i < 3; i++) {
      waits.push((client.status().nextAttemptMs ?? 0) - machine.time.wallMs);
      pass(waits[i] ?? 0, machine.time);
      await client.tick();
    }
    assert.deepEqual(waits, [30_000, 30_000, 2 * HOUR_MS]);
    assert.equal(sent.length, 4);
  });

  it("waits the activation interval when no connection was had", async () => {
    const { site, machine } = await prepared();
    const client = await openOn(machine, site);
    machine.transport = async () => ({ kind: "failure", reason: "HOST_UNREACHABLE", detail: "refused" });
    const result = await client.activate();
    assert.equal(result.ok ? "" : result.refusal.reason, "HOST_UNREACHABLE");
    assert.equal((client.status().nextAttemptMs ?? 0) - machine.time.wallMs, 2 * HOUR_MS);
  });

  it("gives a busy host its rest and full jitter, but a person is served at once", async () => {
    const { site, sent, machine } = await prepared();
    const client = await openOn(machine, site);
    const inner = machine.transport;
    machine.transport = async (...call) => {
      await inner(...call);
      return { kind: "refusal", reason: "OVERLOADED", message: "", retryAfterS: 60 };
    };
    await client.activate();
    assert.equal((client.status().nextAttemptMs ?? 0) - machine.time.wallMs, 75_000);
    machine.transport = inner;
    assert.ok((await client.activate()).ok);
    assert.equal(sent.length, 2);
  });

  it("asks nobody while every host rests, and says so rather than that none is set", async () => {
    const { site, sent, machine } = await prepared();
    const busy: TransportReply = { kind: "refusal", reason: "OVERLOADED", message: "", retryAfterS: 60 };
    const client = await openOn(machine, site);
    machine.transport = watched(
      async () => busy,
      sent,
      () => true,
    );
    await client.activate();
    const result = await client.activate({ interactive: false });
    assert.equal(sent.length, 1);
    assert.equal(result.ok ? "" : result.refusal.reason, "ALL_HOSTS_FAILED");
    assert.match(result.ok ? "" : result.refusal.message, /: each asked to be left alone for now$/);
    const lonely = await openOn(newMachine("pc-2", machine.time, machine.transport), site, { host: undefined });
    const other = await lonely.activate({ interactive: false });
    assert.match(other.ok ? "" : other.refusal.message, /: no host is set or kept, and this machine is in no domain$/);
  });

  it("writes 12288 alone when no reply arrived, and both when one did", async () => {
    const { site, machine } = await prepared();
    const client = await openOn(machine, site);
    machine.transport = async () => lost;
    takeEvents(machine);
    await client.activate();
    assert.deepEqual(takeEvents(machine), [12288, 8198, 16384]);
    machine.transport = async () => refusal("HOST_NOT_ACTIVATED");
    await client.activate();
    const [sent, processed] = machine.events;
    assert.deepEqual(takeEvents(machine), [12288, 12289, 8198, 16384]);
    assert.equal(sent?.fields["resultCode"], 0);
    assert.equal(processed?.fields["resultCode"], 0xc004f041);
    assert.equal(processed?.fields["flags"], 0);
    assert.equal(sent?.requestId, processed?.requestId);
    assert.match(sent?.requestId ?? "", /^[0-9a-f]{16}$/);
  });
});

describe("a nonce that a host knows with other bytes", () => {
  it("keeps its bytes until the next scheduled attempt, and then gives way at most once in 24 h", async () => {
    const { site, sent, machine } = await prepared();
    const client = await openOn(machine, site);
    machine.transport = watched(
      async () => refusal("NONCE_REUSED"),
      sent,
      () => true,
    );
    await client.activate();
    await client.activate();
    assert.ok(allEqual(sent), "a person asking again is no scheduled attempt");
    await untilScheduled(client, machine);
    assert.equal(new Set(sent.map(toHex)).size, 2);
    for (let i = 0; i < 5; i++) await untilScheduled(client, machine);
    assert.equal(new Set(sent.map(toHex)).size, 2, "not twice within a day");
    pass(DAY_MS, machine.time);
    await client.tick();
    assert.equal(new Set(sent.map(toHex)).size, 3);
  });
});

async function untilScheduled(client: Awaited<ReturnType<typeof openOn>>, machine: TestMachine): Promise<void> {
  pass((client.status().nextAttemptMs ?? 0) - machine.time.wallMs, machine.time);
  await client.tick();
}
