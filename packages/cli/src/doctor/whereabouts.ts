import { readFile } from "node:fs/promises";
import { join } from "node:path";
import {
  agentPlacesIn,
  clientDirectory,
  defaultAgentPlaces,
  systemResolver,
  trustPlace,
} from "@countersign/client/node";
import type { ClientFacts, HostFacts, MachineFacts } from "@countersign/doctor";
import { askTrust, type HostQuestion, targetAtHome } from "@countersign/doctor/probes";
import { equalBytes, RefusalError, refuse } from "@countersign/domain";
import { hostFactsOf, machineFacts } from "@countersign/host/main";
import { openTrust, type TrustState } from "@countersign/protocol";
import { nodeCryptography } from "@countersign/protocol/node";
import { openSqliteHostStoreForReading } from "@countersign/storage/sqlite";
import type { Given, Shell } from "../command.ts";
import { refused } from "../refusal-report.ts";
import { isSetUp, targetDirectory } from "../target.ts";
import { agentSeen } from "./agent-seen.ts";
import { clientFactsOf } from "./client-facts.ts";
import { agentPlaces, type ClientPlace, directoryPlace } from "./client-places.ts";

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

/** Whom this machine believes: by the files named, by its clients' trust files, and by what its host serves. */
export async function trustsSeen(
  { clients, hosts }: Whereabouts,
  files: readonly string[],
  question: HostQuestion,
): Promise<readonly TrustState[]> {
  const named = await Promise.all(files.map(trustIn));
  const placed = (await clients()).flatMap(({ trust }) => trust.opened ?? []);
  const served = (await Promise.all((await hosts()).map((host) => trustsOfHost(host, question)))).flat();
  const all = [...named, ...placed, ...served];
  return all.filter(
    ({ publisherId }, at) => all.findIndex((other) => equalBytes(other.publisherId, publisherId)) === at,
  );
}

async function trustIn(path: string): Promise<TrustState> {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw refused("FILE_UNREADABLE", { path, detail: error.code ?? error.message });
  });
  const opened = await openTrust(bytes, nodeCryptography);
  if (opened.ok) return opened.value;
  throw new RefusalError(refuse(opened.refusal.reason, { detail: `${path}: ${opened.refusal.detail}` }));
}

/** A running host is asked for the publishers it serves; the store of one that stands still has them. */
async function trustsOfHost(host: HostFacts, question: HostQuestion): Promise<readonly TrustState[]> {
  const { listening, seats, dataDirectory } = host;
  if (listening !== undefined) {
    const asked = seats.map(({ publisherId }) => askTrust(targetAtHome(listening), publisherId, question));
    return (await Promise.all(asked)).flatMap((trust) => trust ?? []);
  }
  try {
    const store = openSqliteHostStoreForReading(join(dataDirectory, "host.db"));
    try {
      const opened = (await store.seats()).map(({ trust }) => openTrust(trust, nodeCryptography));
      return (await Promise.all(opened)).flatMap((one) => (one.ok ? [one.value] : []));
    } finally {
      await store.close();
    }
  } catch {
    return []; // What keeps the store from being read is found by whoever looks at the host.
  }
}

/** The domains that a machine's resolver tries, in their order. */
export async function searchList(): Promise<readonly string[]> {
  const text = await readFile("/etc/resolv.conf", "utf8").catch(() => "");
  const lines = text.split("\n").map((line) => line.trim().split(/\s+/));
  const [, ...domains] = lines.findLast(([word]) => word === "search") ?? [];
  return domains.map((domain) => domain.replace(/\.$/, "").toLowerCase());
}
