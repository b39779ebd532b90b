import type { ClientFacts } from "../facts/client-facts.ts";
import type { Facts } from "../facts/facts.ts";
import type { HostFacts } from "../facts/host-facts.ts";
import type { ProblemFacts } from "../facts/machine-facts.ts";
import { outageOfCount } from "../forecast/forecast-outage.ts";
import { type Check, check, type Found, judged, moot } from "./check.ts";
import { serveOptions } from "./host-commands.ts";
import { dayText, instantText, reasonText } from "./phrases.ts";
import { adviceOf } from "./reason-advice.ts";
import { eachHost, fieldText, hostName } from "./told-hosts.ts";

const somethingIsSetUp = check({
  id: "CS-ENV-001",
  good: "a host or a client is set up where the doctor stands, or told of itself",
  about: "Without either the doctor sees only what anybody on the network sees: DNS and what hosts answer.",
  byHand: ["ls /var/lib/countersign", "countersign slmgr /dlv"],
  needs: [],
  reads: ["host", "client"],
  findings: {
    NOT_SET_UP: {
      gravity: "notice",
      cause: "neither a host nor a client is set up on {machine}",
      effect: "only DNS and what hosts answer to anybody could be examined",
      remedy: "",
      advice:
        "set it up with `countersign host init` or `countersign client init`, or name its directory with --data, or look from the machine that has the trouble",
    },
  },
  judge: ({ standpoint, hosts, clients, machine }) => {
    if (standpoint === "publisher") return moot("this is a publisher");
    if (hosts.length + clients.length > 0) return judged([]);
    const name = machine?.name ?? "this machine";
    return judged([
      {
        finding: "NOT_SET_UP",
        subject: name,
        params: { machine: name },
        evidence: [`${name}: no data directory of either`],
      },
    ]);
  },
});

const hostRuns = check({
  id: "CS-ENV-002",
  good: "the host's service runs",
  about:
    "While it stands still nobody is activated and nobody renewed. Licensed machines stay licensed until their own end and ask every 2 hours.",
  byHand: ["countersign host status", "countersign events --side host --id 902,903,12291"],
  needs: [],
  reads: ["host"],
  findings: {
    HOST_STOPPED: {
      gravity: "fatal",
      cause: "the host {host} is set up and does not run",
      effect: "nobody is activated or renewed; licensed machines stay licensed until {firstEnd}",
      remedy: "countersign host serve{options}",
      advice: "start it, as a service that starts with the machine; then look again",
    },
    HOST_START_FAILED: {
      gravity: "fatal",
      cause: "the host {host} could not start ({reason})",
      effect: "nobody is activated or renewed; licensed machines stay licensed until {firstEnd}",
      remedy: "countersign host serve{options}",
      advice: "{advice}; then start it",
    },
  },
  judge: (facts) =>
    eachHost(facts, (host) => {
      if (host.isRunning) return [];
      const { startFailure } = host;
      const name = hostName(host);
      const params = { host: name, options: serveOptions(host), firstEnd: firstEndOf(host, facts) };
      const evidence = [`${host.dataDirectory}: nothing answers on its socket`, ...lastStopOf(host)];
      if (startFailure === undefined) return [{ finding: "HOST_STOPPED", subject: name, params, evidence }];
      const { reason } = startFailure;
      return [
        {
          finding: "HOST_START_FAILED",
          subject: name,
          params: { ...params, reason, advice: adviceOf(reason) },
          evidence: [...evidence, `its last start failed: ${problemText(startFailure)}`],
        },
      ];
    }),
});

const agentRuns = check({
  id: "CS-ENV-003",
  good: "the machine's agent runs",
  about:
    "The agent asks hosts on its schedule. Without it nothing on the machine is renewed, though it still says licensed.",
  byHand: ["countersign agent status", "countersign events --side client --id 902,903,12292"],
  needs: [],
  reads: ["client"],
  findings: {
    AGENT_STOPPED: {
      gravity: "error",
      cause: "the agent of {machine} is set up and does not run",
      effect: "nothing on the machine asks a host; a licence runs on until its end and is not renewed",
      remedy: "{serve}",
      advice: "start it, as a service that starts with the machine",
    },
    AGENT_START_FAILED: {
      gravity: "error",
      cause: "the agent of {machine} could not start ({reason})",
      effect: "nothing on the machine asks a host; a licence runs on until its end and is not renewed",
      remedy: "{serve}",
      advice: "{advice}; then start it",
    },
  },
  judge: ({ clients }) => {
    const withAgent = clients.filter(({ agent }) => agent !== undefined);
    if (withAgent.length === 0) return moot("no machine with an agent was seen from within");
    return judged(withAgent.flatMap((client) => stoppedAgent(client)));
  },
});

/** What must run before anything else. */
export const SERVICE_CHECKS: readonly Check[] = [somethingIsSetUp, hostRuns, agentRuns];

function stoppedAgent({
  machineName,
  agent,
  events,
}: ClientFacts): readonly Found<"AGENT_STOPPED" | "AGENT_START_FAILED">[] {
  if (agent === undefined || agent.isRunning) return [];
  const { startFailure, command } = agent;
  const params = { machine: machineName, serve: command ?? "countersign agent serve" };
  const evidence = [`${machineName}: nothing answers on the agent's socket`, ...lastStopOf({ events })];
  if (startFailure === undefined)
    return [{ finding: "AGENT_STOPPED" as const, subject: machineName, params, evidence }];
  const { reason } = startFailure;
  return [
    {
      finding: "AGENT_START_FAILED" as const,
      subject: machineName,
      params: { ...params, reason, advice: adviceOf(reason) },
      evidence: [...evidence, `its last start failed: ${problemText(startFailure)}`],
    },
  ];
}

/** From when on licences of this host end if it stays down, as words. */
function firstEndOf(host: HostFacts, { gatheredMs }: Facts): string {
  const counts = host.seats.flatMap((seat) => seat.counts);
  const ends = counts.flatMap((count) => outageOfCount(count, gatheredMs)?.firstMs ?? []);
  return ends.length === 0 ? "their own end" : `${dayText(Math.min(...ends))} at least`;
}

function lastStopOf({ events }: Pick<HostFacts, "events">): readonly string[] {
  const [last] = events.filter(({ eventId }) => [902, 903].includes(eventId));
  if (last === undefined) return [];
  if (last.eventId === 902) return [`it started at ${instantText(last.timeMs)} and wrote no end: it was killed`];
  return [`it ended at ${instantText(last.timeMs)}: ${fieldText(last, "reason")} (event 903)`];
}

function problemText(problem: ProblemFacts): string {
  const since = problem.sinceMs === undefined ? "" : ` at ${instantText(problem.sinceMs)}`;
  return `${reasonText(problem)}${since}`;
}
