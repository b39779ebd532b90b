import assert from "node:assert/strict";
import { test } from "node:test";
import { RefusalError, type RefusalReason, refuse, toHex } from "@countersign/domain";
import { readDocument } from "@countersign/protocol";
import { nodeCryptography } from "@countersign/protocol/node";
import type { HostStore } from "@countersign/storage";
import type { PublisherClient } from "../../src/index.ts";
import { createWorld, DAY_MS, type HostChange, openHost, pass, reopenHost } from "./world.ts";

const ANY = new Uint8Array();
const LIFE_S = 30 * 86_400;
const reasonOf = (failing: Promise<unknown>): Promise<string> =>
  failing.then(
    () => "",
    (fault: RefusalError) => fault.refusal.reason,
  );

/** A host with a certificate of 30 days, and a wire to its publisher that can break before or after the publisher acts. */
async function certifiedHost() {
  const world = await createWorld(undefined, { certificateLifeS: LIFE_S });
  const wire: { before?: RefusalReason; after?: RefusalReason } = {};
  const broken = (reason: RefusalReason) => new RefusalError(refuse(reason));
  const wrapPublisher = (publisher: PublisherClient): PublisherClient => ({
    ...publisher,
    activateHost: async (request) => {
      if (wire.before !== undefined) throw broken(wire.before);
      const reply = await publisher.activateHost(request);
      if (wire.after !== undefined) throw broken(wire.after);
      return reply;
    },
  });
  const opened = await openHost([world], { wrapPublisher });
  const { clock, store, sent } = opened;
  const later = (days: number) => {
    pass(clock, days * DAY_MS);
    world.time.nowMs = clock.wallMs;
  };
  const seat = async () => (await store.seats())[0];
  const issued = async () => (await world.parts.store.log()).filter(({ kind }) => kind === "host-cert").length;
  return { ...opened, world, wire, later, seat, issued, distinct: () => new Set(sent.map(toHex)).size };
}

test("a host renews by itself once two thirds of its certificate are over, and not before", async () => {
  const { host, later, issued } = await certifiedHost();
  later(19);
  await host.tick();
  assert.equal(await issued(), 1);
  later(2);
  await host.tick();
  assert.equal(await issued(), 2);
  await host.tick();
  assert.equal(await issued(), 2, "the new certificate is young");
});

test("the request is in the store before it is sent, and gone with the certificate", async () => {
  const { host, wire, seat } = await certifiedHost();
  assert.equal((await seat())?.activationRequest, undefined);
  wire.before = "PUBLISHER_UNREACHABLE";
  assert.equal(await reasonOf(host.activateOnline(ANY)), "PUBLISHER_UNREACHABLE");
  const kept = (await seat())?.activationRequest;
  assert.ok(kept);
  delete wire.before;
  await host.activateOnline(ANY);
  assert.equal((await seat())?.activationRequest, undefined);
});

test("whatever stands between them and however often it fails: one certificate a renewal, and no fork", async () => {
  const { host, wire, issued, distinct } = await certifiedHost();
  for (const [before, after] of [
    ["PUBLISHER_UNREACHABLE", undefined],
    [undefined, "PUBLISHER_UNREACHABLE"],
    [undefined, "HOST_LINEAGE_FORK"],
    [undefined, "DOCUMENT_MALFORMED"],
    ["KEY_UNKNOWN", undefined],
  ] as const) {
    Object.assign(wire, { before, after });
    assert.equal(await reasonOf(host.activateOnline(ANY)), before ?? after);
  }
  Object.assign(wire, { before: undefined, after: undefined });
  await host.activateOnline(ANY);
  assert.equal(await issued(), 2);
  assert.equal(distinct(), 2);
});

test("a publisher that cannot be reached is asked at every tick; one that refuses once a day, and no more after the end", async () => {
  const { host, wire, later, sent } = await certifiedHost();
  let asked = 0;
  const asks = async () => {
    const before = sent.length;
    await host.tick();
    asked += sent.length - before;
    return asked;
  };
  later(25);
  wire.after = "PUBLISHER_UNREACHABLE";
  assert.equal(await asks(), 1);
  assert.equal(await asks(), 2);
  wire.after = "RENEWAL_NOT_ALLOWED";
  assert.equal(await asks(), 3);
  assert.equal(await asks(), 3, "the same day");
  later(1);
  assert.equal(await asks(), 4);
  assert.equal(await asks(), 4);
  later(9);
  assert.equal(await asks(), 4, "the certificate has ended");
  delete wire.after;
  await host.activateOnline(ANY);
  assert.equal((await host.status()).seats[0]?.hostStatus, "licensed", "an administrator may always ask");
});

test("a certificate that comes after its own end is taken, and renewed at once", async () => {
  const { host, wire, later, issued, seat } = await certifiedHost();
  wire.after = "PUBLISHER_UNREACHABLE";
  assert.equal(await reasonOf(host.activateOnline(ANY)), "PUBLISHER_UNREACHABLE");
  later(45);
  delete wire.after;
  await host.activateOnline(ANY);
  assert.equal(await issued(), 3);
  assert.equal((await host.status()).seats[0]?.hostStatus, "licensed");
  assert.equal((await seat())?.activationRequest, undefined);
});

test("a stored request that is damaged, or of another instance, is not sent: a new one is made", async () => {
  const { wire, seat, issued, world, ...on } = await certifiedHost();
  wire.before = "PUBLISHER_UNREACHABLE";
  assert.equal(await reasonOf(on.host.activateOnline(ANY)), "PUBLISHER_UNREACHABLE");
  const row = await seat();
  assert.ok(row?.activationRequest);
  const stored = row.activationRequest;
  const anotherInstance = (store: HostStore): HostStore => ({
    ...store,
    identity: { ...store.identity, instanceId: nodeCryptography.random(16) },
  });
  const sentAfter = async (activationRequest: Uint8Array, change: HostChange = {}) => {
    await on.store.transact((unit) => unit.saveSeat({ ...row, activationRequest }));
    const already = on.sent.length;
    const { host } = await reopenHost(on, [world], {
      ...change,
      wrapPublisher: (publisher) => ({
        ...publisher,
        activateHost: async (request) => {
          on.sent.push(request.payload);
          throw new RefusalError(refuse("PUBLISHER_UNREACHABLE"));
        },
      }),
    });
    assert.equal(await reasonOf(host.activateOnline(ANY)), "PUBLISHER_UNREACHABLE");
    return on.sent.slice(already).map(toHex);
  };
  const document = readDocument(stored);
  assert.ok(document.ok);
  const asStored = toHex(document.value.payload);
  assert.deepEqual(await sentAfter(stored), [asStored]);
  assert.notDeepEqual(await sentAfter(stored.slice(0, 40)), [asStored]);
  assert.notDeepEqual(await sentAfter(stored.with(120, (stored[120] ?? 0) ^ 1)), [asStored]);
  assert.notDeepEqual(await sentAfter(stored, { wrapStore: anotherInstance }), [asStored]);
  assert.equal(await issued(), 1);
});
