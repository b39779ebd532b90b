// A healthy site as real processes, each party on a machine of its own: what faults are done to.
import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type BindOptions,
  type BindServer,
  type BindZone,
  type CableSite,
  expectDone,
  makeHost,
  openCableSite,
  openVendor,
  type RunningProgram,
  serveHost,
  startBind,
  type TsigKey,
} from "@countersign/testkit/node";
import { openOdds } from "./odds.ts";

const COMMAND = fileURLToPath(new URL("../packages/cli/bin/countersign.mjs", import.meta.url));
const CACHE = fileURLToPath(new URL("../node_modules/.cache/countersign-faults", import.meta.url));
const RESOLV = ["nameserver 10.77.0.53", "search corp.test"];
const PUBLISHED_WITHIN_MS = 60_000;

/** The DNS name of the service in the site's domain. */
export const SERVICE = "_countersign._tcp.corp.test";

/** The key the host updates the zone with. */
export const ZONE_KEY: TsigKey = {
  name: "host-key.",
  algorithm: "hmac-sha256",
  secretBase64: "YSBzZWNyZXQgb2YgdGhlIHNpdGUsIHRoaXJ0eS10d28gYnl0ZXM=",
};

/** The machines; `kms2` is there for whoever needs a second host. */
export const MACHINES = {
  dns: { address: "10.77.0.53", resolv: RESOLV },
  vendor: { address: "10.77.0.5", resolv: RESOLV },
  kms: { address: "10.77.0.11", hostName: "kms.corp.test", resolv: RESOLV },
  kms2: { address: "10.77.0.12", hostName: "kms2.corp.test", resolv: RESOLV },
  pc: {
    address: "10.77.0.21",
    hostName: "pc-1.corp.test",
    resolv: ["nameserver 10.77.0.53", "search corp.test other.test"],
  },
} as const;

/** A machine of the site. */
export type Machine = keyof typeof MACHINES;

/** The parties whose process a fault may do without. */
export type Service = "dns" | "vendor" | "kms" | "kms2" | "agent";

/** What the site is to be when a fault is done to it; nothing said: healthy. */
export interface Beginning {
  /** Services that stay down. */
  readonly without?: readonly Service[];
  /** What lies there before the services start: files, mounts, clocks. */
  readonly prepare?: (site: Site) => Promise<void> | void;
  /** The host cannot publish itself, so nobody waits for its records. */
  readonly isUnpublished?: true;
}

/** The site, as a fault finds it. */
export interface Site extends CableSite {
  readonly trustFile: string;
  readonly hostKeyFile: string;
  dns(): BindServer;
  /** A running service; throws where it does not run. */
  service(name: Exclude<Service, "dns">): RunningProgram;
  /** Starts one, and again after it was killed. */
  serve(name: Service): Promise<void>;
  /** The DNS server with other keys and zones. */
  serveDns(wishes: Partial<Pick<BindOptions, "keys" | "zones">>): Promise<void>;
  /** Ends a service without a word; its peers find out by themselves. */
  kill(name: Service): Promise<void>;
  /** Ends a service as its administrator does. */
  stop(name: Service): Promise<void>;
  /** Types a line that starts a service, which runs on; resolves once it is ready. */
  follow(machine: Machine, line: string): Promise<void>;
  /** A program that goes on until the site is restored, or until what it resolves to once it printed a line is called. */
  leave(machine: Machine, line: string): Promise<() => Promise<void>>;
  /** A file system of its own over a directory of a machine, until the site is restored. */
  mount(machine: Machine, name: string, ...options: readonly string[]): Promise<void>;
  /** The setup key of a product, as the vendor prints it. */
  setupKey(product: string): Promise<string>;
  /** Everything stopped and as it was before any fault; then the services run again, but for those a beginning leaves out. */
  restore(beginning?: Beginning): Promise<void>;
  stopAll(): Promise<void>;
}

/** `dns:` of the host's configuration; whoever bends it begins with this. */
export function hostYaml(secret = ZONE_KEY.secretBase64, domains: readonly string[] = ["corp.test"]): string {
  const key = `{ name: host-key, algorithm: hmac-sha256, secret: ${secret} }`;
  return `dns:\n  domains:\n${domains.map((name) => `    - name: ${name}\n      key: ${key}\n`).join("")}`;
}

/** The zones of the site. The administrator may update them from the DNS server and from the host, and the host with its key. */
export function zones(
  rights: Pick<BindZone, "allowUpdate" | "updatePolicy"> = {
    allowUpdate: ['key "host-key."', "10.77.0.53", "10.77.0.11"],
  },
) {
  const hosts = ["kms A 10.77.0.11", "kms2 A 10.77.0.12", "pc-1 A 10.77.0.21"];
  return [
    { name: "corp.test", records: hosts, ...rights },
    { name: "other.test", ...rights },
  ];
}

