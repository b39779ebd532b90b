// `npm run bench`: the real host process on SQLite over loopback, driven by wrk, beside a bare node:http echo of the same
// answer size and the storage engine's own ceiling for the same rows, in the same run. See README.md in this folder.
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { prepareSite, requestOf, type SiteProduct } from "../packages/host/test/site.ts";
import { encodeActivateRequest } from "../packages/protocol/src/index.ts";
import { measureColdVerification } from "./cold-verification.ts";
import { fillStore, measureStoreCeiling } from "./store-ceiling.ts";

const CONNECTIONS = 64;
const RUNS = Number(argument("--runs", "3"));
const SECONDS = Number(argument("--seconds", "4"));
const ACTIVATE_PATH = "/countersign.v1.ActivationService/Activate";
const script = (name: string) => fileURLToPath(new URL(name, import.meta.url));

interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly errors: number;
  /** Cores the load generator used. */
  readonly wrkCores: number;
}

if (spawnSync("wrk", ["-v"], { stdio: "ignore" }).error !== undefined) {
  process.stderr.write("expected wrk to drive the load, found none\n  hint: apt-get install wrk\n");
  process.exit(1);
}
const directory = await mkdtemp(join(tmpdir(), "countersign-bench-"));
try {
  report(await measure());
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function measure() {
  const site = await prepareSite(directory);
  const [product] = site.products;
  if (product === undefined) throw new Error("the site has no product");
  const host = await start(script("../packages/host/test/host-process.ts"), [site.hostDirectory]);
  const { port } = JSON.parse(host.line);
  const answerBytes = await answerSize(port, product);
  const echo = await start(script("./bare-echo.ts"), [String(answerBytes)]);
  const runs: { host: Load; echo: Load; ceiling: number }[] = [];
  for (let run = 0; run < RUNS; run++) {
    progress(`run ${run + 1} of ${RUNS}`);
    runs.push({
      echo: drive(Number(echo.line), product, run),
      host: drive(port, product, run),
      ceiling: await measureStoreCeiling(join(directory, `ceiling-${run}.sqlite`), SECONDS * 500),
    });
  }
  await echo.stop();
  const { rssMiB } = JSON.parse(await host.stop());
  return {
    runs,
    rssMiB,
    answerBytes,
    coldVerificationMs: await measureColdVerification(site),
    readyMs: await readyWith(100_000, product),
  };
}

type Measured = Awaited<ReturnType<typeof measure>>;

function report({ runs, rssMiB, answerBytes, coldVerificationMs, readyMs }: Measured): void {
  const activations = runs.map((run) => run.host.perSecond);
  const lower = runs.map((run) => Math.min(run.echo.perSecond, run.ceiling));
  const figures = {
    activationsPerSecond: median(activations),
    bareEchoPerSecond: median(runs.map((run) => run.echo.perSecond)),
    storeCeilingPerSecond: median(runs.map((run) => run.ceiling)),
    ratio: median(runs.map((run) => round(run.host.perSecond / run.echo.perSecond, 3))),
    ratioToCeiling: median(runs.map((run, i) => round(run.host.perSecond / (lower[i] ?? 1), 3))),
    p50Ms: median(runs.map((run) => run.host.p50Ms)),
    p99Ms: median(runs.map((run) => run.host.p99Ms)),
    errors: runs.reduce((sum, run) => sum + run.host.errors + run.echo.errors, 0),
    rssMiB,
    coldVerificationMs,
    readyMsWith100000Machines: readyMs,
    spread: { activationsPerSecond: [Math.min(...activations), Math.max(...activations)] },
    wrkCores: median(runs.map((run) => run.host.wrkCores)),
    connections: CONNECTIONS,
    runs: RUNS,
    secondsPerRun: SECONDS,
    answerBytes,
    node: process.version,
    processor: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
  };
  if (process.argv.includes("json")) process.stdout.write(`${JSON.stringify(figures)}\n`);
  else
    for (const [name, value] of Object.entries(figures))
      process.stdout.write(`${name.padEnd(28)} ${JSON.stringify(value)}\n`);
}

/** One run of wrk with new machines only: every request is a first contact, committed before it is answered. */
function drive(port: number, product: SiteProduct, seed: number): Load {
  const [cmid, nonce] = [randomBytes(16), randomBytes(32)];
  const template = Buffer.from(encodeActivateRequest(requestOf(product, { cmid, nonce })));
  const output = execFileSync(
    "bash",
    [
      "-c",
      'wrk "$@"; status=$?; times; exit $status',
      "wrk",
      "-t1",
      `-c${CONNECTIONS}`,
      `-d${SECONDS}s`,
      "--latency",
      "-s",
      script("./activate.lua"),
      `http://127.0.0.1:${port}`,
    ],
    {
      encoding: "utf8",
      env: {
        ...process.env,
        TEMPLATE_HEX: template.toString("hex"),
        CMID_AT: String(template.indexOf(cmid)),
        NONCE_AT: String(template.indexOf(nonce)),
        SEED: String(Date.now() + seed),
        REQUEST_PATH: ACTIVATE_PATH,
      },
    },
  );
  const result = JSON.parse(/^RESULT (.*)$/m.exec(output)?.[1] ?? "{}");
  return {
    perSecond: Math.round((result.requests * 1e6) / result.durationUs),
    p50Ms: round(result.p50Us / 1000, 2),
    p99Ms: round(result.p99Us / 1000, 2),
    errors: result.non2xx + result.connect + result.read + result.write + result.timeout,
    wrkCores: round(childSeconds(output) / (result.durationUs / 1e6), 2),
  };
}

/** User and system seconds of wrk, from the last line of bash's `times`: `0m1.234s 0m0.567s`. */
function childSeconds(output: string): number {
  const spent = [
    ...(output
      .trimEnd()
      .split("\n")
      .at(-1)
      ?.matchAll(/(\d+)m([\d.]+)s/g) ?? []),
  ];
  return spent.reduce((sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds), 0);
}

async function answerSize(port: number, product: SiteProduct): Promise<number> {
  const reply = await fetch(`http://127.0.0.1:${port}${ACTIVATE_PATH}`, {
    method: "POST",
    headers: { "content-type": "application/proto" },
    body: encodeActivateRequest(requestOf(product)) as Uint8Array<ArrayBuffer>,
  });
  return (await reply.arrayBuffer()).byteLength;
}

/** Milliseconds from the start of a host process to its first answer's possibility, with so many machines in its store. */
async function readyWith(machines: number, product: SiteProduct): Promise<number> {
  progress(`filling a store with ${machines} machines`);
  const site = await prepareSite(join(directory, "ready"));
  await fillStore(join(site.hostDirectory, "host.db"), machines, { ...product, ...site.products[0] });
  const startedMs = performance.now();
  const host = await start(script("../packages/host/test/host-process.ts"), [site.hostDirectory]);
  const readyMs = Math.round(performance.now() - startedMs);
  await host.stop();
  return readyMs;
}

interface Started {
  /** The first line it printed. */
  readonly line: string;
  /** Closes its stdin and waits; what it printed after its first line. */
  stop(): Promise<string>;
}

async function start(path: string, args: readonly string[]): Promise<Started> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", path, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = await once(child.stdout, "data");
  let rest = "";
  child.stdout.on("data", (chunk) => {
    rest += chunk;
  });
  return {
    line: String(line).trim(),
    stop: async () => {
      child.stdin.end();
      await once(child, "exit");
      return rest.trim();
    },
  };
}

function argument(name: string, fallback: string): string {
  const at = process.argv.indexOf(name);
  return at < 0 ? fallback : (process.argv[at + 1] ?? fallback);
}

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;
}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${text}\n`);
}
