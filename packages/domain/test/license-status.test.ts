import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type CatalogEvent,
  EVENT,
  LICENSE_STATUS_TEXT,
  type LicenseEffect,
  type LicenseInput,
  type LicenseNow,
  type LicenseRecord,
  licenseStateOf,
  minutesToExpiry,
  newLicenseRecord,
  rearmsLeft,
  reduceLicense,
} from "../src/index.ts";

const DAY_S = 86_400;
const T0 = Date.UTC(2026, 0, 1);
const applicationId = "00000000-0000-4000-8000-00000000000b";
const policy = { covered: true, initialGraceS: 30 * DAY_S, rearms: 3 };
const intervals = { retryS: 7_200, renewalS: 7 * DAY_S, jitterPct: 10 };
const keyInstalled: LicenseInput = { kind: "key-installed", activationId: "a", partialKey: "7K2QX", policy };

/** So many days after the beginning; `ranDays`: how long the machine has run of it. */
const day = (days: number, ranDays = days): LicenseNow => ({
  atMs: T0 + days * DAY_S * 1000,
  usedMs: ranDays * DAY_S * 1000,
  wallMs: T0 + days * DAY_S * 1000,
  suspectSinceUsedMs: undefined,
});
const suspectSince = (now: LicenseNow, sinceDay: number): LicenseNow => ({
  ...now,
  suspectSinceUsedMs: sinceDay * DAY_S * 1000,
});
const leaseAt = (now: LicenseNow): LicenseInput => ({
  kind: "lease-verified",
  lease: {
    firstSend: { atMs: now.atMs, usedMs: now.usedMs },
    receivedMs: now.atMs,
    validityS: 180 * DAY_S,
    graceS: 30 * DAY_S,
  },
  intervals,
});

/** One story: inputs with their days, applied in order. */
function live(steps: readonly (readonly [LicenseInput, LicenseNow])[], from = newLicenseRecord()) {
  let record: LicenseRecord = from;
  const effects: LicenseEffect[] = [];
  for (const [input, now] of steps) {
    const step = reduceLicense(record, input, now);
    record = step.state;
    effects.push(...step.effects);
  }
  return { record, effects };
}
const events = (effects: readonly LicenseEffect[]): readonly CatalogEvent[] =>
  effects.flatMap((effect) => (effect.kind === "event" ? [effect.event] : []));
const ids = (effects: readonly LicenseEffect[]) => events(effects).map((event) => event.eventId);
const waits = (effects: readonly LicenseEffect[]) =>
  effects.flatMap((effect) => (effect.kind === "schedule" ? [effect.wait.kind] : []));

const keyed = live([[keyInstalled, day(0)]]).record;
const licensed = live([[leaseAt(day(1)), day(1)]], keyed).record;

test("the words of each status are those of slmgr /dlv", () => {
  assert.equal(LICENSE_STATUS_TEXT[2], "Initial grace period");
  assert.equal(LICENSE_STATUS_TEXT[4], "Non-genuine grace period.");
});

test("0: without a setup key a machine is unlicensed, whatever time does", () => {
  const state = licenseStateOf(newLicenseRecord(), day(900));
  assert.deepEqual([state.status, state.reason, state.remainingMs], [0, "KEY_NOT_INSTALLED", undefined]);
});

test("0: a product the signed policy does not cover is unlicensed, until a policy covers it", () => {
  const gone = live([[{ kind: "policy-read", policy: { ...policy, covered: false } }, day(2)]], licensed).record;
  assert.equal(licenseStateOf(gone, day(2)).reason, "PRODUCT_NOT_COVERED");
  const back = live([[{ kind: "policy-read", policy }, day(3)]], gone).record;
  assert.equal(licenseStateOf(back, day(3)).status, 1);
});

