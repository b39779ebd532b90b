import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EVENT, EVENTS, eventOf, infoLine, isEventId, purposeOf } from "../src/index.ts";

const ENTRIES = Object.values(EVENTS);
const cmid = "36f27b39-5d1e-4f0a-9c55-0102030405ab";
const activationId = "00000000-0000-4000-8000-00000000000a";

test("only 12290 goes to the Key Management Service log", () => {
  const own = ENTRIES.filter((entry) => entry.log === "Key Management Service").map((entry) => entry.id);
  assert.deepEqual(own, [12290]);
});

test("the catalogue holds every id of behaviour.md §4, on the side that writes it", () => {
  const sides: Readonly<Record<number, string>> = {
    12288: "client",
    12289: "client",
    12290: "host",
    12291: "host",
    12292: "client",
    12293: "host",
    12294: "host",
    12306: "client",
    8198: "client",
    1025: "client",
    1036: "client",
    1016: "either",
    1018: "either",
    1003: "either",
    16384: "client",
  };
  for (const [id, side] of Object.entries(sides)) {
    assert.ok(isEventId(Number(id)), id);
    assert.equal(ENTRIES.find((entry) => entry.id === Number(id))?.side, side, id);
  }
});

test("every event carries the data administrators know it by, in that order", () => {
  const data: Readonly<Record<number, string>> = {
    12288:
      "resultCode flags host cmid clientTimeMs virtualMachine licenseStatus minutesToExpiry activationId requiredCount",
    12289: "resultCode flags activated currentCount activationIntervalMinutes renewalIntervalMinutes clientTimeMs",
    12290:
      "resultCode requiredCount clientName cmid clientTimeMs virtualMachine licenseStatus minutesToExpiry activationId",
    12291: "resultCode",
    12292: "resultCode",
    12293: "resultCode domain server",
    12294: "resultCode domain server",
    12306: "applicationId rearmsLeft",
    8198: "resultCode trigger innerCodes",
    1025: "minutes kind",
    1036: "minutes kind",
    1016: "activationId partialKey",
    1018: "activationId partialKey",
    16384: "attemptMs reason",
  };
  for (const [id, names] of Object.entries(data)) {
    const fields = Object.keys(ENTRIES.find((entry) => entry.id === Number(id))?.fields ?? {});
    assert.equal(fields.slice(0, names.split(" ").length).join(" "), names, id);
  }
  const additions = Object.keys(EVENTS[12290].fields).slice(9);
  assert.deepEqual(additions, ["currentCount", "address", "reason", "purpose"]);
});

test("an id of ours begins at 30001, and every id has exactly one name for writers", () => {
  const ids = ENTRIES.map((entry) => entry.id);
  assert.deepEqual(
    ids,
    [...ids].sort((a, b) => a - b),
  );
  assert.ok(ids.filter((id) => id >= 30000).every((id) => id > 30000 && id < 31000));
  assert.deepEqual(
    Object.values(EVENT).sort((a, b) => a - b),
    ids,
  );
});

test("our ids are contract: the ones given out stay where they are", () => {
  assert.equal(EVENT.cloneSuspected, 30001);
  assert.equal(EVENT.clockSuspect, 30008);
  assert.equal(EVENT.requestsDropped, 30014);
  assert.equal(EVENT.documentsUpdated, 30024);
  assert.equal(EVENT.hostsLookedUp, 30025);
});

test("12288 reads as administrators of KMS know it", () => {
  const { eventId, fields } = eventOf(12288, {
    resultCode: 0xc004f06c,
    flags: 0,
    host: "kms.example.com:1688",
    cmid,
    clientTimeMs: Date.UTC(2010, 8, 9, 7, 52),
    virtualMachine: false,
    licenseStatus: 2,
    minutesToExpiry: 41760,
    activationId,
    requiredCount: 5,
  });
  assert.equal(
    infoLine(eventId, fields),
    `0xC004F06C, 0x00000000, kms.example.com:1688, ${cmid}, 2010/09/09 07:52, 0, 2, 41760, ${activationId}, 5`,
  );
});

test("12289 reads as administrators of KMS know it, its unused fourth insert included", () => {
  const { eventId, fields } = eventOf(12289, {
    resultCode: 0,
    flags: 0x4000008,
    activated: false,
    currentCount: 4,
    activationIntervalMinutes: 120,
    renewalIntervalMinutes: 10080,
    clientTimeMs: Date.UTC(2006, 0, 14, 2, 30),
  });
  assert.equal(infoLine(eventId, fields), "0x0, 0x4000008, 0, 0, 4, 120, 10080, 2006/1/14 2:30");
});

const served = {
  resultCode: 0xc004f038,
  requiredCount: 25,
  clientName: "pc-17",
  cmid,
  clientTimeMs: Date.UTC(2010, 8, 29, 21, 46),
  virtualMachine: true,
  licenseStatus: 2,
  minutesToExpiry: 41520,
  activationId,
  currentCount: 7,
  address: "192.0.2.7",
  reason: "COUNT_TOO_LOW",
  purpose: "first activation",
} as const;

test("12290 reads as administrators of KMS know it: commas without blanks, our additions left out", () => {
  const line = infoLine(12290, eventOf(12290, served).fields);
  assert.equal(line, `0xC004F038,25,pc-17,${cmid},2010/9/29 21:46,1,2,41520,${activationId}`);
});

test("no name from the network shifts a field of 12290 or reaches the terminal with a control character", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (clientName) => {
      const line = infoLine(12290, { ...served, clientName });
      assert.doesNotMatch(line, /\p{Cc}|\p{Cf}/u);
      const fields = line.split(",");
      assert.equal(fields.length, 9);
      assert.equal(fields[3], cmid);
    }),
  );
});

test("a line is made of whatever was stored: any instant, missing fields, ids of a newer version", () => {
  assert.match(infoLine(12290, { ...served, clientTimeMs: 2 ** 53 - 1 }), /,9007199254740991,1,/);
  assert.equal(infoLine(12290, {}), ",,,,,,,,");
  assert.equal(infoLine(39999, { detail: "new" }), '{"detail":"new"}');
  for (const entry of ENTRIES) assert.equal(typeof infoLine(entry.id, {}), "string");
});

test("every other event prints its fields in order", () => {
  assert.equal(infoLine(16384, { attemptMs: Date.UTC(2026, 0, 2), reason: "boot" }), "2026-01-02T00:00:00.000Z, boot");
  assert.equal(infoLine(12294, { resultCode: 0, domain: "example.com", server: "ns1" }), "0x0, example.com, ns1");
});

test("the purpose of a request follows from the status it reports and the answer before", () => {
  assert.equal(purposeOf(2, "none"), "first activation");
  assert.equal(purposeOf(0, "none"), "first activation");
  assert.equal(purposeOf(2, "count report"), "again below count");
  assert.equal(purposeOf(1, "lease"), "renewal");
  assert.equal(purposeOf(1, "none"), "renewal", "licensed by another host");
  assert.equal(purposeOf(5, "none"), "recovery");
  assert.equal(purposeOf(2, "lease"), "recovery", "rearmed");
});