/** Builds the site once: a vendor, an activated host, a licensed machine. Faults begin from copies of it. */
export async function openSite(): Promise<Site> {
  const cable = await openCableSite(MACHINES, { command: COMMAND, cache: CACHE });
  const vendor = await openVendor(cable, "vendor", [
    { name: "Editor", requiredCount: 2 },
    { name: "Studio", requiredCount: 25 },
  ]);
  await expectDone(
    cable.type("vendor", "countersign publisher product add --name 'Editor Next' --required 2 --generation 2"),
  );
  const keys = new Map<string, string>();
  const running = new Map<Service, RunningProgram>([["vendor", vendor.service]]);
  const bind: { server?: BindServer } = {};
  const end = async (name: Service, signal: NodeJS.Signals) => {
    if (name === "dns") await bind.server?.stop();
    if (name === "dns") return void delete bind.server;
    site.service(name).signal(signal);
    await site.service(name).ended;
    running.delete(name);
  };
  const odds = openOdds(cable.network);
  const site: Site = {
    ...cable,
    ...{ trustFile: vendor.trustFile, hostKeyFile: vendor.hostKeyFile },
    dns: () => bind.server ?? missing("dns"),
    service: (name) => running.get(name) ?? missing(name),
    async serve(name) {
      if (name === "dns") return site.serveDns({});
      running.set(name, await START[name](cable));
    },
    async serveDns(wishes) {
      bind.server = await startDns(cable, wishes);
    },
    kill: (name) => end(name, "SIGKILL"),
    stop: (name) => end(name, "SIGTERM"),
    async follow(machine, line) {
      const [, party, ...words] = line
        .replace(/ # .*$/, "")
        .trim()
        .split(/\s+/);
      const name: Service = party === "host" ? (machine === "kms2" ? "kms2" : "kms") : "agent";
      running.set(name, await cable.start(machine, /(host|agent) ready/, party ?? "", ...words));
    },
    leave: (machine, line) => odds.leave(machine, line),
    mount: (machine, name, ...options) => odds.mount(site.place(machine, name), options),
    setupKey: (product) => issuedKey(cable, keys, product),
    async restore(beginning = {}) {
      await site.stopAll();
      for (const machine of Object.keys(MACHINES)) {
        copyWhole(`${cable.place(machine)}.healthy`, cable.place(machine));
        cable.setClock(machine, "");
        await cable.network.filter(machine);
      }
      await begin(site, beginning);
    },
    async stopAll() {
      await end("dns", "SIGTERM");
      for (const name of running.keys()) await end(name, "SIGTERM");
      await odds.clear();
    },
  };
  await furnish(site);
  return site;
}

async function issuedKey(cable: CableSite, known: Map<string, string>, product: string): Promise<string> {
  if (!known.has(product)) {
    const key = cable.run("vendor", "publisher", "key", "issue", "--kind", "setup", "--product", product);
    known.set(product, (await expectDone(key)).stdout.trim());
  }
  return known.get(product) ?? "";
}

async function begin(site: Site, { without = [], prepare, isUnpublished }: Beginning): Promise<void> {
  await prepare?.(site);
  for (const name of ["dns", "vendor", "kms", "agent"] as const) if (!without.includes(name)) await site.serve(name);
  if (!without.includes("dns") && !without.includes("kms") && !isUnpublished) await published(site);
}

/** What the site is before anything goes wrong. */
async function furnish(site: Site): Promise<void> {
  const vendor = { trustFile: site.trustFile, hostKeyFile: site.hostKeyFile, service: site.service("vendor") };
  for (const host of ["kms", "kms2"] as const) {
    await makeHost(site, host, vendor);
    site.write(host, "etc/host.yaml", hostYaml());
  }
  cpSync(site.trustFile, site.place("pc", "etc/trust.d/example.cstrust"), { recursive: true });
  for (const name of ["dns", "kms", "agent"] as const) await site.serve(name);
  await published(site);
  await expectDone(site.type("pc", `countersign slmgr /ipk ${await site.setupKey("Editor")}`));
  await anotherMachine(site, "kms2", "Editor");
  await expectDone(site.type("pc", "countersign slmgr /ato"));
  await site.stopAll();
  for (const machine of Object.keys(MACHINES)) copyWhole(site.place(machine), `${site.place(machine)}.healthy`);
}

/** Modes and all: private keys that others may read are not taken up. */
function copyWhole(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  execFileSync("cp", ["-a", from, to]);
}

/** One more machine that asks for a product; what becomes of it is its own affair. */
export async function anotherMachine(site: Site, machine: Machine, product: string): Promise<void> {
  const store = `client-${product.toLowerCase().replaceAll(" ", "-")}`;
  await expectDone(
    site.type(machine, `countersign client init --data ${store} --trust ${site.trustFile} --product '${product}'`),
  );
  await site.type(machine, `countersign client activate --data ${store}`);
}

/** Until DNS has both records of the host: each look is a whole transfer. */
export async function published(site: Site, host = "kms"): Promise<void> {
  for (const deadlineMs = Date.now() + PUBLISHED_WITHIN_MS; Date.now() < deadlineMs; ) {
    const zone = await site.dns().transfer("corp.test");
    if (zone.filter((line) => line.endsWith(` ${host}.corp.test.`) && line.includes(" SRV ")).length === 2) return;
  }
  throw new Error(`expected two records of ${host} within a minute:\n${site.service("kms").stderr()}`);
}

const START: Readonly<Record<Exclude<Service, "dns">, (cable: CableSite) => Promise<RunningProgram>>> = {
  vendor: (cable) => cable.start("vendor", /publisher ready/, "publisher", "serve", "--log-level", "silent"),
  kms: (cable) => serveHost(cable, "kms"),
  kms2: (cable) => serveHost(cable, "kms2"),
  agent: (cable) => cable.start("pc", /agent ready/, "agent", "serve"),
};

function startDns(cable: CableSite, wishes: Parameters<Site["serveDns"]>[0]): Promise<BindServer> {
  return startBind({
    ...{ netns: cable.network.netns("dns"), address: MACHINES.dns.address, port: 53 },
    ...{ keys: [ZONE_KEY], zones: zones(), ...wishes },
  });
}

function missing(name: string): never {
  throw new Error(`expected ${name} to run, found that it does not`);
}

/** The text of a file on a machine. */
export function textOf(site: Site, machine: Machine, name: string): string {
  return readFileSync(site.place(machine, name), "utf8");
}
