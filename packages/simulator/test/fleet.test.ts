import assert from "node:assert/strict";
import { generateKeyPairSync, randomInt } from "node:crypto";
import { test } from "node:test";
import { nodeCryptography, signerOf } from "@countersign/protocol/node";
import { type Platform, QUIET, type Scenario, simulate } from "../src/index.ts";

const platform: Platform = {
  cryptography: nodeCryptography,
  scrypt: async (secret, salt) => nodeCryptography.hmacSha256(salt, secret),
  drawKey: () => signerOf(generateKeyPairSync("ed25519").privateKey),
};
const LONG = process.env["COUNTERSIGN_LONG"] !== undefined;
const run = (change: Partial<Scenario>) => simulate({ ...QUIET, ...change }, platform);

test("thirty machines that nothing befalls are all licensed and counted", async () => {
  const report = await run({});
  assert.deepEqual(report.violations, []);
  assert.equal(report.licensed, 30);
  assert.equal(report.currentCount, 30);
  assert.equal(report.reidentified, 0);
});

const YEAR = LONG ? { machines: 1000, days: 365 } : { machines: 20, days: 120 };
test(`${YEAR.days} days of ${YEAR.machines} machines with loss, duplicates and delay: no genuine machine is told to re-identify (I25)`, async (t) => {
  for (const seed of [randomInt(2 ** 31), ...(LONG ? [randomInt(2 ** 31)] : [])]) {
    const startedMs = performance.now();
    const report = await run({ seed, ...YEAR, requiredCount: 10, lossPct: 10, duplicatePct: 10 });
    t.diagnostic(
      `seed ${seed}: ${report.exchanges} exchanges in ${((performance.now() - startedMs) / 1000).toFixed(1)} s`,
    );
    assert.deepEqual(report.violations, [], `seed ${seed}`);
    assert.equal(report.reidentified, 0, `seed ${seed}`);
    assert.equal(report.licensed, YEAR.machines, `seed ${seed}`);
  }
});

test("copies of one image on hardware of their own: the count first sticks, then climbs, and all are unique within 8 days", async (t) => {
  const report = await run({ seed: randomInt(2 ** 31), machines: 30, clones: 30, days: 12 });
  t.diagnostic(`count by day: ${report.countByDay.slice(0, 10).join(" ")}`);
  assert.deepEqual(report.violations, []);
  assert.equal(report.identities, 30);
  assert.equal(report.licensed, 30);
  assert.equal(report.countByDay[8], 30);
});

test("snapshot restores cost at most a new CMID now and then, never a licence", async (t) => {
  const report = await run({ seed: randomInt(2 ** 31), machines: 10, requiredCount: 5, days: 60, restorePct: 5 });
  t.diagnostic(`${report.reidentified} re-identifications in ${report.exchanges} exchanges`);
  assert.deepEqual(report.violations, []);
  assert.ok(report.licensed >= 9);
});

test("a host that is down for ten days takes nobody's licence away", async () => {
  const report = await run({ machines: 10, requiredCount: 5, days: 40, hostDownDays: [20, 30] });
  assert.deepEqual(report.violations, []);
  assert.equal(report.licensed, 10);
});

test("the same seed gives the same run", async () => {
  const scenario = { seed: 7, machines: 10, requiredCount: 5, lossPct: 20, duplicatePct: 20, days: 20 };
  assert.deepEqual(await run(scenario), await run(scenario));
});

test("mutant: a client whose disk forgets what it was told is told apart as a copy, which I25 sees", async () => {
  const report = await run({ forgetfulDisks: true, machines: 5, requiredCount: 3, days: 1 });
  assert.ok(report.reidentified > 0);
});
