import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const PROCESS = join(import.meta.dirname, "year-process.ts");
const SEEDS = 20;
const run = promisify(execFile);
const skip =
  process.env["COUNTERSIGN_LONG"] === undefined ? "a year of 1,000 machines takes minutes: npm run test:long" : false;

test("a year of 1,000 machines with all there is breaks nothing, whatever the seed", {
  skip,
  concurrency: 2,
}, async (t) => {
  await Promise.all(
    Array.from({ length: SEEDS }, () => randomInt(2 ** 31)).map((seed) =>
      t.test(`seed ${seed}`, async (t) => {
        const args = ["--disable-warning=ExperimentalWarning", PROCESS, String(seed)];
        const { stdout } = await run(process.execPath, args, { maxBuffer: 2 ** 24 });
        const { violations, ...figures } = JSON.parse(stdout);
        t.diagnostic(JSON.stringify(figures));
        assert.deepEqual(violations, []);
        // A few may be between a rearm, a wrong clock or a lost disk and their next lease.
        assert.ok(figures.licensed >= figures.running * 0.97, `${figures.licensed} of ${figures.running} are licensed`);
      }),
    ),
  );
});
