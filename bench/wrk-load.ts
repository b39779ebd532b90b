import { execFileSync, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { requestOf, type SiteProduct } from "../packages/host/test/site.ts";
import { encodeActivateRequest } from "../packages/protocol/src/index.ts";

/** Keep-alive connections of every run. */
export const CONNECTIONS = 64;

/** The method that is driven. */
export const ACTIVATE_PATH = "/countersign.v1.ActivationService/Activate";

/** What one run of wrk saw. */
export interface Load {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers that were no 200, and broken connections. */
  readonly errors: number;
  /** Cores the load generator took from what it measures. */
  readonly wrkCores: number;
}

/** False where Debian's wrk is not installed. */
export function hasWrk(): boolean {
  return spawnSync("wrk", ["-v"], { stdio: "ignore" }).error === undefined;
}

/** Drives a port with first contacts of new machines only: each is committed before it is answered. */
export function drive(port: number, product: SiteProduct, seconds: number): Load {
  const [cmid, nonce] = [randomBytes(16), randomBytes(32)];
  const template = Buffer.from(encodeActivateRequest(requestOf(product, { cmid, nonce })));
  const script = fileURLToPath(new URL("./activate.lua", import.meta.url));
  const args = ["-t1", `-c${CONNECTIONS}`, `-d${seconds}s`, "--latency", "-s", script, `http://127.0.0.1:${port}`];
  const output = execFileSync("bash", ["-c", 'wrk "$@"; status=$?; times; exit $status', "wrk", ...args], {
    encoding: "utf8",
    env: {
      ...process.env,
      TEMPLATE_HEX: template.toString("hex"),
      CMID_AT: String(template.indexOf(cmid)),
      NONCE_AT: String(template.indexOf(nonce)),
      SEED: String(randomBytes(4).readUInt32LE()),
      REQUEST_PATH: ACTIVATE_PATH,
    },
  });
  return loadOf(output);
}

/** Reads what activate.lua and bash's `times` printed. */
export function loadOf(output: string): Load {
  const line = /^RESULT (.*)$/m.exec(output)?.[1];
  if (line === undefined) throw new Error(`expected a RESULT line from wrk, found: ${output.slice(0, 200)}`);
  const { requests, durationUs, p50Us, p99Us, ...errors } = JSON.parse(line);
  return {
    perSecond: Math.round((requests * 1e6) / durationUs),
    p50Ms: round(p50Us / 1000, 2),
    p99Ms: round(p99Us / 1000, 2),
    errors: errors.non2xx + errors.connect + errors.read + errors.write + errors.timeout,
    wrkCores: round(childSeconds(output) / (durationUs / 1e6), 2),
  };
}

/** User and system seconds of wrk, from the last line of bash's `times`: `0m1.234s 0m0.567s`. */
function childSeconds(output: string): number {
  const last = output.trimEnd().split("\n").at(-1) ?? "";
  const spent = [...last.matchAll(/(\d+)m([\d.]+)s/g)];
  return spent.reduce((sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds), 0);
}

const round = (value: number, digits: number) => Number(value.toFixed(digits));
