import { execFile } from "node:child_process";
import { getServers } from "node:dns";
import { existsSync, readFileSync } from "node:fs";
import { hostname, networkInterfaces } from "node:os";
import type { MachineFacts } from "@countersign/doctor";

const ASK_MS = 1_000;
const TIMESYNCD_MARK = "/run/systemd/timesync/synchronized";
const DNS_PORT = 53;

/** The machine this process runs on, as far as it tells without being asked by anybody else. */
export async function machineFacts(wallMs: number): Promise<MachineFacts> {
  const resolv = textOf("/etc/resolv.conf");
  const hasDefaultRoute = defaultRoute();
  const clockSynchronised = await isClockSynchronised();
  return {
    name: hostname(),
    platform: process.platform,
    addresses: addresses(),
    ...(hasDefaultRoute === undefined ? {} : { hasDefaultRoute }),
    resolvers: resolv === undefined ? getServers().map(withPort) : resolversIn(resolv).map(withPort),
    domain: domainIn(resolv ?? "") || hostname().split(".").slice(1).join("."),
    wallMs,
    ...(clockSynchronised === undefined ? {} : { clockSynchronised }),
  };
}

/** `nameserver` lines of resolv.conf(5). */
export function resolversIn(text: string): readonly string[] {
  return valuesOf("nameserver", text).map(([server = ""]) => server.split("%")[0] ?? "");
}

/** Its `domain`, else the first of its `search`: the last line of both decides, as resolv.conf(5) says. */
export function domainIn(text: string): string {
  const lines = text.split("\n").flatMap((line) => /^\s*(?:domain|search)\s+(\S+)/.exec(line)?.[1] ?? []);
  return (lines.at(-1) ?? "").replace(/\.$/, "");
}

/** From the tables of routes of proc(5): the default is the route to nowhere in particular that is up. */
export function hasDefaultRouteIn(ipv4: string, ipv6: string): boolean {
  const four = ipv4.split("\n").map((line) => line.trim().split(/\s+/));
  const isUp = (flags: string | undefined) => (Number.parseInt(flags ?? "0", 16) & 1) === 1;
  if (four.some(([, to, , flags, , , , mask]) => to === "00000000" && mask === "00000000" && isUp(flags))) return true;
  const six = ipv6.split("\n").map((line) => line.trim().split(/\s+/));
  return six.some(
    ([to, length, , , , , , , flags, device]) =>
      to === "0".repeat(32) && length === "00" && device !== "lo" && isUp(flags),
  );
}

function addresses(): string[] {
  const all = Object.values(networkInterfaces()).flatMap((infos) => infos ?? []);
  const isOutward = ({ internal, address }: { internal: boolean; address: string }) =>
    !internal && !/^fe80:/i.test(address);
  return all.filter(isOutward).map(({ address }) => address);
}

/** undefined where the platform keeps its routes elsewhere. */
function defaultRoute(): boolean | undefined {
  const [four, six] = [textOf("/proc/net/route"), textOf("/proc/net/ipv6_route")];
  return four === undefined ? undefined : hasDefaultRouteIn(four, six ?? "");
}

/** As the kernel says it through systemd; undefined where nobody can tell. */
async function isClockSynchronised(): Promise<boolean | undefined> {
  if (process.platform !== "linux") return undefined;
  if (existsSync(TIMESYNCD_MARK)) return true;
  const said = await new Promise<string>((resolve) => {
    const words = ["show", "--property=NTPSynchronized", "--value"];
    execFile("timedatectl", words, { timeout: ASK_MS }, (fault, stdout) => resolve(fault === null ? stdout : ""));
  });
  const word = said.trim();
  return word === "yes" || word === "no" ? word === "yes" : undefined;
}

function valuesOf(name: string, text: string): readonly (readonly string[])[] {
  const lines = text.split("\n").map((line) => line.trim().split(/\s+/));
  return lines.filter(([word, value]) => word === name && value !== undefined).map((words) => words.slice(1));
}

function withPort(server: string): string {
  if (server.startsWith("[") || /^[\d.]+:\d+$/.test(server)) return server;
  return server.includes(":") ? `[${server}]:${DNS_PORT}` : `${server}:${DNS_PORT}`;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined; // Another platform, or not ours to read.
  }
}
