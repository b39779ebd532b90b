// A healthy site as real processes, each party on a machine of its own: what faults are done to.
import { execFileSync } from "node:child_process";
import { cpSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import {
  type BindServer,
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

const COMMAND = fileURLToPath(new URL("../packages/cli/bin/countersign.mjs", import.meta.url));
const CACHE = fileURLToPath(new URL("../node_modules/.cache/countersign-faults", import.meta.url));
const RESOLV = ["nameserver 10.77.0.53", "search corp.test"];

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
  dns: { address: "10.77.0.53" },
  vendor: { address: "10.77.0.5", resolv: RESOLV },
  kms: { address: "10.77.0.11", hostName: "kms.corp.test", resolv: RESOLV },
  kms2: { address: "10.77.0.12", hostName: "kms2.corp.test", resolv: RESOLV },
  pc: { address: "10.77.0.21", hostName: "pc-1.corp.test", resolv: RESOLV },
} as const;

/** A machine of the site. */
export type Machine = keyof typeof MACHINES;

/** The parties whose process a fault may do without. */
export type Service = "dns" | "vendor" | "kms" | "kms2" | "agent";

/** The site, as a fault finds it. */
export interface Site extends CableSite {
  readonly trustFile: string;
  readonly hostKeyFile: string;
  dns(): BindServer;
  /** A running service; throws where it does not run. */
  service(name: Exclude<Service, "dns">): RunningProgram;
  /** Starts one, and again after it was killed. */
  serve(name: Service): Promise<void>;
  /** The setup key of a product, as the vendor prints it. */
  setupKey(product: string): Promise<string>;
  /** Everything stopped and as it was before any fault; then the healthy services run again, but for those named. */
  restore(without?: readonly Service[]): Promise<void>;
  stopAll(): Promise<void>;
}

/** `dns:` of the host's configuration; whoever bends it begins with this. */
export function hostYaml(secret = ZONE_KEY.secretBase64): string {
  const key = `{ name: host-key, algorithm: hmac-sha256, secret: ${secret} }`;
  return `dns:\n  domains:\n    - name: corp.test\n      key: ${key}\n`;
}

/** The zone of the site; `policy` = who may update it. */
export function zones(policy = ZONE_KEY.name) {
  const rights = [`grant ${policy} name ${SERVICE}. SRV`, `grant ${policy} wildcard *._sub.${SERVICE}. SRV`];
  const hosts = ["kms A 10.77.0.11", "kms2 A 10.77.0.12", "pc-1 A 10.77.0.21"];
  return [{ name: "corp.test", records: hosts, updatePolicy: rights }, { name: "other.test" }];
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
  const site: Site = {
    ...cable,
    ...{ trustFile: vendor.trustFile, hostKeyFile: vendor.hostKeyFile },
    dns: () => bind.server ?? missing("dns"),
    service: (name) => running.get(name) ?? missing(name),
    async serve(name) {
      if (name === "dns") bind.server = await startDns(cable);
      else running.set(name, await START[name](cable));
    },
    async setupKey(product) {
      const known = keys.get(product);
      if (known !== undefined) return known;
      const { stdout } = await expectDone(
        cable.run("vendor", "publisher", "key", "issue", "--kind", "setup", "--product", product),
      );
      keys.set(product, stdout.trim());
      return stdout.trim();
    },
    async restore(without = []) {
      await site.stopAll();
      for (const machine of Object.keys(MACHINES)) {
        copyWhole(`${cable.place(machine)}.healthy`, cable.place(machine));
        cable.setClock(machine, "");
        await cable.network.filter(machine);
      }
      for (const name of ["dns", "vendor", "kms", "agent"] as const)
        if (!without.includes(name)) await site.serve(name);
      if (!without.includes("dns") && !without.includes("kms")) await published(site);
    },
    async stopAll() {
      await bind.server?.stop();
      delete bind.server;
      for (const [name, program] of running) {
        program.signal("SIGTERM");
        await program.ended;
        running.delete(name);
      }
    },
  };
  await furnish(site);
  return site;
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

/** Until DNS has both records of the host: each look is a whole transfer, nothing is awaited by the clock. */
export async function published(site: Site, host = "kms"): Promise<void> {
  for (;;) {
    const zone = await site.dns().transfer("corp.test");
    if (zone.filter((line) => line.endsWith(` ${host}.corp.test.`) && line.includes(" SRV ")).length === 2) return;
  }
}

const START: Readonly<Record<Exclude<Service, "dns">, (cable: CableSite) => Promise<RunningProgram>>> = {
  vendor: (cable) => cable.start("vendor", /publisher ready/, "publisher", "serve", "--log-level", "silent"),
  kms: (cable) => serveHost(cable, "kms"),
  kms2: (cable) => serveHost(cable, "kms2"),
  agent: (cable) => cable.start("pc", /agent ready/, "agent", "serve"),
};

function startDns(cable: CableSite): Promise<BindServer> {
  return startBind({
    ...{ netns: cable.network.netns("dns"), address: MACHINES.dns.address, port: 53 },
    ...{ keys: [ZONE_KEY], zones: zones() },
  });
}

function missing(name: string): never {
  throw new Error(`expected ${name} to run, found that it does not`);
}

/** The text of a file on a machine. */
export function textOf(site: Site, machine: Machine, name: string): string {
  return readFileSync(site.place(machine, name), "utf8");
}
