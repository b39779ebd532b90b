import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { randomInt } from "node:crypto";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";

const PROCESS = join(import.meta.dirname, "year-process.ts");
const IS_LONG = process.env["COUNTERSIGN_LONG"] !== undefined;
const { seeds, machines } = IS_LONG ? { seeds: 20, machines: 1000 } : { seeds: 2, machines: 60 };
const run = promisify(execFile);

/** What year-process.ts prints. */
interface Year {
  readonly exchanges: number;
  readonly running: number;
  readonly licensed: number;
  readonly violations: readonly string[];
  readonly cpuSeconds: number;
}

async function live(seed: number): Promise<Year> {
  const args = ["--disable-warning=ExperimentalWarning", PROCESS, String(seed), String(machines)];
  const { stdout } = await run(process.execPath, args, { maxBuffer: 2 ** 24 });
  return JSON.parse(stdout);
}

const sum = (years: readonly Year[], of: (year: Year) => number) => years.reduce((all, year) => all + of(year), 0);

test(`${seeds} years of ${machines} machines with all there is break nothing, whatever the seed`, {
  concurrency: 2,
}, async (t) => {
  const years: Year[] = [];
  await Promise.all(
    Array.from({ length: seeds }, () => randomInt(2 ** 31)).map((seed) =>
      t.test(`seed ${seed}`, async (t) => {
        const year = await live(seed);
        years.push(year);
        const { violations, running, licensed } = year;
        t.diagnostic(JSON.stringify(year));
        assert.deepEqual(violations, []);
        // A few may be between a rearm, a wrong clock or a lost disk and their next lease.
        assert.ok(licensed >= Math.floor(running * 0.97), `${licensed} of ${running} are licensed`);
      }),
    ),
  );
  const cpuSeconds = years.map((year) => year.cpuSeconds).sort((a, b) => a - b);
  const broken = sum(years, ({ violations }) => violations.length);
  t.diagnostic(
    `${years.length} seeds, ${sum(years, ({ exchanges }) => exchanges)} exchanges, ${broken} violations, ` +
      `${cpuSeconds.at(0)} to ${cpuSeconds.at(-1)} s of CPU a year`,
  );
});
