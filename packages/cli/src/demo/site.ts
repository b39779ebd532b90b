import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { chooseProduct } from "../chosen-product.ts";
import { makeClient } from "../client-settings.ts";
import type { Shell } from "../command.ts";
import { askHost, type HostAdmin, makeHost } from "../host-door.ts";
import { DEFAULT_PORTS } from "../places.ts";
import { askPublisher, makePublisher, type PublisherAdmin } from "../publisher-door.ts";
import { onFreePorts } from "./ports.ts";
import { type ServiceProcess, startService } from "./service-process.ts";

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

/** The products of the demonstration, each in a key group of its own: a group is of one class and generation. */
export const PRODUCTS = {
  workstation: "Example Editor",
  server: "Example Server",
  newer: "Example Editor Next",
} as const;
const CLASS = { workstation: 1, server: 2, newer: 1 } as const;

/** Publisher, keys, host and host activation, all through the running services. Started processes go to `running` at once. */
export async function bringUpSite(plan: DemoPlan, shell: Shell, running: ServiceProcess[]): Promise<DemoSite> {
  const { note, progress } = shell.terminal;
  const directories = {
    publisher: join(plan.directory, "publisher"),
    host: join(plan.directory, "host"),
    clients: join(plan.directory, "clients"),
  };
  await mkdir(directories.clients, { recursive: true, mode: 0o700 });
  progress("starting the publisher and the host ...");
  const bringing = { directories, shell, running };
  const [publisherPort, { hostPort, adminPort }] = await Promise.all([
    bringUpPublisher(bringing),
    bringUpHost(bringing),
  ]);
  note(`publisher Example serves on 127.0.0.1:${publisherPort}`);
  progress("issuing keys, activating the host ...");
  const { hostKey, trust } = await askPublisher(directories.publisher, (publisher) => issueAll(publisher, plan), shell);
  const activated = async (host: HostAdmin) => {
    await host.addTrust({ trustFile: trust });
    await host.installKey({ productKey: hostKey });
    await host.activateOnline({});
  };
  await askHost(directories.host, activated, shell);
  note(`host serves on 127.0.0.1:${hostPort}, activated online with host key …${hostKey.slice(-5)}`);
  return { publisherPort, hostPort, adminPort, directories, trust };
}

interface BringingUp {
  readonly directories: DemoSite["directories"];
  readonly shell: Shell;
  readonly running: ServiceProcess[];
}

/** Its port is in its signed documents, so with another port it is another publisher. */
async function bringUpPublisher({ directories, shell, running }: BringingUp): Promise<number> {
  const directory = directories.publisher;
  const wanted = [{ whose: "publisher", port: DEFAULT_PORTS.publisher }];
  const [port = 0] = await onFreePorts(wanted, shell.terminal.note, async ([tried]) => {
    await rm(directory, { recursive: true, force: true });
    await makePublisher(directory, { name: "Example", serviceUrl: `http://127.0.0.1:${tried}` }, shell);
    const options = ["--port", `${tried}`, "--listen", "127.0.0.1"];
    await startService({ self: shell.self, role: "publisher", directory, options }, running);
  });
  return port;
}

async function bringUpHost({ directories, shell, running }: BringingUp) {
  const directory = directories.host;
  await makeHost(directory, shell);
  const wanted = [
    { whose: "host", port: DEFAULT_PORTS.activation },
    { whose: "host's health", port: DEFAULT_PORTS.hostHealth },
  ];
  const [hostPort = 0, adminPort = 0] = await onFreePorts(wanted, shell.terminal.note, async ([port, admin]) => {
    const options = ["--port", `${port}`, "--admin-port", `${admin}`, "--listen", "127.0.0.1"];
    await startService({ self: shell.self, role: "host", directory, options }, running);
  });
  return { hostPort, adminPort };
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
      find: { host: `127.0.0.1:${site.hostPort}`, lookupDomain: "", dnsServers: "" },
      demonstration: { seed: `${name} ${site.directories.clients}`, computerName: name },
    } as const;
    await makeClient(directory, { ...settings, trust: site.trust });
  }
  return machines;
}

/** A host key for servers serves the workstations of its generation too, and counts both together. */
async function issueAll(publisher: PublisherAdmin, plan: DemoPlan) {
  const { application } = await publisher.createApplication({ name: "Example" });
  const applicationId = application?.applicationId ?? new Uint8Array();
  const required = { workstation: plan.required, server: plan.requiredServer, newer: plan.required };
  let hostGroup = 0;
  for (const kind of ["workstation", "server", "newer"] as const) {
    const { product: made } = await publisher.createProduct({
      ...{ applicationId, name: PRODUCTS[kind], productClass: CLASS[kind], requiredCount: required[kind] },
      generation: kind === "newer" ? 2 : 1,
    });
    if (kind === "server") hostGroup = made?.product?.keyGroup ?? 0;
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
