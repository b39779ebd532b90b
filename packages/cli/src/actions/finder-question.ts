import { isIP } from "node:net";
import { type HostTarget, parseHostAddress } from "@countersign/client";
import { type HostUse, hostUses } from "@countersign/doctor";
import type { FinderQuestion } from "@countersign/doctor/probes";
import { ALL_EVENTS, type EventRecord, readDomain } from "@countersign/domain";
import { HostAdminService } from "@countersign/protocol/gen/host_admin";
import { runningService } from "../admin-client.ts";
import type { Given, Shell } from "../command.ts";
import { clientSource } from "../events/client-source.ts";
import { readEventFile } from "../explain/event-files.ts";
import { refused } from "../refusal-report.ts";
import { isSetUp, targetDirectory } from "../target.ts";
import { knownTrusts } from "./known-trusts.ts";

const MOST_EVENTS = 10_000;

/** What `hosts find` was asked, with what this machine itself knows: its trust files, its host, its client's log. */
export async function finderQuestion(given: Given, shell: Shell): Promise<FinderQuestion> {
  const domains = listOf(given, "domain").map(domainOf);
  const named = listOf(given, "ourHost").map(hostOf);
  const client = await directoryOf("client", given, shell);
  const trusts = await knownTrusts(listOf(given, "trust"), client);
  const uses = await usesOf(listOf(given, "events"), client);
  return { domains: [...new Set(domains)], trusts, ownHosts: [...named, ...(await ownHost(given, shell))], uses };
}

/** The servers of `--dns-server`; empty: this machine's own. */
export function dnsServersOf(given: Given): readonly string[] {
  return listOf(given, "dnsServer").map((typed) => {
    const parsed = parseHostAddress(typed);
    if (isIP(typed) !== 0 || (parsed.ok && isIP(parsed.host) !== 0)) return typed;
    throw refused("USAGE_INVALID", {
      expected: "--dns-server to be an IP address, ip:port or [ip]:port",
      found: typed,
    });
  });
}

function domainOf(typed: string): string {
  const domain = readDomain(typed);
  if (domain !== undefined) return domain;
  throw refused("USAGE_INVALID", { expected: "--domain to be a domain name in ASCII (xn-- form)", found: typed });
}

function hostOf(typed: string): HostTarget {
  const parsed = parseHostAddress(typed);
  if (parsed.ok) return { host: parsed.host, port: parsed.port };
  throw refused("USAGE_INVALID", { expected: "--our-host to be name, name:port, IPv4 or [IPv6]:port", found: typed });
}

/** The host that runs on this machine is ours, whatever else is. */
async function ownHost(given: Given, shell: Shell): Promise<readonly HostTarget[]> {
  const directory = await directoryOf("host", given, shell);
  const running = directory === undefined ? undefined : await runningService(HostAdminService, directory);
  if (running === undefined) return [];
  const { listeningPort } = await running.getStatus({});
  return listeningPort === 0 ? [] : [{ host: "127.0.0.1", port: listeningPort }];
}

/** From the files named and this machine's client's own log. */
async function usesOf(files: readonly string[], client: string | undefined): Promise<readonly HostUse[]> {
  const events: EventRecord[] = [];
  for (const path of files) events.push(...(await readEventFile(path)).events);
  if (client !== undefined) {
    const all = { ...ALL_EVENTS, product: undefined };
    events.push(...(await clientSource(client).find(all, undefined, MOST_EVENTS)).events);
  }
  return hostUses(events);
}

async function directoryOf(role: "host" | "client", given: Given, shell: Shell): Promise<string | undefined> {
  const directory = await targetDirectory(role, given, shell);
  return (await isSetUp(role, directory)) ? directory : undefined;
}

/** The words of an option or operand that takes several. */
export function listOf(given: Given, name: string): readonly string[] {
  const value = given[name];
  return Array.isArray(value) ? value.map(String) : [];
}