test("0: a tampered store is unlicensed; its new key gets no second initial grace", () => {
  const tampered = live([[{ kind: "store-tampered" }, day(2)]], licensed).record;
  assert.deepEqual(
    [licenseStateOf(tampered, day(2)).status, licenseStateOf(tampered, day(2)).reason],
    [0, "LICENSE_STORE_TAMPERED"],
  );
  const again = live([[keyInstalled, day(3)]], tampered).record;
  assert.deepEqual([licenseStateOf(again, day(3)).status, licenseStateOf(again, day(3)).reason], [5, "GRACE_EXPIRED"]);
});

test("0 -> 2: a key begins the initial grace of 30 days and looks for a host at once", () => {
  const { record, effects } = live([[keyInstalled, day(0)]]);
  const state = licenseStateOf(record, day(0));
  assert.deepEqual([state.status, state.grace, minutesToExpiry(state)], [2, "initial", 43_200]);
  assert.deepEqual(ids(effects), [EVENT.keyInstalled, EVENT.graceStarted, EVENT.statusChecked]);
  assert.deepEqual(events(effects)[1]?.fields, { minutes: 43_200, kind: "initial" });
  assert.deepEqual(waits(effects), ["at-once"]);
});

test("2 -> 1: a verified lease licenses for its validity and schedules the renewal", () => {
  const { record, effects } = live([[leaseAt(day(1)), day(1)]], keyed);
  const state = licenseStateOf(record, day(1));
  assert.deepEqual([state.status, state.reason, minutesToExpiry(state)], [1, undefined, 259_200]);
  assert.deepEqual(ids(effects), [EVENT.validityStarted, EVENT.statusChecked]);
  assert.deepEqual(waits(effects), ["renewal-interval"]);
});

test("2 -> 5: initial grace runs out, reason 0xC004F009", () => {
  const { record, effects } = live([[{ kind: "tick" }, day(30)]], keyed);
  assert.deepEqual(
    [licenseStateOf(record, day(30)).status, licenseStateOf(record, day(30)).reason],
    [5, "GRACE_EXPIRED"],
  );
  assert.equal(licenseStateOf(record, day(29.99)).status, 2);
  assert.deepEqual(ids(effects), [EVENT.statusChecked]);
});

test("1 -> 1: a renewal starts the validity anew", () => {
  const { record } = live([[leaseAt(day(100)), day(100)]], licensed);
  assert.equal(minutesToExpiry(licenseStateOf(record, day(100))), 259_200);
});

test("1 -> 3 RENEWAL: a lease that ends gives 30 days more and asks every activation interval", () => {
  const { record, effects } = live([[{ kind: "tick" }, day(181)]], licensed);
  const state = licenseStateOf(record, day(181));
  assert.deepEqual([state.status, state.grace, minutesToExpiry(state)], [3, "renewal", 43_200]);
  assert.deepEqual(ids(effects), [EVENT.graceStarted, EVENT.statusChecked]);
  assert.deepEqual(waits(effects), ["activation-interval"]);
  assert.equal(licenseStateOf(licensed, day(180.99)).status, 1);
});

test("3 -> 5 and back: additional grace runs out, a lease licenses from there too", () => {
  const { record } = live([[{ kind: "tick" }, day(211)]], licensed);
  assert.deepEqual(
    [licenseStateOf(record, day(211)).status, licenseStateOf(record, day(211)).reason],
    [5, "GRACE_EXPIRED"],
  );
  assert.equal(licenseStateOf(live([[leaseAt(day(212)), day(212)]], record).record, day(212)).status, 1);
});

test("1 -> 3 REBIND: a vector below 0.25 gives 7 days and asks at once", () => {
  const { record, effects } = live([[{ kind: "machine-scored", score: 0.2 }, day(10)]], licensed);
  const state = licenseStateOf(record, day(10));
  assert.deepEqual([state.status, state.grace, state.reason], [3, "rebind", "MACHINE_CHANGED"]);
  assert.equal(minutesToExpiry(state), 7 * 1440);
  assert.deepEqual(waits(effects), ["at-once"]);
  assert.equal(licenseStateOf(record, day(17)).status, 5);
});

