import type { CableSite, Ended, RunningProgram } from "./cable-site.ts";

/** A vendor's service on a machine of the site's cable, and how the site gets what it sells. */
export interface CableVendor {
  readonly service: RunningProgram;
  /** Of every party's own directory: the vendor's trust file lies there under this name. */
  readonly trustFile: string;
  /** The host key is read from this file once. */
  readonly hostKeyFile: string;
}

/** A product and how many machines it requires. */
export interface SoldProduct {
  readonly name: string;
  readonly requiredCount: number;
}

/** A publisher with its products and a host key for the first of them, its service running. */
export async function openVendor(
  site: CableSite,
  machine: string,
  products: readonly SoldProduct[],
): Promise<CableVendor> {
  const url = `http://${site.network.address(machine)}:1690`;
  const words = (...more: readonly string[]) => expectDone(site.run(machine, "publisher", ...more));
  await words("init", "--name", "Example", "--url", url);
  await words("app", "add", "--name", "Suite");
  for (const { name, requiredCount } of products) {
    await words("product", "add", "--name", name, "--required", `${requiredCount}`);
    await words("key", "issue", "--kind", "setup", "--product", name);
  }
  const { stdout } = await words("key", "issue", "--kind", "host", "--key-group", "1");
  site.write(machine, "host.key", stdout);
  await words("export-trust", "--file", "example.cstrust");
  const service = await site.start(machine, /publisher ready/, "publisher", "serve", "--log-level", "silent");
  return { service, trustFile: site.place(machine, "example.cstrust"), hostKeyFile: site.place(machine, "host.key") };
}

/** A host made, keyed and activated on a machine; it does not run yet. */
export async function makeHost(site: CableSite, machine: string, vendor: CableVendor): Promise<void> {
  const type = (line: string) => expectDone(site.type(machine, `countersign host ${line}`));
  await type("init");
  await type(`trust add ${vendor.trustFile}`);
  await type(`key install - < ${vendor.hostKeyFile}`);
  await type("activate");
}

/** Starts the host of a machine, with `etc/host.yaml` of it where one was written. */
export function serveHost(site: CableSite, machine: string, ...more: readonly string[]): Promise<RunningProgram> {
  return site.start(machine, /host ready/, "host", "serve", ...more);
}

/** The end of a command that has to succeed; rejects with what it said when it did not. */
export async function expectDone(ended: Promise<Ended>): Promise<Ended> {
  const { code, stdout, stderr } = await ended;
  if (code !== 0) throw new Error(`expected exit code 0, found ${code}:\n${stdout}${stderr}`);
  return { code, stdout, stderr };
}
