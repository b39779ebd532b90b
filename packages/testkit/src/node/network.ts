import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

/** Machines of one cable: network namespaces on a bridge, each with an address of its own. Nothing of it leaves them. */
export interface Network {
  /** The namespace of a machine, for who starts programs in it by itself (`ip netns exec`). */
  netns(machine: string): string;
  address(machine: string): string;
  /** What goes before a program so that it runs on that machine, with its host name and its DNS. */
  on(machine: string): readonly string[];
  /** Runs a program there to its end; rejects with what it said when it fails. */
  run(machine: string, program: string, ...args: readonly string[]): Promise<string>;
  /** The packet filter of a machine, in nft's own words, in place of what it was; none = everything passes. */
  filter(machine: string, ...rules: readonly string[]): Promise<void>;
  /** The namespaces and what ran in them are gone. */
  close(): Promise<void>;
}

/** One machine of the cable. */
export interface NetworkMachine {
  /** In 10.77.0.0/24. */
  readonly address: string;
  /** What it calls itself: `pc-1.corp.test`. */
  readonly hostName?: string;
  /** Lines of its resolv.conf. */
  readonly resolv?: readonly string[];
  /** Directories of its own in place of the system's: `/var/lib/countersign` to where its files are. */
  readonly mounts?: Readonly<Record<string, string>>;
}

/** Why tests with several machines are skipped; false where namespaces can be made, and in CI, where that is a failure. */
export const withoutNamespaces: string | false =
  process.env["CI"] !== undefined || canMakeNamespaces()
    ? false
    : "network namespaces need root, and ip and nft (apt-get install iproute2 nftables)";

const run = promisify(execFile);
/** Names the machine and mounts what is its own; `ip netns exec` has made a mount namespace of the program's own before. */
const ENTER =
  'hostname "$0" && while [ "$1" != -- ]; do mount --bind "$1" "$2" || exit; shift 2; done && shift && exec "$@"';
let made = 0;

/** Lays the cable. Names are this process's own, so that several suites may run at once. */
export async function openNetwork(machines: Readonly<Record<string, NetworkMachine>>): Promise<Network> {
  made += 1;
  const nameOf = (machine: string) => `cs-${process.pid}-${made}-${machine}`;
  const directory = await mkdtemp(join(tmpdir(), "countersign-network-"));
  const hub = nameOf("hub");
  await ip(["netns", "add", hub], ["-n", hub, "link", "add", "br0", "type", "bridge"]);
  await ip(["-n", hub, "address", "add", "10.77.0.254/24", "dev", "br0"], ["-n", hub, "link", "set", "br0", "up"]);
  for (const [i, [machine, { address, resolv = [] }]] of Object.entries(machines).entries()) {
    await attach({ hub, port: `port${i}`, netns: nameOf(machine), address });
    await writeFile(join(directory, machine), `${resolv.join("\n")}\n`);
  }
  const on = (machine: string): readonly string[] => {
    const { hostName = machine, mounts = {} } = machines[machine] ?? {};
    const own = Object.entries({ ...mounts, "/etc/resolv.conf": join(directory, machine) });
    const inside = ["ip", "netns", "exec", nameOf(machine), "unshare", "--uts", "sh", "-c", ENTER, hostName];
    return [...inside, ...own.flatMap(([over, under]) => [under, over]), "--"];
  };
  return {
    netns: nameOf,
    on,
    address: (machine) => machines[machine]?.address ?? "",
    async run(machine, ...words) {
      const [program = "", ...args] = [...on(machine), ...words];
      return (await run(program, args)).stdout;
    },
    async filter(machine, ...rules) {
      await ip(["netns", "exec", nameOf(machine), "nft", "flush", "ruleset"]);
      for (const rule of rules) await ip(["netns", "exec", nameOf(machine), "nft", rule]);
    },
    async close() {
      for (const name of [...Object.keys(machines).map(nameOf), hub]) {
        await endAllIn(name);
        await ip(["netns", "delete", name]);
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
}

interface Attachment {
  readonly hub: string;
  readonly port: string;
  readonly netns: string;
  readonly address: string;
}

async function attach({ hub, port, netns, address }: Attachment): Promise<void> {
  await ip(
    ["netns", "add", netns],
    ["-n", hub, "link", "add", port, "type", "veth", "peer", "name", "eth0", "netns", netns],
    ["-n", hub, "link", "set", port, "master", "br0", "up"],
    ["-n", netns, "link", "set", "lo", "up"],
    ["-n", netns, "address", "add", `${address}/24`, "dev", "eth0"],
    ["-n", netns, "link", "set", "eth0", "up"],
    ["-n", netns, "route", "add", "default", "via", "10.77.0.254"],
  );
}

/** A namespace lives as long as something runs in it: who was started there ends with it. */
async function endAllIn(netns: string): Promise<void> {
  const { stdout } = await run("ip", ["netns", "pids", netns]);
  for (const pid of stdout.split("\n").filter((line) => line !== "")) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It ended by itself in between.
    }
  }
}

async function ip(...commands: readonly (readonly string[])[]): Promise<void> {
  for (const args of commands) await run("ip", args);
}

function canMakeNamespaces(): boolean {
  if (process.getuid?.() !== 0) return false;
  const name = `cs-${process.pid}-probe`;
  if (spawnSync("ip", ["netns", "add", name]).status !== 0) return false;
  const { status } = spawnSync("ip", ["netns", "exec", name, "nft", "list", "ruleset"]);
  spawnSync("ip", ["netns", "delete", name]);
  return status === 0;
}