test("REBIND is withdrawn when the hardware is back, and healed by a lease", () => {
  const moved = live([[{ kind: "machine-scored", score: 0.1 }, day(10)]], licensed).record;
  const back = live([[{ kind: "machine-scored", score: 0.9 }, day(11)]], moved).record;
  assert.equal(licenseStateOf(back, day(30)).status, 1);
  const healed = live([[leaseAt(day(11)), day(11)]], moved).record;
  assert.equal(licenseStateOf(healed, day(30)).status, 1);
});

test("the rebind grace counts from the first look at the changed machine, not from the last", () => {
  const score: LicenseInput = { kind: "machine-scored", score: 0 };
  const { record } = live(
    [
      [score, day(10)],
      [score, day(13)],
      [score, day(16)],
    ],
    licensed,
  );
  assert.equal(licenseStateOf(record, day(17)).status, 5);
});

test("a machine that drew a new CMID stays in rebind grace even when its vector matches again", () => {
  const { record } = live(
    [
      [{ kind: "identity-redrawn" }, day(10)],
      [{ kind: "machine-scored", score: 1 }, day(11)],
    ],
    licensed,
  );
  assert.equal(licenseStateOf(record, day(11)).grace, "rebind");
});

test("drift between 0.25 and 0.5 stays licensed and renews soon, once", () => {
  const score: LicenseInput = { kind: "machine-scored", score: 0.3 };
  const { record, effects } = live(
    [
      [score, day(10)],
      [score, day(10.1)],
    ],
    licensed,
  );
  assert.equal(licenseStateOf(record, day(11)).status, 1);
  assert.deepEqual(waits(effects), ["activation-interval"]);
});

test("vectors without a kind in common judge nothing", () => {
  const { record, effects } = live([[{ kind: "machine-scored", score: undefined }, day(10)]], licensed);
  assert.equal(licenseStateOf(record, day(10)).status, 1);
  assert.deepEqual(effects, []);
});

const revokedOn = (days: number): LicenseInput => ({
  kind: "lease-host-revoked",
  serial: "5e",
  effectiveMs: day(days).atMs,
});

test("1 -> 4 -> 5: a lease received after its host was revoked is void: 7 days, then 0xC004F200", () => {
  const { record, effects } = live([[revokedOn(0.5), day(20)]], licensed);
  const state = licenseStateOf(record, day(20));
  assert.deepEqual([state.status, state.grace, state.reason], [4, "non-genuine", "LEASE_REVOKED"]);
  assert.equal(minutesToExpiry(state), 7 * 1440);
  assert.deepEqual(waits(effects), ["at-once"]);
  assert.deepEqual(
    [licenseStateOf(record, day(27)).status, licenseStateOf(record, day(27)).reason],
    [5, "LEASE_REVOKED"],
  );
  assert.equal(record.voided?.serial, "5e");
});

test("4 -> 1: a lease of an unrevoked certificate licenses again", () => {
  const voided = live([[revokedOn(0.5), day(20)]], licensed).record;
  assert.equal(licenseStateOf(live([[leaseAt(day(21)), day(21)]], voided).record, day(60)).status, 1);
});

test("a lease received before the revocation took effect keeps running to its end", () => {
  const { record, effects } = live([[revokedOn(2), day(20)]], licensed);
  assert.equal(licenseStateOf(record, day(20)).status, 1);
  assert.deepEqual(effects, []);
});

test("neither a revocation nor a rebind prolongs what would have ended earlier", () => {
  const late = live(
    [
      [{ kind: "tick" }, day(210)],
      [revokedOn(0.5), day(210)],
    ],
    licensed,
  ).record;
  assert.equal(licenseStateOf(late, day(211)).status, 5);
  const over = live([[revokedOn(0.5), day(300)]], licensed).record;
  assert.equal(licenseStateOf(over, day(300)).status, 5, "a notification is not lifted by bad news");
});

