import { parseHostAddress } from "@countersign/client";
import { httpTransport } from "@countersign/client/node";
import { type Facts, hostUses, type Standpoint } from "@countersign/doctor";
import { dnsLookUp, gatherFacts, healthPortLife, hurriedLookUp, lookAtHostPlace } from "@countersign/doctor/probes";
import { readDomain } from "@countersign/domain";
import { nodeCryptography } from "@countersign/protocol/node";
import { dnsServersOf, listOf } from "../actions/finder-question.ts";
import type { Given, Shell } from "../command.ts";
import { refused } from "../refusal-report.ts";
import { clientRecords } from "./client-events.ts";
import { namedTrusts, trustsSeen } from "./trusts-seen.ts";
import { wantedPlace } from "./wanted-place.ts";
import { clientsSeen, searchList, settingServers, whereabouts } from "./whereabouts.ts";

/** A host that is slower than this is down for the doctor, who is to be done in ten seconds. */
const TIMES = { connectTimeoutMs: 2_500, totalTimeoutMs: 4_000 };
const ADDRESS_MS = 4_500;
const DNS_TRY_MS = 1_000;
const DNS_QUESTION_MS = 3_200;

/** Everything that can be seen from this machine. */
export async function factsOfThisMachine(given: Given, shell: Shell): Promise<Facts> {
  const here = await whereabouts(given, shell);
  const named = {
    domains: listOf(given, "domain").map(domainOf),
    hosts: listOf(given, "host").map(hostOf),
    candidates: await searchList(shell),
  };
  const trusts = await namedTrusts(listOf(given, "trust"));
  const asked = dnsServersOf(given);
  const servers = asked.length > 0 ? asked : await settingServers(here);
  const question = {
    transport: httpTransport(TIMES),
    ...{ cryptography: nodeCryptography, random: shell.random, nowMs: shell.nowMs },
  };
  const lookUp = hurriedLookUp(dnsLookUp(servers, DNS_TRY_MS), DNS_QUESTION_MS);
  const place = async () =>
    lookAtHostPlace(await wantedPlace(here, given, shell, trusts), { lookUp, nowMs: shell.nowMs });
  return gatherFacts(
    {
      ...(given["pre"] === true && { place }),
      machine: here.machine,
      hosts: here.hosts,
      clients: () => clientsSeen(here),
      trusts: () => trustsSeen(here, trusts, question),
      uses: async () => hostUses((await here.clients()).flatMap(({ dataDirectory }) => clientRecords(dataDirectory))),
    },
    { standpoint: standpointOf, named, isOffline: given["offline"] === true },
    {
      ...question,
      addressMs: ADDRESS_MS,
      lookUp,
      lifeAt: healthPortLife,
      onProgress: (done, of) => shell.terminal.progress(`${done} of ${of} hosts asked`),
      onLook: (what) => shell.terminal.progress(what),
    },
  );
}

function standpointOf(hosts: readonly unknown[], clients: readonly unknown[]): Standpoint {
  if (hosts.length > 0) return "host";
  return clients.length > 0 ? "client" : "outside";
}

function domainOf(typed: string): string {
  const domain = readDomain(typed);
  if (domain !== undefined) return domain;
  throw refused("USAGE_INVALID", { expected: "--domain to be a domain name in ASCII (xn-- form)", found: typed });
}

function hostOf(typed: string) {
  const parsed = parseHostAddress(typed);
  if (parsed.ok) return { host: parsed.host, port: parsed.port };
  throw refused("USAGE_INVALID", { expected: "--host to be name, name:port, IPv4 or [IPv6]:port", found: typed });
}
