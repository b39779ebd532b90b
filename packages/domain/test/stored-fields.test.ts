import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EVENTS, packFields, placeOfField, unpackFields } from "../src/index.ts";

const cmid = "36f27b39-5d1e-4f0a-9c55-0102030405ab";
const served = {
  ...{ resultCode: 0, requiredCount: 25, clientName: "pc-17", cmid, clientTimeMs: 1_800_000_000_000 },
  ...{ virtualMachine: true, licenseStatus: 2, minutesToExpiry: 41_520, activationId: cmid, currentCount: 7 },
  ...{ address: "192.0.2.7", reason: "", purpose: "first activation" },
};
const stored = (value: unknown) => JSON.parse(JSON.stringify(value));

test("data is kept as a list in the order of the catalogue, without the CMID its row has already", () => {
  const packed = packFields(12290, served, cmid);
  assert.deepEqual(packed, [
    ...[0, 25, "pc-17", 0, 1_800_000_000_000, true, 2, 41_520, cmid, 7, "192.0.2.7", "", "first activation"],
  ]);
  assert.deepEqual(unpackFields(12290, stored(packed), cmid), served);
  assert.deepEqual(unpackFields(12290, stored(packFields(12290, served, "")), ""), served);
});

test("a list is at most half as long as the object it stands for", () => {
  const length = (value: unknown) => JSON.stringify(value).length;
  assert.ok(length(packFields(12290, served, cmid)) * 2 <= length(served), `${length(served)}`);
});

test("whatever was kept comes back: known fields, unknown ones, missing ones, ids of another version", () => {
  const id = fc.oneof(fc.constantFrom(...Object.values(EVENTS).map((entry) => entry.id)), fc.nat());
  const names = Object.values(EVENTS).flatMap(({ fields }) => Object.keys(fields));
  const data = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), fc.jsonValue());
  fc.assert(
    fc.property(id, data, fc.constantFrom(cmid, ""), (eventId, fields, own) => {
      const kept = stored(fields);
      assert.deepEqual({ ...unpackFields(eventId, stored(packFields(eventId, kept, own)), own) }, kept);
    }),
  );
});

test("every event of the catalogue that carries all its fields is kept as a list", () => {
  for (const { id, fields } of Object.values(EVENTS)) {
    const values = Object.fromEntries(Object.keys(fields).map((name, i) => [name, i + 1]));
    assert.equal(stored(packFields(id, values, cmid)).length, Object.keys(fields).length, `${id}`);
  }
});

test("an event of a newer version is readable: its new values have numbers for names", () => {
  const newer = [...(packFields(1016, { activationId: cmid, partialKey: "ABCDE" }, "") as unknown[]), "x", 5];
  assert.deepEqual(unpackFields(1016, newer, ""), {
    ...{ activationId: cmid, partialKey: "ABCDE", field3: "x", field4: 5 },
  });
  assert.deepEqual(unpackFields(39_999, ["a", null, 2], ""), { field1: "a", field3: 2 });
  assert.deepEqual(unpackFields(12290, "?", ""), { value: "?" });
});

test("fields are only ever appended: these stand where stores have them", () => {
  const frozen: Readonly<Record<number, string>> = {
    902: "version",
    903: "reason",
    1003: "activationId licenseStatus reason minutesToExpiry",
    1016: "activationId partialKey",
    1018: "activationId partialKey",
    1025: "minutes kind",
    1036: "minutes kind",
    8198: "resultCode trigger innerCodes",
    12288:
      "resultCode flags host cmid clientTimeMs virtualMachine licenseStatus minutesToExpiry activationId requiredCount",
    12289: "resultCode flags activated currentCount activationIntervalMinutes renewalIntervalMinutes clientTimeMs",
    12290:
      "resultCode requiredCount clientName cmid clientTimeMs virtualMachine licenseStatus minutesToExpiry activationId currentCount address reason purpose",
    12291: "resultCode",
    12292: "resultCode",
    12293: "resultCode domain server",
    12294: "resultCode domain server",
    12306: "applicationId rearmsLeft",
    16384: "attemptMs reason",
    30001: "cmid clientName address otherLastSeenMs detail",
    30002: "cmid clientName address detail",
    30003: "cmid clientName address",
    30004: "hostId otherInstanceId address",
    30005: "publisherId serial notAfterMs renewal",
    30006: "publisherId serial notAfterMs",
    30007: "publisherId serial notAfterMs",
    30008: "wallMs trustedMs detail",
    30009: "wallMs trustedMs detail",
    30010: "host reason detail",
    30011: "applicationId seats machines",
    30012: "action target actor",
    30013: "queued refused retryAfterS",
    30014: "address reason count fromMs toMs",
    30015: "address reason count fromMs toMs",
    30016: "cmid clientName address clientTimeMs hostTimeMs",
    30017: "cmid clientName storedSeq provenSeq",
    30018: "cmid clientName address storedSeq provenSeq",
    30019: "previousCmid cmid cause",
    30020: "path detail",
    30021: "reason detail",
    30022: "address detail",
    30023: "domain server",
    30024: "publisherId manifestVersion policyVersion revocationNumber",
    30025: "resultCode domain origin name records detail",
  };
  for (const [id, names] of Object.entries(frozen)) {
    for (const [place, name] of names.split(" ").entries()) {
      assert.equal(placeOfField(Number(id), name), place, `${id} ${name}`);
    }
  }
  assert.equal(placeOfField(12290, "host"), undefined);
});
