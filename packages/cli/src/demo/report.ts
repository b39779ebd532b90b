import { countRows, requestRow } from "../actions/seat-rows.ts";
import type { Shell } from "../command.ts";
import { askHost } from "../host-door.ts";
import type { FleetOutcome } from "./fleet.ts";
import type { DemoPlan, DemoSite } from "./site.ts";

/** What the demonstration shows, and prints as JSON. */
export type DemoReport = Awaited<ReturnType<typeof demoReport>> & { readonly seconds: number };

/** The fleet's side as counted here, the host's side as the host says. */
export async function demoReport({
  plan,
  site,
  outcome,
  machines,
  shell,
}: {
  readonly plan: DemoPlan;
  readonly site: DemoSite;
  readonly outcome: FleetOutcome;
  readonly machines: number;
  readonly shell: Shell;
}) {
  const status = await askHost(site.directories.host, (host) => host.getStatus({}), shell);
  const [seat] = status.seats;
  if (seat === undefined) throw new Error("expected the host to serve the demonstration's publisher, found no seat");
  const [count] = countRows(seat);
  return {
    machines: { total: machines, workstations: plan.machines, servers: plan.servers, licensed: outcome.licensed },
    required: { workstations: plan.required, servers: plan.requiredServer },
    countTooLow: outcome.countTooLow,
    refused: outcome.refused,
    requests: outcome.requests,
    host: {
      port: site.hostPort,
      adminPort: site.adminPort,
      currentCount: count?.currentCount ?? 0,
      machinesSeen: count?.machinesSeen ?? 0,
      batches: Number(status.batches),
      requests: requestRow(seat),
    },
    publisher: { port: site.publisherPort },
    data: plan.directory,
  };
}

/** What a person reads at the end. */
export function reportLines(report: DemoReport, site: DemoSite, staysUp: boolean): readonly string[] {
  const { machines, host, countTooLow, publisher } = report;
  const outcome = [
    "",
    `${machines.licensed} of ${machines.total} machines are licensed; ${countTooLow} times a machine was told the count is too low.`,
    `The host's current count is ${host.currentCount}, it has seen ${host.machinesSeen} machines, and answered ${host.requests.total} requests (${host.requests.failed} failed).`,
  ];
  if (!staysUp) return outcome;
  return [
    ...outcome,
    "",
    "What is where",
    `  publisher  127.0.0.1:${publisher.port}   ${site.directories.publisher}`,
    `  host       127.0.0.1:${host.port}   ${site.directories.host}   (health: http://127.0.0.1:${host.adminPort}/readyz)`,
    `  clients    one directory each   ${site.directories.clients}`,
    "",
    'Try, in another terminal (the context "demo" is in use, so they find it)',
    "  npx countersign slmgr /dlv",
    "  npx countersign host status",
    "  npx countersign client status",
    "  npx countersign client activate",
    "  npx countersign publisher key list",
    `  curl -s -H 'content-type: application/json' -d '{}' http://127.0.0.1:${host.port}/countersign.v1.ActivationService/GetHostInfo`,
    "",
    "Ctrl-C stops it.",
  ];
}
