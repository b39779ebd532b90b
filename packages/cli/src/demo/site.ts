import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { chooseProduct } from "../chosen-product.ts";
import { writeClientSettings } from "../client-settings.ts";
import type { Shell } from "../command.ts";
import { askHost, makeHost } from "../host-door.ts";
import { DEFAULT_PORTS } from "../places.ts";
import { askPublisher, makePublisher, type PublisherAdmin } from "../publisher-door.ts";
import { freePort, type ServiceProcess, startService } from "./service-process.ts";

/** What the demonstration was asked for. */
export interface DemoPlan {
  readonly directory: string;
  readonly machines: number;
  readonly required: number;
  readonly servers: number;
  readonly requiredServer: number;
  readonly newerProduct: boolean;
}

/** The running services and what their clients need. */
export interface DemoSite {
  readonly publisherPort: number;
  readonly hostPort: number;
  readonly adminPort: number;
  readonly directories: { readonly publisher: string; readonly host: string; readonly clients: string };
  readonly trust: Uint8Array;
}

/** One machine of the fleet: its directory holds its store and identity. */
export interface DemoMachine {
  readonly name: string;
  readonly directory: string;
  readonly product: keyof typeof PRODUCTS;
}

/** The products of the demonstration: the first two share a key group, the newer one has its own. */
export const PRODUCTS = {
  workstation: "Example Editor",
  server: "Example Server",
  newer: "Example Editor Next",
} as const;
const CLASS = { workstation: 1, server: 2, newer: 1 } as const;

/** Publisher, keys, host and host activation, all through the running services. Started processes go to `running` at once. */
export async function bringUpSite(plan: DemoPlan, shell: Shell, running: ServiceProcess[]): Promise<DemoSite> {
  const { note } = shell.terminal;
  const directories = {
    publisher: join(plan.directory, "publisher"),
    host: join(plan.directory, "host"),
    clients: join(plan.directory, "clients"),
  };
  await mkdir(directories.clients, { recursive: true, mode: 0o700 });
  const publisherPort = await chosenPort("publisher", DEFAULT_PORTS.publisher, note);
  await makePublisher(directories.publisher, { name: "Example", serviceUrl: `http://127.0.0.1:${publisherPort}` });
  const start = async (role: "publisher" | "host", options: readonly string[]) => {
    const service = await startService({ self: shell.self, role, directory: directories[role], options });
    running.push(service);
    return service;
  };
  await start("publisher", ["--port", String(publisherPort), "--listen", "127.0.0.1"]);
  note(`publisher Example serves on 127.0.0.1:${publisherPort}`);
  const { hostKey, trust } = await askPublisher(directories.publisher, (publisher) => issueAll(publisher, plan));
  const hostPort = await chosenPort("host", DEFAULT_PORTS.activation, note);
  const adminPort = await chosenPort("host's health", DEFAULT_PORTS.hostHealth, note);
  await makeHost(directories.host);
  const ports = ["--port", String(hostPort), "--admin-port", String(adminPort), "--listen", "127.0.0.1"];
  await start("host", ports);
  await askHost(directories.host, async (host) => {
    await host.addTrust({ trustFile: trust });
    await host.installKey({ productKey: hostKey });
    await host.activateOnline({});
  });
  note(`host serves on 127.0.0.1:${hostPort}, activated online with host key …${hostKey.slice(-5)}`);
  return { publisherPort, hostPort, adminPort, directories, trust };
}

/** Gives every machine its directory, in the order in which they ask. */
export async function prepareFleet(plan: DemoPlan, site: DemoSite): Promise<readonly DemoMachine[]> {
  const machines = [
    ...fleetOf("workstation", plan.machines, site),
    ...fleetOf("server", plan.servers, site),
    ...fleetOf("newer", plan.newerProduct ? 1 : 0, site),
  ];
  for (const { name, directory, product } of machines) {
    const chosen = await chooseProduct(site.trust, { setupKey: undefined, product: PRODUCTS[product] });
    const settings = {
      format: 1,
      product: chosen.activationId,
      productName: chosen.name,
      setupKey: chosen.setupKey,
      host: `127.0.0.1:${site.hostPort}`,
      demonstration: { seed: `${name} ${site.directories.clients}`, computerName: name },
    } as const;
    await writeClientSettings(directory, settings, site.trust);
  }
  return machines;
}

/** The cap comes from what the active machines' products require; a host that covers both counts them together. */
async function issueAll(publisher: PublisherAdmin, plan: DemoPlan) {
  const { application } = await publisher.createApplication({ name: "Example" });
  const applicationId = application?.applicationId ?? new Uint8Array();
  const required = { workstation: plan.required, server: plan.requiredServer, newer: plan.required };
  let hostGroup = 0;
  for (const kind of ["workstation", "server", "newer"] as const) {
    const { product: made } = await publisher.createProduct({
      ...{ applicationId, name: PRODUCTS[kind], productClass: CLASS[kind], requiredCount: required[kind] },
      keyGroup: kind === "server" ? hostGroup : 0,
      generation: kind === "newer" ? 2 : 1,
    });
    if (kind === "workstation") hostGroup = made?.product?.keyGroup ?? 0;
    await publisher.issueKey({ kind: 0, productId: made?.product?.productId ?? 0 });
  }
  const { productKey: hostKey } = await publisher.issueKey({ kind: 1, keyGroup: hostGroup });
  return { hostKey, trust: (await publisher.exportTrust({})).trustFile };
}

function fleetOf(product: DemoMachine["product"], count: number, site: DemoSite): readonly DemoMachine[] {
  return Array.from({ length: count }, (_, index) => {
    const name = `${product}-${String(index + 1).padStart(2, "0")}`;
    return { name, product, directory: join(site.directories.clients, name) };
  });
}

async function chosenPort(whose: string, wanted: number, note: (line: string) => void): Promise<number> {
  const port = await freePort(wanted);
  if (port !== wanted) note(`port ${wanted} is taken: the ${whose} uses ${port} instead`);
  return port;
}
