import { readFile } from "node:fs/promises";
import {
  agentPlacesIn,
  clientDirectory,
  defaultAgentPlaces,
  systemResolver,
  trustPlace,
} from "@countersign/client/node";
import type { ClientFacts, HostFacts, MachineFacts } from "@countersign/doctor";
import { hostFactsOf, machineFacts } from "@countersign/host/main";
import type { Given, Shell } from "../command.ts";
import { isSetUp, targetDirectory } from "../target.ts";
import { agentSeen } from "./agent-seen.ts";
import { clientFactsOf } from "./client-facts.ts";
import { agentPlaces, type ClientPlace, directoryPlace, settingsSeen } from "./client-places.ts";

/** What is set up on the machine the doctor stands on, each found once and looked at when it is asked for. */
export interface Whereabouts {
  readonly hosts: () => Promise<readonly HostFacts[]>;
  readonly clients: () => Promise<readonly ClientPlace[]>;
  readonly machine: () => Promise<MachineFacts>;
}

/** Finds host, client and agent as the other commands do: the option, the environment, the context, the system's places. */
export async function whereabouts(given: Given, shell: Shell): Promise<Whereabouts> {
  const hostDirectory = await targetDirectory("host", given, shell);
  const clientDirectoryGiven = await targetDirectory("client", given, shell);
  const isOwn = await isSetUp("client", clientDirectoryGiven);
  let places: Promise<readonly ClientPlace[]> | undefined;
  let machine: Promise<MachineFacts> | undefined;
  let hosts: Promise<readonly HostFacts[]> | undefined;
  const find = () => (isOwn ? directoryPlace(clientDirectoryGiven).then((one) => [one]) : keptByAgent(given, shell));
  return {
    hosts: () => {
      hosts ??= hostsSeen(hostDirectory, given, shell);
      return hosts;
    },
    clients: () => {
      places ??= find();
      return places;
    },
    machine: () => {
      machine ??= machineSeen(shell);
      return machine;
    },
  };
}

async function keptByAgent(given: Given, shell: Shell): Promise<readonly ClientPlace[]> {
  // A directory that was named is the one that is meant: the machine's agent has nothing to do with it.
  if (given["data"] !== undefined) return [];
  const said = shell.env["COUNTERSIGN_AGENT"] ?? "";
  const sockets = said === "" || said === "off" ? defaultAgentPlaces() : agentPlacesIn(said);
  if (sockets === undefined) return [];
  const stores = clientDirectory("machine");
  const agent = await agentSeen(sockets, stores);
  return agent === undefined ? [] : agentPlaces(stores, trustPlace(), agent);
}

/** With the domain that a client of this machine would ask. */
async function machineSeen(shell: Shell): Promise<MachineFacts> {
  const facts = await machineFacts(Math.trunc(shell.nowMs()));
  const domain = await systemResolver().machineDomain();
  return { ...facts, domain: domain?.domain ?? "" };
}

/** The host on that directory, whatever state it is in; none where none was set up. */
async function hostsSeen(hostDirectory: string, given: Given, shell: Shell): Promise<readonly HostFacts[]> {
  const configFile = given["config"] as string | undefined;
  const facts = await hostFactsOf(hostDirectory, { env: shell.env, platform: shell.platform, configFile });
  return facts === undefined ? [] : [facts];
}

/** Every client of this machine. */
export async function clientsSeen({ clients, machine }: Whereabouts): Promise<readonly ClientFacts[]> {
  const at = await machine();
  const facts: ClientFacts[] = [];
  for (const place of await clients()) facts.push(await clientFactsOf(place, at));
  return facts;
}

/** The domains that a machine's resolver tries, in their order; none where somebody said which domain it is. */
export async function searchList({ env }: Shell): Promise<readonly string[]> {
  if ((env["COUNTERSIGN_DOMAIN"] ?? "") !== "") return [];
  const text = await readFile("/etc/resolv.conf", "utf8").catch(() => "");
  const lines = text.split("\n").map((line) => line.trim().split(/\s+/));
  const [, ...domains] = lines.findLast(([word]) => word === "search") ?? [];
  return domains.map((domain) => domain.replace(/\.$/, "").toLowerCase());
}

/** The DNS servers that the settings of this machine's clients name; empty: the machine's own. */
export async function settingServers({ clients }: Whereabouts): Promise<readonly string[]> {
  const places = await clients().catch(() => []); // Why they cannot be looked at is a gap of its own.
  for (const place of places) {
    const { dnsServers } = (await settingsSeen(place)).effective.values;
    if (dnsServers.length > 0) return dnsServers;
  }
  return [];
}
