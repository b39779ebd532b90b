import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { RefusalError } from "@countersign/domain";
import { countOf, textOf } from "../actions/words.ts";
import type { Action, Given, Shell } from "../command.ts";
import { writeContext } from "../context-file.ts";
import { contextFile } from "../places.ts";
import { refused } from "../refusal-report.ts";
import { isSetUp } from "../target.ts";
import { EXIT } from "../terminal.ts";
import { activateFleet } from "./fleet.ts";
import { type DemoReport, demoReport, reportLines } from "./report.ts";
import type { ServiceProcess } from "./service-process.ts";
import { bringUpSite, type DemoPlan, type DemoSite, prepareFleet } from "./site.ts";

const MOST = 1_000;

/** Everything at once: services as processes of their own, a fleet over TCP, then what is where. */
export const demo: Action = async (given, shell) => {
  const stays = given["exit"] !== true;
  let isKept = stays || textOf(given, "data") !== undefined;
  const plan = await planOf(given);
  const running: ServiceProcess[] = [];
  const cut = shell.interrupted.then(() => {
    throw refused("STOP_REQUESTED");
  });
  cut.catch(() => undefined);
  try {
    const { site, report } = await Promise.race([run(plan, shell, running), cut]);
    if (stays) await keepContext(site, shell);
    const lines = reportLines(report, site, stays);
    shell.terminal.answer({ json: report, rows: [flat(report)], short: String(report.host.currentCount), lines });
    if (stays) await shell.interrupted;
    return EXIT.ok;
  } catch (error) {
    // What failed can be looked at; who asked to stop asked for that alone.
    isKept ||= !(error instanceof RefusalError && error.refusal.reason === "STOP_REQUESTED");
    throw error;
  } finally {
    shell.terminal.progress(undefined);
    for (const service of running.toReversed()) await service.stop();
    if (isKept) shell.terminal.note(`stopped; everything stays in ${plan.directory}`);
    else await rm(plan.directory, { recursive: true, force: true, maxRetries: 3 });
  }
};

async function run(
  plan: DemoPlan,
  shell: Shell,
  running: ServiceProcess[],
): Promise<{ readonly site: DemoSite; readonly report: DemoReport }> {
  const startedMs = shell.nowMs();
  const site = await bringUpSite(plan, shell, running);
  const machines = await prepareFleet(plan, site);
  const outcome = await activateFleet(machines, plan, shell.terminal);
  const report = await demoReport({ plan, site, outcome, machines: machines.length, shell });
  return { site, report: { ...report, seconds: (shell.nowMs() - startedMs) / 1000 } };
}

async function planOf(given: Given): Promise<DemoPlan> {
  const within = (name: string, fallback: number, least: number) =>
    countOf(given, name, { fallback, least, most: MOST });
  const wanted = {
    machines: within("machines", 30, 0),
    required: within("required", 25, 1),
    servers: within("servers", 0, 0),
    requiredServer: within("requiredServer", 5, 1),
    newerProduct: given["newerProduct"] === true,
  };
  const said = textOf(given, "data");
  const directory = said === undefined ? await mkdtemp(join(tmpdir(), "countersign-demo-")) : resolve(said);
  if (await isSetUp("publisher", join(directory, "publisher")))
    throw refused("EXISTS_ALREADY", { what: "demonstration", name: directory });
  return { ...wanted, directory };
}

async function keepContext({ directories }: DemoSite, shell: Shell): Promise<void> {
  const { publisher, host, clients } = directories;
  await writeContext(contextFile(shell), { name: "demo", publisher, host, client: join(clients, "workstation-01") });
}

function flat(report: DemoReport) {
  const { machines, host, countTooLow } = report;
  return {
    total: machines.total,
    licensed: machines.licensed,
    countTooLow,
    currentCount: host.currentCount,
    machinesSeen: host.machinesSeen,
    failed: host.requests.failed,
  };
}