test("5: a store lost while a marker of it exists gives no initial grace; a lease licenses", () => {
  const lost = live([
    [{ kind: "store-lost", rearmsUsed: 2 }, day(5)],
    [keyInstalled, day(5)],
  ]).record;
  assert.deepEqual([licenseStateOf(lost, day(5)).status, licenseStateOf(lost, day(5)).reason], [5, "GRACE_EXPIRED"]);
  assert.equal(rearmsLeft(lost), 1, "the marker remembers the rearms");
  assert.equal(licenseStateOf(live([[leaseAt(day(6)), day(6)]], lost).record, day(6)).status, 1);
});

test("any -> 0: removing the key takes the lease with it, and the grace does not restart with the next key", () => {
  const { record, effects } = live([[{ kind: "key-removed" }, day(10)]], licensed);
  assert.equal(licenseStateOf(record, day(10)).status, 0);
  assert.equal(record.lease, undefined);
  assert.deepEqual(ids(effects), [EVENT.keyRemoved, EVENT.statusChecked]);
  const again = live([[keyInstalled, day(40)]], record).record;
  assert.equal(licenseStateOf(again, day(40)).status, 5, "30 days after the first installation");
});

test("any -> 2: a rearm draws a new identity, clears the lease and restarts the initial grace", () => {
  for (const start of [licensed, live([[{ kind: "tick" }, day(400)]], licensed).record]) {
    const { record, effects } = live([[{ kind: "rearm", applicationId }, day(400)]], start);
    const state = licenseStateOf(record, day(400));
    assert.deepEqual([state.status, minutesToExpiry(state)], [2, 43_200]);
    assert.ok(effects.some((effect) => effect.kind === "replace-identity"));
    assert.deepEqual(events(effects)[0]?.fields, { applicationId, rearmsLeft: 2 });
    assert.deepEqual(waits(effects), ["at-once"]);
  }
});

test("a fourth rearm is refused with REARM_EXHAUSTED and changes nothing", () => {
  const rearm: LicenseInput = { kind: "rearm", applicationId };
  const three = live(
    [1, 2, 3].map((days) => [rearm, day(days)] as const),
    keyed,
  ).record;
  const { record, effects } = live([[rearm, day(4)]], three);
  assert.deepEqual(record, three);
  assert.deepEqual(
    effects.map((effect) => (effect.kind === "refused" ? effect.refusal.reason : effect.kind)),
    ["REARM_EXHAUSTED"],
  );
});

test("generalize costs no rearm before the first activation, and one after it", () => {
  const generalize: LicenseInput = { kind: "generalize", applicationId };
  const image = live([[generalize, day(1)]], keyed).record;
  assert.equal(rearmsLeft(image), 3);
  assert.equal(rearmsLeft(live([[generalize, day(2)]], licensed).record), 2);
  const deployed = live([[{ kind: "tick" }, day(90)]], image).record;
  assert.equal(
    minutesToExpiry(licenseStateOf(deployed, day(90))),
    43_200,
    "the grace of its machines starts with them",
  );
});

test("a count report changes no status: the machine asks again after the host's activation interval", () => {
  const report: LicenseInput = { kind: "count-report-verified", intervals: { ...intervals, retryS: 3_600 } };
  for (const start of [keyed, licensed]) {
    const before = licenseStateOf(start, day(2));
    const { record, effects } = live([[report, day(2)]], start);
    assert.deepEqual(licenseStateOf(record, day(2)), before);
    assert.deepEqual(ids(effects), [EVENT.activationFailed]);
    const waiting = effects.flatMap((effect) => (effect.kind === "schedule" ? [effect.wait] : []));
    assert.deepEqual(waiting, [{ kind: "activation-interval", intervalS: 3_600, jitterPct: 10 }]);
  }
});

test("I30: a failed attempt changes no status; its event lists the code of every host tried", () => {
  const input: LicenseInput = {
    kind: "attempt-failed",
    trigger: "schedule",
    innerReasons: ["TIMEOUT", "UNTRUSTED_HOST"],
  };
  const { record, effects } = live([[input, day(2)]], licensed);
  assert.deepEqual(record, licensed);
  assert.deepEqual(
    events(effects).map((event) => event.fields),
    [{ resultCode: 0xc004f074, trigger: "schedule", innerCodes: "0x800705B4 0xE0C50301" }],
  );
  assert.deepEqual(waits(effects), ["activation-interval"]);
});

