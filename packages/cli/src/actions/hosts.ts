import { httpTransport } from "@countersign/client/node";
import { type FinderReport, finderLines, finderSummary, judgeHosts, VERDICTS } from "@countersign/doctor";
import { dnsLookUp, gatherFinderFacts } from "@countersign/doctor/probes";
import { nodeCryptography } from "@countersign/protocol/node";
import type { Action } from "../command.ts";
import { EXIT } from "../terminal.ts";
import { dnsServersOf, finderQuestion } from "./finder-question.ts";
import { choiceOf, instantText, textOf } from "./words.ts";

/** One host's time (protocol.md §11.3): a host that is slower than this is none for a client either. */
const TIMES = { connectTimeoutMs: 3_000, totalTimeoutMs: 10_000 };

/** Finds and judges every host of the domains. */
export const find: Action = async (given, shell) => {
  const isStrict = textOf(given, "failOn") !== undefined && choiceOf(given, "failOn", ["warn"]) === "warn";
  const facts = await gatherFinderFacts(await finderQuestion(given, shell), {
    transport: httpTransport(TIMES),
    cryptography: nodeCryptography,
    random: shell.random,
    nowMs: shell.nowMs,
    lookUp: dnsLookUp(dnsServersOf(given)),
    onProgress: (done, of) => shell.terminal.progress(`${done} of ${of} hosts asked`),
  });
  const report = judgeHosts(facts);
  shell.terminal.answer({
    json: report,
    rows: report.hosts.map(rowOf),
    short: finderSummary(report),
    lines: finderLines(report),
  });
  if (hasNoDns(report)) return EXIT.unreachable;
  return isStrict && !isAllGood(report) ? EXIT.warnings : EXIT.ok;
};

function rowOf({ host, verdict, because, certified, machines }: FinderReport["hosts"][number]) {
  const [own] = certified;
  return {
    ...{ host, verdict, because },
    hostId: own?.hostId ?? "",
    version: own?.softwareVersion ?? "",
    certificateUntil: instantText(own?.notAfterMs),
    machines: machines.length,
  };
}

/** Whether not one question to DNS was answered: then "no host" says nothing. */
function hasNoDns({ domains }: FinderReport): boolean {
  const answers = domains.flatMap(({ names }) => names.map(({ answer }) => answer));
  return answers.every(
    (answer) => answer.kind === "none" && (answer.reason === "TIMEOUT" || answer.reason === "DNS_SERVER_FAILURE"),
  );
}

function isAllGood({ hosts, counts }: FinderReport): boolean {
  const areGood = hosts.length > 0 && hosts.every(({ verdict }) => VERDICTS[verdict].gravity === "good");
  return areGood && counts.every(({ state }) => state === "enough" || state === "unknown");
}
