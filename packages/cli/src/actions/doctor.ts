import { writeFile } from "node:fs/promises";
import { parseHostAddress } from "@countersign/client";
import { httpTransport } from "@countersign/client/node";
import { type DoctorReport, doctorReport, type Facts, hostUses, type Standpoint } from "@countersign/doctor";
import { dnsLookUp, gatherFacts, healthPortLife, hurriedLookUp } from "@countersign/doctor/probes";
import { readDomain } from "@countersign/domain";
import { nodeCryptography } from "@countersign/protocol/node";
import type { Action, Given, Shell } from "../command.ts";
import { clientRecords } from "../doctor/client-events.ts";
import { readFactsFile } from "../doctor/facts-file.ts";
import { clientsSeen, searchList, trustsSeen, whereabouts } from "../doctor/whereabouts.ts";
import { refused } from "../refusal-report.ts";
import { EXIT } from "../terminal.ts";
import { dnsServersOf, listOf } from "./finder-question.ts";
import { choiceOf, textOf } from "./words.ts";

/** A host that is slower than this is down for the doctor, who is to be done in ten seconds. */
const TIMES = { connectTimeoutMs: 2_500, totalTimeoutMs: 4_000 };
const ADDRESS_MS = 4_500;
const DNS_TRY_MS = 1_200;
const DNS_QUESTION_MS = 3_500;

/** Looks, judges, and says what is wrong and what mends it. */
export const doctor: Action = async (given, shell) => {
  const isStrict = textOf(given, "failOn") !== undefined && choiceOf(given, "failOn", ["warn"]) === "warn";
  const facts = await factsFor(given, shell);
  const path = textOf(given, "saveFacts");
  if (path !== undefined) await writeFile(path, `${JSON.stringify(facts, undefined, 2)}\n`, { mode: 0o600 });
  const report = doctorReport(facts, { only: listOf(given, "only"), skip: listOf(given, "skip") });
  shell.terminal.answer({
    json: report,
    rows: report.checks.map(rowOf),
    short: report.sentence,
    lines: [report.sentence],
  });
  return exitCodeOf(report, isStrict);
};

function rowOf({ id, category, outcome, good, why, findings }: DoctorReport["checks"][number]) {
  return { id, category, outcome, good, findings: findings.join(" "), why };
}

function exitCodeOf({ causes }: DoctorReport, isStrict: boolean): number {
  if (causes.some(({ gravity }) => gravity === "fatal" || gravity === "error")) return EXIT.failed;
  return isStrict && causes.some(({ gravity }) => gravity === "warning") ? EXIT.warnings : EXIT.ok;
}

/** Of the files named, else of this machine. */
async function factsFor(given: Given, shell: Shell): Promise<Facts> {
  const files = listOf(given, "files");
  if (files.length > 0) return readFactsFile(files);
  const here = await whereabouts(given, shell);
  const named = {
    domains: listOf(given, "domain").map(domainOf),
    hosts: listOf(given, "host").map(hostOf),
    candidates: await searchList(),
  };
  const servers = dnsServersOf(given);
  const question = {
    transport: httpTransport(TIMES),
    ...{ cryptography: nodeCryptography, random: shell.random, nowMs: shell.nowMs },
  };
  return gatherFacts(
    {
      machine: here.machine,
      hosts: here.hosts,
      clients: () => clientsSeen(here),
      trusts: () => trustsSeen(here, listOf(given, "trust"), question),
      uses: async () => hostUses((await here.clients()).flatMap(({ dataDirectory }) => clientRecords(dataDirectory))),
    },
    { standpoint: standpointOf, named, isOffline: given["offline"] === true },
    {
      ...question,
      addressMs: ADDRESS_MS,
      lookUp: hurriedLookUp(dnsLookUp(servers, DNS_TRY_MS), DNS_QUESTION_MS),
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
