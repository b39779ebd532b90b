import { join } from "node:path";
import { type PreparedSite, prepareSite, requestOf, type SiteProduct } from "../packages/host/test/site.ts";
import { encodeActivateRequest } from "../packages/protocol/src/index.ts";
import { measureColdVerification } from "./cold-verification.ts";
import type { BenchOptions } from "./options.ts";
import { type ServiceProcess, startService } from "./service-process.ts";
import { fillStore, measureStoreCeiling } from "./store-ceiling.ts";
import { ACTIVATE_PATH, drive, type Load } from "./wrk-load.ts";

/** One run: echo, host and store one after the other, so that each has the machine for itself. */
export interface Run {
  readonly host: Load;
  readonly echo: Load;
  readonly storePerSecond: number;
}

/** Everything that was measured. */
export interface Measured {
  readonly runs: readonly Run[];
  readonly rssMiB: number;
  readonly answerBytes: number;
  readonly coldVerificationMs: number;
  readonly readyMs: number;
}

const WARM_UP_S = 2;
const HOST = "../packages/host/test/host-process.ts";
const COMMAND = "../packages/cli/bin/countersign.mjs";

/** Prepares a site in `directory` and measures it. `progress` hears what is being done. */
export async function measure(
  directory: string,
  options: BenchOptions,
  progress: (text: string) => void,
): Promise<Measured> {
  const site = await prepareSite(join(directory, "driven"));
  const product = productOf(site);
  const host = await startService(HOST, [site.hostDirectory]);
  const { port } = JSON.parse(host.line);
  const answerBytes = await answerSize(port, product);
  const echo = await startService("./bare-echo.ts", [String(answerBytes)]);
  progress("warming up: what a just-in-time compiler has not seen yet is not measured");
  drive(Number(echo.line), product, WARM_UP_S);
  drive(port, product, WARM_UP_S);
  const runs: Run[] = [];
  for (let run = 1; run <= options.runs; run++) {
    progress(`run ${run} of ${options.runs}`);
    runs.push(await oneRun({ port, echo, product, directory: join(directory, `store-${run}.sqlite`) }, options));
  }
  await echo.stop();
  const { rssMiB } = JSON.parse(await host.stop());
  progress("verifying a reply, nothing cached");
  const coldVerificationMs = await measureColdVerification(site);
  progress(`opening a store with ${options.machines} machines`);
  return { runs, rssMiB, answerBytes, coldVerificationMs, readyMs: await readyWith(options.machines, directory) };
}

async function oneRun(
  at: {
    readonly port: number;
    readonly echo: ServiceProcess;
    readonly product: SiteProduct;
    readonly directory: string;
  },
  { secondsPerRun }: BenchOptions,
): Promise<Run> {
  return {
    echo: drive(Number(at.echo.line), at.product, secondsPerRun),
    host: drive(at.port, at.product, secondsPerRun),
    storePerSecond: await measureStoreCeiling(at.directory, secondsPerRun * 500),
  };
}

/** Bytes of a reply to a first contact: what the echo answers with. */
async function answerSize(port: number, product: SiteProduct): Promise<number> {
  const reply = await fetch(`http://127.0.0.1:${port}${ACTIVATE_PATH}`, {
    method: "POST",
    headers: { "content-type": "application/proto" },
    body: encodeActivateRequest(requestOf(product)) as Uint8Array<ArrayBuffer>,
  });
  return (await reply.arrayBuffer()).byteLength;
}

/** From the start of `countersign host serve` until it listens, with so many machines in its store; its second start. */
async function readyWith(machines: number, directory: string): Promise<number> {
  const site = await prepareSite(join(directory, "filled"));
  await fillStore(join(site.hostDirectory, "host.db"), machines, productOf(site));
  const words = ["host", "serve", "--data", site.hostDirectory, "--port", "0", "--admin-port", "0"];
  const quiet = ["--listen", "127.0.0.1", "--log-level", "silent", "-o", "jsonl"];
  // The first start after an installation compiles, and keeps what it compiled for those that follow.
  await (await startService(COMMAND, [...words, ...quiet])).stop("SIGTERM");
  const host = await startService(COMMAND, [...words, ...quiet]);
  await host.stop("SIGTERM");
  return host.readyMs;
}

function productOf({ products: [product] }: PreparedSite): SiteProduct {
  if (product === undefined) throw new Error("the site has no product");
  return product;
}
