import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { parseOptions } from "./options.ts";
import { figuresOf, print } from "./report.ts";
import { hasWrk, loadOf } from "./wrk-load.ts";

const MAIN = fileURLToPath(new URL("./main.ts", import.meta.url));
const bench = (...args: string[]) =>
  spawnSync(process.execPath, ["--disable-warning=ExperimentalWarning", MAIN, ...args], { encoding: "utf8" });
const isMissing = !hasWrk();
const skip = isMissing && process.env["CI"] === undefined ? "wrk is not installed: apt-get install wrk" : false;

/** What issue and README promise a machine that reads the object. */
const PROMISED = [
  ...["activationsPerSecond", "bareEchoPerSecond", "storeCeilingPerSecond", "ratio", "ratioToCeiling"],
  ...["p50Ms", "p99Ms", "rssMiB", "coldVerificationMs", "readyMs", "wrkCores"],
];

describe("the bench", () => {
  it("in its smallest form prints one JSON object with every figure above 0 and no errors", { skip }, () => {
    const { status, stdout, stderr } = bench("--runs", "1", "--seconds", "1", "--machines", "1000", "-o", "json");
    assert.equal(status, 0, stderr);
    assert.equal(stdout.trimEnd().split("\n").length, 1, stdout);
    const figures = JSON.parse(stdout);
    for (const name of PROMISED) assert.ok(figures[name] > 0, `${name} is ${figures[name]}`);
    assert.equal(figures.errors, 0);
    assert.equal(figures.connections, 64);
    assert.equal(figures.spread.activationsPerSecond.length, 2);
  });

  for (const [args, expected] of [
    [["--run", "1"], /Unknown option '--run'/],
    [["json"], /Unexpected argument 'json'/],
    [["-o", "yaml"], /expected -o text or json, found "yaml"/],
    [["--seconds", "0"], /expected a whole number above 0 for --seconds, found "0"/],
    [["--runs", "many"], /expected a whole number above 0 for --runs, found "many"/],
  ] as const) {
    it(`refuses ${args.join(" ")} by name, with its usage and exit code 2`, () => {
      const { status, stdout, stderr } = bench(...args);
      assert.equal(status, 2);
      assert.equal(stdout, "");
      assert.match(stderr, expected);
      assert.match(stderr, /usage: npm run bench/);
    });
  }
});

describe("the figures", () => {
  const load = (perSecond: number, p99Ms = 1) => ({ perSecond, p50Ms: 1, p99Ms, errors: 0, wrkCores: 0.1 });
  const options = { runs: 3, secondsPerRun: 1, machines: 1, output: "json" } as const;

  it("are medians, with ratios taken within a run and to the lower of echo and store", () => {
    const runs = [
      { host: load(100, 9), echo: load(1000), storePerSecond: 400 },
      { host: load(300, 7), echo: load(1000), storePerSecond: 2000 },
      { host: load(200, 8), echo: load(500), storePerSecond: 400 },
    ];
    const figures = figuresOf({ runs, rssMiB: 1, answerBytes: 1, coldVerificationMs: 1, readyMs: 1 }, options);
    assert.equal(figures.activationsPerSecond, 200);
    assert.equal(figures.ratio, 0.3);
    assert.equal(figures.ratioToCeiling, 0.3);
    assert.equal(figures.p99Ms, 8);
    assert.deepEqual(figures.spread.activationsPerSecond, [100, 300]);
    assert.equal(print(figures, "text").split("\n").length - 1, Object.keys(figures).length);
  });

  it("count every answer that is no 200 and every broken connection as an error", () => {
    const result = { requests: 10, durationUs: 1e6, p50Us: 1, p99Us: 2, p999Us: 3 };
    const errors = { non2xx: 1, connect: 2, read: 3, write: 4, timeout: 5 };
    const output = `\nRESULT ${JSON.stringify({ ...result, ...errors })}\n0m0.0s 0m0.0s\n0m0.200s 0m0.050s\n`;
    assert.deepEqual(loadOf(output), { perSecond: 10, p50Ms: 0, p99Ms: 0, errors: 15, wrkCores: 0.25 });
  });

  it("are not made up where wrk printed none", () => {
    assert.throws(() => loadOf("unable to connect"), /expected a RESULT line from wrk, found: unable to connect/);
  });

  it("take defaults where the command line says nothing", () => {
    assert.deepEqual(parseOptions([]), {
      ok: true,
      options: { runs: 3, secondsPerRun: 4, machines: 100_000, output: "text" },
    });
  });
});
