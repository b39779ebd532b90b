// What a host knows of itself, as the doctor's checks read it.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { test } from "node:test";
import { hostFacts } from "@countersign/doctor";
import { RefusalError, refuse, toHex, toUuid } from "@countersign/domain";
import { openMemoryKeyring } from "@countersign/keyring/memory";
import { nodeCryptography, signerOf } from "@countersign/protocol/node";
import { openMemoryHostStore } from "@countersign/storage/memory";
import {
  answerOf,
  ask,
  askBytes,
  createWorld,
  DAY_MS,
  firstOf,
  type HostChange,
  newMachine,
  openHost,
  pass,
  reopenHost,
  START_MS,
  type World,
} from "../core/world.ts";

const world = await createWorld([
  { requiredCount: 25 },
  { requiredCount: 5, productClass: "server" },
  { requiredCount: 3, application: "Viewer" },
]);
const [editor, server, viewer] = world.products;
assert.ok(editor && server && viewer);
const drawKey = () => signerOf(generateKeyPairSync("ed25519").privateKey);
const TODAY_MS = Math.floor(START_MS / DAY_MS) * DAY_MS;

/** A host that knows no publisher. */
function bareHost({ worlds = [], ...change }: HostChange & { readonly worlds?: readonly World[] } = {}) {
  const on = { store: openMemoryHostStore(nodeCryptography.random), keyring: openMemoryKeyring(drawKey), sent: [] };
  return reopenHost({ ...on, clock: { wallMs: START_MS, monotonicMs: 1_000 } }, worlds, change);
}

test("the facts of a host have the form that the checks read, and survive JSON unchanged", async () => {
  const { host } = await openHost([world]);
  await ask(host, askBytes(newMachine(), editor, { clientName: "pc-1" }));
  const facts = await host.facts();
  assert.deepEqual(hostFacts.parse(JSON.parse(JSON.stringify(facts))), facts);
});

test("an application's count comes with machines seen, new ones, the days they were heard of and what its products require", async () => {
  const { host, clock } = await openHost([world]);
  const old = newMachine();
  await ask(host, askBytes(old, editor));
  pass(clock, 31 * DAY_MS);
  const both = newMachine();
  await ask(host, askBytes(both, editor, { clientTimeMs: clock.wallMs }));
  await ask(host, askBytes(both, server, { clientTimeMs: clock.wallMs }));
  await ask(host, askBytes(newMachine(), viewer, { clientTimeMs: clock.wallMs }));
  const { seats } = await host.facts();
  const [editors] = firstOf(seats).counts;
  assert.deepEqual(editors, {
    applicationId: toUuid(editor.applicationId),
    applicationName: "Editor",
    ...{ currentCount: 1, machinesSeen: 1, newMachines: 1, validityDays: 180 },
    lastContacts: [
      { dayMs: TODAY_MS + 31 * DAY_MS, machines: 1 },
      { dayMs: TODAY_MS, machines: 1 },
    ],
    thresholds: [
      { productName: "Product 1", requiredCount: 5 },
      { productName: "Product 0", requiredCount: 25 },
    ],
  });
});

test("machines on one CMID stand under every name they came with, the newest first, with how often the hardware changed", async () => {
  const { host, clock } = await openHost([world]);
  const [first, second] = [newMachine(), newMachine()];
  const { lineage } = answerOf(await ask(host, askBytes(first, editor, { clientName: "pc-1" })));
  pass(clock, 60_000);
  await ask(host, askBytes({ ...second, cmid: first.cmid }, editor, { clientName: "pc-2" }));
  pass(clock, 60_000);
  await ask(host, askBytes(first, editor, { clientName: "pc-1", lineage }));
  const { machines, events } = await host.facts();
  const shared = machines.find(({ cmid }) => cmid === toUuid(first.cmid));
  assert.deepEqual(shared?.names, ["pc-1", "pc-2"]);
  assert.equal(shared?.hardwareChanges, 1);
  assert.ok(events.some(({ eventId, cmid }) => eventId === 30001 && cmid === toUuid(first.cmid)));
  assert.ok(events.every(({ eventId }) => eventId !== 12290));
});

test("a machine that fell silent for 30 days is named, whoever came after it", async () => {
  const { host, clock } = await openHost([world]);
  const silent = newMachine();
  await ask(host, askBytes(silent, editor, { clientName: "gone" }));
  pass(clock, 31 * DAY_MS);
  for (let i = 0; i < 70; i++) await ask(host, askBytes(newMachine(), editor, { clientTimeMs: clock.wallMs }));
  const { machines } = await host.facts();
  assert.deepEqual(machines.find(({ cmid }) => cmid === toUuid(silent.cmid))?.names, ["gone"]);
  assert.ok(machines.length <= 240, `${machines.length} machines`);
});

