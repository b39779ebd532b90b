import assert from "node:assert/strict";
import { createHash, createHmac } from "node:crypto";
import { test } from "node:test";
import fc from "fast-check";
import {
  COMPONENT_BYTES,
  COMPONENT_KIND,
  type ComponentKind,
  componentOf,
  fingerprintOf,
  isSameHardware,
  packComponents,
  scoreComponents,
} from "../src/index.ts";

const sha256 = (bytes: Uint8Array) => new Uint8Array(createHash("sha256").update(bytes).digest());
const hmac = (key: Uint8Array, bytes: Uint8Array) => new Uint8Array(createHmac("sha256", key).update(bytes).digest());
const SALT = Uint8Array.from({ length: 16 }, (_, i) => i + 1);
const KINDS = Object.keys(COMPONENT_KIND) as ComponentKind[];
const HARDWARE = KINDS.filter((kind) => COMPONENT_KIND[kind].hardware);

type Machine = Partial<Record<ComponentKind, string>>;
const vector = (machine: Machine, salt = SALT) =>
  packComponents(Object.entries(machine).map(([kind, value]) => componentOf(kind as ComponentKind, value, salt, hmac)));

const WHOLE: Machine = Object.fromEntries(KINDS.map((kind) => [kind, `value of ${kind}`]));
const anyMachine: fc.Arbitrary<Machine> = fc.dictionary(fc.constantFrom(...KINDS), fc.constantFrom("a", "b", "c"), {
  noNullPrototype: true,
});

test("the kinds weigh what the protocol says, and a disk image carries the last three along", () => {
  const weights = Object.fromEntries(KINDS.map((kind) => [kind, COMPONENT_KIND[kind].weight]));
  assert.deepEqual(weights, {
    ...{ smbiosUuid: 4, tpmEndorsement: 4, primaryMac: 2, boardSerial: 1 },
    ...{ osInstallId: 3, rootVolumeId: 2, cpuModel: 1 },
  });
  assert.deepEqual(HARDWARE, ["smbiosUuid", "tpmEndorsement", "primaryMac", "boardSerial"]);
  const numbers = KINDS.map((kind) => COMPONENT_KIND[kind].number);
  assert.deepEqual(numbers, [1, 2, 3, 4, 5, 6, 7], "numbers are contract");
});

test("a component is its kind and eight bytes of a keyed hash of kind and value", () => {
  const component = componentOf("primaryMac", "02:00:5e:10:00:01", SALT, hmac);
  assert.equal(component.length, COMPONENT_BYTES);
  assert.equal(component[0], 3);
  const bytes = Uint8Array.of(3, ...new TextEncoder().encode("02:00:5e:10:00:01"));
  assert.deepEqual(component.slice(1), hmac(SALT, bytes).slice(0, 8));
});

test("another salt makes another vector: two CMIDs of one machine cannot be linked", () => {
  const other = SALT.map((byte) => byte ^ 1);
  assert.equal(scoreComponents(vector(WHOLE), vector(WHOLE, other), "all"), 0);
});

test("the vector does not depend on the order in which the parts were found", () => {
  const parts = KINDS.map((kind) => componentOf(kind, "x", SALT, hmac));
  fc.assert(
    fc.property(fc.shuffledSubarray(parts, { minLength: parts.length }), (shuffled) =>
      assert.deepEqual(packComponents(shuffled), packComponents(parts)),
    ),
  );
});

test("the fingerprint is a hash of the whole vector: one changed part changes it", () => {
  const whole = fingerprintOf(vector(WHOLE), sha256);
  assert.equal(whole.length, 32);
  for (const kind of KINDS)
    assert.notDeepEqual(fingerprintOf(vector({ ...WHOLE, [kind]: "changed" }), sha256), whole, kind);
});

test("the score is the share of weight that agrees among the kinds in both", () => {
  const score = (a: Machine, b: Machine, only: "all" | "hardware" = "all") =>
    scoreComponents(vector(a), vector(b), only);
  assert.equal(score(WHOLE, WHOLE), 1);
  assert.equal(score(WHOLE, { ...WHOLE, smbiosUuid: "new" }), 13 / 17);
  assert.equal(score(WHOLE, { ...WHOLE, smbiosUuid: "new" }, "hardware"), 7 / 11);
  assert.equal(score({ smbiosUuid: "a", primaryMac: "m" }, { primaryMac: "m", osInstallId: "o" }), 1);
  assert.equal(score({ smbiosUuid: "a" }, { primaryMac: "m" }), undefined, "nothing in both says nothing");
});

test("a score never depends on who is compared with whom, and lies between 0 and 1", () => {
  fc.assert(
    fc.property(anyMachine, anyMachine, (a, b) => {
      const score = scoreComponents(vector(a), vector(b), "all");
      assert.equal(score, scoreComponents(vector(b), vector(a), "all"));
      assert.ok(score === undefined || (score >= 0 && score <= 1));
      assert.equal(isSameHardware(vector(a), vector(b)), isSameHardware(vector(b), vector(a)));
    }),
  );
});

test("the same hardware is half of the hardware's weight or more; what a disk carries along plays no part", () => {
  const disk = { osInstallId: "o", rootVolumeId: "r", cpuModel: "c" };
  const same = (a: Machine, b: Machine) => isSameHardware(vector(a), vector(b));
  assert.equal(
    same({ smbiosUuid: "s", tpmEndorsement: "t" }, { smbiosUuid: "new", tpmEndorsement: "t" }),
    true,
    "4 of 8",
  );
  assert.equal(
    same({ ...disk, smbiosUuid: "s", primaryMac: "m" }, { ...disk, smbiosUuid: "new", primaryMac: "m" }),
    false,
    "2 of 6, although the whole disk agrees",
  );
  fc.assert(
    fc.property(anyMachine, anyMachine, anyMachine, (a, b, images) => {
      const image = Object.fromEntries(Object.entries(images).filter(([kind]) => kind in disk));
      const hardware = (machine: Machine) =>
        Object.fromEntries(Object.entries(machine).filter(([kind]) => HARDWARE.includes(kind as ComponentKind)));
      fc.pre(Object.keys(hardware(a)).length > 0);
      assert.equal(same(hardware(a), hardware(b)), same({ ...hardware(a), ...image }, { ...hardware(b), ...image }));
    }),
  );
});

test("no kind in both is not the same hardware, unless both vectors are empty", () => {
  const nothing = vector({});
  assert.equal(isSameHardware(nothing, nothing), true);
  assert.equal(isSameHardware(nothing, vector(WHOLE)), false);
  assert.equal(isSameHardware(vector({ smbiosUuid: "s" }), vector({ primaryMac: "m" })), false);
  assert.equal(
    isSameHardware(vector({ osInstallId: "o" }), vector({ osInstallId: "o" })),
    false,
    "a disk is no hardware",
  );
});

test("a kind of a later version and a vector cut short are no evidence either way", () => {
  const own = vector({ smbiosUuid: "s" });
  const later = Uint8Array.of(...own, 8, ...new Array<number>(8).fill(1));
  assert.equal(scoreComponents(own, later, "all"), 1);
  assert.equal(scoreComponents(own, own.slice(0, 5), "all"), undefined);
});

test("a value outside ASCII is hashed and never makes two kinds collide", () => {
  const spelled = componentOf("boardSerial", "Gerät-\u0000\u{1f600}", SALT, hmac);
  assert.equal(spelled.length, COMPONENT_BYTES);
  assert.notDeepEqual(spelled.slice(1), componentOf("primaryMac", "Gerät-\u0000\u{1f600}", SALT, hmac).slice(1));
});