test("a lease that is shorter than the renewal interval is renewed while it lasts", () => {
  const input = leaseAt(day(1));
  if (input.kind !== "lease-verified") throw new Error("expected a lease");
  const { effects } = live([[{ ...input, lease: { ...input.lease, validityS: DAY_S } }, day(1)]], keyed);
  const waiting = effects.flatMap((effect) => (effect.kind === "schedule" ? [effect.wait] : []));
  assert.deepEqual(waiting, [{ kind: "renewal-interval", intervalS: DAY_S / 2, jitterPct: 10 }]);
});

test("a lease without a key to hold it is not taken", () => {
  const { record } = live([[leaseAt(day(1)), day(1)]]);
  assert.equal(record.lease, undefined);
});

test("CLOCK_SUSPECT asks at once, and after 7 days of run time it is notification", () => {
  const { record, effects } = live([[{ kind: "tick" }, suspectSince(day(10), 10)]], licensed);
  assert.deepEqual(ids(effects), [EVENT.clockSuspect]);
  assert.deepEqual(waits(effects), ["at-once"]);
  assert.equal(licenseStateOf(record, suspectSince(day(10, 16.9), 10)).status, 1);
  const over = licenseStateOf(record, suspectSince(day(10, 17), 10));
  assert.deepEqual([over.status, over.reason], [5, "CLOCK_SUSPECT"]);
});

test("a clock that is cleared withdraws the notification it caused", () => {
  const gone = live([[{ kind: "tick" }, suspectSince(day(10, 17), 10)]], licensed).record;
  const { record, effects } = live([[{ kind: "tick" }, day(17)]], gone);
  assert.equal(licenseStateOf(record, day(17)).status, 1);
  assert.ok(ids(effects).includes(EVENT.clockTrusted));
});

test("a statement too old to clear the clock is stored, and a fresh series starts at once", () => {
  const now = suspectSince(day(1), 1);
  const { record, effects } = live([[leaseAt(day(1)), now]], keyed);
  assert.notEqual(record.lease, undefined);
  assert.equal(waits(effects).at(-1), "at-once");
  const report: LicenseInput = { kind: "count-report-verified", intervals };
  assert.equal(waits(live([[report, now]], record).effects).at(-1), "at-once");
});

test("a transition caused by a clock reading is withdrawn with the reading", () => {
  const ahead = live([[{ kind: "tick" }, day(185, 20)]], licensed);
  assert.equal(licenseStateOf(ahead.record, day(185, 20)).status, 3);
  const { record, effects } = live([[{ kind: "tick" }, day(20.1)]], ahead.record);
  assert.deepEqual(licenseStateOf(record, day(20.1)), licenseStateOf(licensed, day(20.1)));
  assert.ok(effects.some((effect) => effect.kind === "status-changed" && effect.to.status === 1));
});

test("a stopped clock prolongs nothing: run time counts as well", () => {
  assert.equal(licenseStateOf(licensed, day(1, 181)).status, 3);
  assert.equal(licenseStateOf(keyed, day(0, 30)).status, 5);
});

test("a lease recorded under a clock that was ahead is placed by run time when the clock is set right", () => {
  const ahead = live([[leaseAt(day(900, 1)), day(900, 1)]], keyed).record;
  const { record } = live([[{ kind: "tick" }, day(3)]], ahead);
  assert.equal(record.lease?.firstSend.atMs, day(1).atMs);
  assert.equal(licenseStateOf(record, day(181)).status, 3);
});

test("a status is told once", () => {
  const { effects } = live(
    [
      [{ kind: "tick" }, day(2)],
      [{ kind: "tick" }, day(3)],
    ],
    licensed,
  );
  assert.deepEqual(effects, []);
});
