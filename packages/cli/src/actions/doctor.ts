import { writeFile } from "node:fs/promises";
import { parseHostAddress } from "@countersign/client";
import { httpTransport } from "@countersign/client/node";
import {
  type DoctorReport,
  doctorReport,
  type Facts,
  hostUses,
  htmlPage,
  nagiosLine,
  reportText,
  type Standpoint,
  shortText,
} from "@countersign/doctor";
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
import { choiceOf, optionalCountOf, textOf } from "./words.ts";

/** A host that is slower than this is down for the doctor, who is to be done in ten seconds. */
const TIMES = { connectTimeoutMs: 2_500, totalTimeoutMs: 4_000 };
const ADDRESS_MS = 4_500;
const DNS_TRY_MS = 1_200;
const DNS_QUESTION_MS = 3_500;

/** Looks, judges, and says what is wrong and what mends it. */
export const doctor: Action = async (given, shell) => {
  const isStrict = textOf(given, "failOn") !== undefined && choiceOf(given, "failOn", ["warn"]) === "warn";
  const report = await reportWithin(given, shell);
  const page = textOf(given, "html");
  if (page !== undefined) await writeReport(page, htmlPage(report));
  if (given["output"] === "nagios") {
    const { line, exitCode } = nagiosLine(report);
    shell.terminal.progress(undefined);
    shell.print(`${line}\n`);
    return exitCode;
  }
  const lines = reportText(report, { why: given["why"] === true });
  shell.terminal.answer({
    json: report,
    rows: report.checks.map(rowOf),
    short: shortText(report),
    lines: lines.map(({ level, text }) => shell.terminal.highlight(level, text)),
  });
  return exitCodeOf(report, isStrict);
};

const LONGEST_WAIT_MINUTES = 24 * 60;
const LOOK_EVERY_MS = 5_000;

/** One look; with --wait as many as it takes until nothing is wrong, or until the time is over. */
async function reportWithin(given: Given, shell: Shell): Promise<DoctorReport> {
  const minutes = optionalCountOf(given, "wait", { least: 1, most: LONGEST_WAIT_MINUTES }) ?? 0;
  const endMs = shell.nowMs() + minutes * 60_000;
  for (;;) {
    const report = await oneReport(given, shell);
    if (exitCodeOf(report, false) === EXIT.ok || shell.nowMs() + LOOK_EVERY_MS > endMs) return report;
    shell.terminal.progress(`waiting: ${report.causes[0]?.cause ?? ""}`);
    const pause = new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS, "again").unref());
    if ((await Promise.race([pause, shell.interrupted])) !== "again") return report;
  }
}

async function oneReport(given: Given, shell: Shell): Promise<DoctorReport> {
  const facts = await factsFor(given, shell);
  const path = textOf(given, "saveFacts");
  if (path !== undefined) await writeReport(path, `${JSON.stringify(facts, undefined, 2)}\n`);
  return doctorReport(facts, { only: listOf(given, "only"), skip: listOf(given, "skip") });
}

/** For whoever looked: names of machines and hosts are in it. */
async function writeReport(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    throw refused("FILE_UNWRITABLE", { path, detail: error.code ?? error.message });
  });
}

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