test("requests refused in the last 7 days stand by reason, with the machines and the product; those served below the count do not", async () => {
  const uncovered = await createWorld([{ requiredCount: 1 }, { requiredCount: 1, productClass: "server" }]);
  const [client] = uncovered.products;
  assert.ok(client);
  const { host, clock } = await openHost([uncovered]);
  const other = { ...client, keyGroup: client.keyGroup + 90, productId: client.productId };
  await ask(host, askBytes(newMachine(), other, { clientName: "old-one" }));
  pass(clock, 8 * DAY_MS);
  await ask(host, askBytes(newMachine(), other, { clientName: "pc-9", clientTimeMs: clock.wallMs }));
  await ask(host, askBytes(newMachine(), client, { clientTimeMs: clock.wallMs }));
  const { seats, contacts } = await host.facts();
  const { refusedLately, requests } = firstOf(seats);
  assert.equal(requests.failed, 2);
  assert.deepEqual(refusedLately, [
    { reason: "GROUP_NOT_AUTHORIZED", count: 1, machines: ["pc-9"], detail: "Product 0" },
  ]);
  assert.deepEqual(
    contacts.map(({ dayMs, machines }) => [(dayMs - TODAY_MS) / DAY_MS, machines]),
    [
      [8, 2],
      [0, 1],
    ],
  );
});

test("why a certificate was not got stands with its seat, and a renewal that fails since its first failure", async () => {
  const desk = { isThere: true };
  const { host, clock } = await openHost([world], {
    wrapPublisher: (publisher) => ({
      ...publisher,
      activateHost: (request) =>
        desk.isThere
          ? publisher.activateHost(request)
          : Promise.reject(new RefusalError(refuse("PUBLISHER_UNREACHABLE", { url: "u", detail: "refused" }))),
    }),
  });
  const failureOf = async () => firstOf((await host.facts()).seats);
  const { renewal: none, notAfterMs = 0 } = await failureOf();
  assert.equal(none, undefined);
  const firstMs = Math.floor(START_MS + ((notAfterMs - START_MS) * 3) / 4);
  desk.isThere = false;
  pass(clock, firstMs - clock.wallMs);
  await host.tick();
  pass(clock, DAY_MS);
  await host.tick();
  const { renewal, publisher } = await failureOf();
  assert.equal(renewal?.failure?.reason, "PUBLISHER_UNREACHABLE");
  assert.equal(renewal?.failure?.sinceMs, firstMs);
  assert.equal(publisher?.reachable, false);
});

test("once a certificate is got nothing is said of the attempts before it", async () => {
  const desk = { isThere: false };
  const { host } = await bareHost({
    worlds: [world],
    wrapPublisher: (publisher) => ({
      ...publisher,
      activateHost: (request) =>
        desk.isThere ? publisher.activateHost(request) : Promise.reject(new RefusalError(refuse("OVERLOADED"))),
    }),
  });
  await host.addTrust(world.trustFile);
  await host.installKey(world.productKey);
  await assert.rejects(host.activateOnline(new Uint8Array()), RefusalError);
  const seat = async () => firstOf((await host.facts()).seats);
  assert.deepEqual([(await seat()).publisher?.reason, (await seat()).hostStatus], ["OVERLOADED", "unlicensed"]);
  desk.isThere = true;
  await host.activateOnline(new Uint8Array());
  assert.deepEqual([(await seat()).publisher, (await seat()).hostStatus], [undefined, "licensed"]);
});

test("a setting tells the place that decides, and what another place says otherwise", async () => {
  const settingLayers = [
    { source: "flag", place: "", values: { renewalIntervalMinutes: 60 } },
    { source: "file", place: "/etc/host.yaml", values: { renewalIntervalMinutes: 90, eventDays: 50 } },
  ] as const;
  const { host } = await bareHost({ parts: { settingLayers } });
  const { settings } = await host.facts();
  assert.deepEqual(settings["renewalIntervalMinutes"]?.overruled, { value: "90", place: "/etc/host.yaml" });
  assert.deepEqual(settings["eventDays"], { value: "50", source: "file", place: "/etc/host.yaml" });
});

test("a host that was never told around whom it runs says that it does not run, and tells who it is", async () => {
  const { host, store } = await bareHost();
  const { from, isRunning, hostId, seats } = await host.facts();
  assert.deepEqual(
    { from, isRunning, hostId, seats },
    { from: "store", isRunning: false, hostId: toHex(store.identity.hostId), seats: [] },
  );
});
