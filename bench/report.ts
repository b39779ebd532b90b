import { cpus } from "node:os";
import type { Measured, Run } from "./measure.ts";
import type { BenchOptions } from "./options.ts";
import { CONNECTIONS } from "./wrk-load.ts";

/** The figures as they are printed; README.md in this folder says how each is got and what bounds it. */
export type Figures = ReturnType<typeof figuresOf>;

/** Medians over the runs. Ratios are taken within a run, whose parts had the same machine. */
export function figuresOf({ runs, rssMiB, answerBytes, coldVerificationMs, readyMs }: Measured, options: BenchOptions) {
  const activations = runs.map((run) => run.host.perSecond);
  const echoes = runs.map((run) => run.echo.perSecond);
  const ceilings = runs.map((run) => run.storePerSecond);
  const p99s = runs.map((run) => run.host.p99Ms);
  return {
    activationsPerSecond: median(activations),
    bareEchoPerSecond: median(echoes),
    storeCeilingPerSecond: median(ceilings),
    ratio: median(runs.map((run) => ratio(run.host.perSecond, run.echo.perSecond))),
    ratioToCeiling: median(runs.map(ratioToCeiling)),
    p50Ms: median(runs.map((run) => run.host.p50Ms)),
    p99Ms: median(p99s),
    errors: runs.reduce((sum, run) => sum + run.host.errors + run.echo.errors, 0),
    rssMiB,
    coldVerificationMs,
    readyMs,
    readyMachines: options.machines,
    spread: {
      activationsPerSecond: span(activations),
      bareEchoPerSecond: span(echoes),
      storeCeilingPerSecond: span(ceilings),
      p99Ms: span(p99s),
    },
    wrkCores: median(runs.map((run) => run.host.wrkCores)),
    connections: CONNECTIONS,
    runs: options.runs,
    secondsPerRun: options.secondsPerRun,
    answerBytes,
    node: process.version,
    processor: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
  };
}

/** One object for a machine, one figure a line for a person. */
export function print(figures: Figures, output: BenchOptions["output"]): string {
  if (output === "json") return `${JSON.stringify(figures)}\n`;
  return Object.entries(figures)
    .map(([name, value]) => `${name.padEnd(24)} ${typeof value === "string" ? value : JSON.stringify(value)}\n`)
    .join("");
}

function ratioToCeiling({ host, echo, storePerSecond }: Run): number {
  return ratio(host.perSecond, Math.min(echo.perSecond, storePerSecond));
}

function ratio(part: number, whole: number): number {
  return whole === 0 ? 0 : Number((part / whole).toFixed(3));
}

/** Of an even number of runs the upper one of the middle two. */
function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? 0;
}

function span(numbers: readonly number[]): readonly [number, number] {
  return [Math.min(...numbers), Math.max(...numbers)];
}
