import type { Facts } from "../facts/facts.ts";
import type { HostFacts } from "../facts/host-facts.ts";
import type { TargetFacts } from "../finder/facts.ts";
import { type Check, check, type Found, judged, moot } from "./check.ts";
import { isLoopback, openPortCommand, serveOptions } from "./host-commands.ts";
import { counted, DAY_MS, distinct, firstOf, instantText, reasonText } from "./phrases.ts";
import { answersOf, failuresAt, ourTargets } from "./seen-targets.ts";
import { concerning, dataOption, eachHost, fieldText, hostName, recentEvents, toldHosts } from "./told-hosts.ts";

const hostListens = check({
  id: "CS-NET-001",
  good: "the host takes requests at its port",
  about: "Clients ask at tcp 1688 unless the host says another port. One program at a time can have it.",
  byHand: ["ss -ltnp 'sport = :1688'", "curl --silent http://127.0.0.1:1689/readyz"],
  needs: [],
  reads: ["host"],
  findings: {
    NOT_LISTENING: {
      gravity: "fatal",
      cause: "the host {host} runs and takes no requests",
      effect: "no client reaches it",
      remedy: "countersign host serve{options}",
      advice: "stop it and start it again; its log says why it closed the port",
    },
    PORT_TAKEN: {
      gravity: "fatal",
      cause: "another program has the port of the host {host}",
      effect: "the host does not start, so nobody is activated",
      remedy: "ss -ltnp 'sport = :{port}'",
      advice:
        "stop the other program, or choose another port (`--port`, then its record); a server that runs Microsoft's KMS needs another port",
    },
  },
  judge: (facts) => {
    const judgeable = toldHosts(facts).filter((host) => host.isRunning || isPortTaken(host, facts));
    if (judgeable.length === 0) return moot("no running host was seen from within");
    return judged(judgeable.flatMap((host) => concerning(host, unheard(host))));
  },
});

const ownPortIsOpen = check({
  id: "CS-NET-002",
  good: "the host's port is open at the address it is published with",
  about:
    "A host that listens can still be closed off by the firewall of its own machine, or be published with an address that is not its own.",
  byHand: ["nc -vz HOST 1688", "nft list ruleset"],
  needs: ["CS-NET-001", "CS-CFG-007"],
  reads: ["host", "targets"],
  findings: {
    OWN_PORT_CLOSED: {
      gravity: "error",
      cause: "the host {host} does not reach its own port at {target}, though it listens",
      effect: "other machines will not reach it either",
      remedy: "{command}",
      advice:
        "open the port in the firewall of this machine (ufw allow {port}/tcp, firewall-cmd --add-port={port}/tcp), and see that the published address is this machine's",
    },
  },
  judge: (facts) => {
    const own = toldHosts(facts).filter((host) => isHere(host, facts));
    if (own.length === 0) return moot("the doctor does not stand on a host");
    return judged(
      own.flatMap((host) => {
        const { listening, publishing, machine } = host;
        if (listening === undefined || isLoopback(listening.address)) return [];
        const names = [...(publishing?.domains.map(({ target }) => target) ?? []), machine?.name ?? ""];
        return ourTargets(facts)
          .filter(({ target, port }) => names.includes(target) && port === listening.port)
          .filter(isClosed)
          .map(({ target, port }) => ({
            finding: "OWN_PORT_CLOSED" as const,
            subject: `${target}:${port}`,
            concerns: [hostName(host), target],
            params: {
              host: hostName(host),
              target: `${target}:${port}`,
              port,
              command: openPortCommand(machine?.platform, port),
            },
            evidence: [
              `it listens on ${listening.address}:${listening.port}`,
              ...ourTargets(facts)
                .filter((one) => one.target === target && one.port === port)
                .flatMap(failuresAt),
            ],
          }));
      }),
    );
  },
});

const hostIsNotOverloaded = check({
  id: "CS-NET-003",
  good: "the host answers everybody who asks",
  about:
    "Beyond its queue and the share of one address a host asks clients to come again later. They do, by themselves.",
  byHand: ["countersign events --id 30013,30014 --since 1d", "countersign host status"],
  needs: ["CS-ENV-002"],
  reads: ["host"],
  findings: {
    OVERLOADED: {
      gravity: "error",
      cause: "the host {host} has more requests than it can take: {dropped} were sent away",
      effect: "clients wait and ask again; in a storm they wait for hours",
      remedy: "countersign events --id 30013 --since 1d{data}  # then raise limits.maxQueued",
      advice: "add a second host, give this one a faster disk, or raise maxQueued under limits in its configuration",
    },
    RATE_LIMITED_SOURCES: {
      gravity: "warning",
      cause: "the host {host} holds back {sources} that ask too often",
      effect: "machines behind them wait for their turn",
      remedy: "countersign events --id 30014 --since 1d{data}",
      advice: "find out what asks there; where many machines share one address raise limits.sourcePerSecond",
    },
  },
  judge: (facts) => eachHost(facts, (host) => [...overloadOf(host, facts), ...limitedSources(host, facts)]),
});

const onlyOurClientsAsk = check({
  id: "CS-NET-004",
  good: "only clients of ours ask at the host's port",
  about:
    "A Windows or Office client that was pointed here by hand, a scanner or a browser speaks another protocol and is closed off.",
  byHand: ["countersign events --id 30022 --since 7d"],
  needs: ["CS-ENV-002"],
  reads: ["host"],
  findings: {
    FOREIGN_CLIENTS: {
      gravity: "notice",
      cause: "{sources} asked the host {host} in another protocol, {times} in 7 days",
      effect: "they get nothing here: this host activates no Microsoft software",
      remedy: "countersign events --id 30022 --since 7d{data}",
      advice: "point Windows and Office machines at their own KMS (slmgr /skms there); a scanner may be left alone",
    },
  },
  judge: (facts) =>
    eachHost(facts, (host) => {
      const events = recentEvents(host, [30022], facts.gatheredMs - 7 * DAY_MS);
      const sources = distinct(events.map((event) => fieldText(event, "address")));
      if (sources.length === 0) return [];
      return [
        {
          finding: "FOREIGN_CLIENTS",
          subject: hostName(host),
          params: {
            sources: firstOf(sources),
            host: hostName(host),
            times: counted(events.length, "time"),
            data: dataOption(host),
          },
          evidence: events
            .slice(0, 5)
            .map(
              (event) =>
                `${instantText(event.timeMs)}: ${fieldText(event, "address")}: ${fieldText(event, "detail")} (event 30022)`,
            ),
        },
      ];
    }),
});

/** The host's own side of the network. */
export const NETWORK_CHECKS: readonly Check[] = [hostListens, ownPortIsOpen, hostIsNotOverloaded, onlyOurClientsAsk];

function unheard(host: HostFacts): readonly Found<"NOT_LISTENING" | "PORT_TAKEN">[] {
  const { listening, startFailure, settings, isRunning } = host;
  if (listening !== undefined) return [];
  const port = settings["listeningPort"]?.value ?? "1688";
  return [
    {
      finding: isRunning ? "NOT_LISTENING" : "PORT_TAKEN",
      subject: hostName(host),
      params: { host: hostName(host), options: serveOptions(host), port },
      evidence: [startFailure === undefined ? "it says that it listens nowhere" : reasonText(startFailure)],
    },
  ];
}

/** A start failed for it, and nobody has seen since that the port is free: a refused connection says that nobody has it. */
function isPortTaken(host: HostFacts, facts: Facts): boolean {
  if (host.startFailure?.reason !== "PORT_IN_USE") return false;
  const port = Number(host.settings["listeningPort"]?.value ?? 1688);
  const own = ourTargets(facts).filter((one) => one.port === port && isNamed(host, one.target));
  return !own.flatMap(answersOf).some((answer) => answer.kind === "failure" && answer.detail === "refused");
}

function isNamed({ publishing, machine }: HostFacts, target: string): boolean {
  return target === machine?.name || (publishing?.domains.some((domain) => domain.target === target) ?? false);
}

/** Whether the doctor stands on that host's machine. */
function isHere({ machine }: HostFacts, facts: Facts): boolean {
  return facts.machine !== undefined && machine?.name === facts.machine.name;
}

/** Addresses there are, and nothing but failures from all of them. */
function isClosed(target: TargetFacts): boolean {
  const answers = answersOf(target);
  return answers.length > 0 && answers.every(({ kind }) => kind === "failure");
}

function overloadOf(host: HostFacts, { gatheredMs }: Facts) {
  const [newest, ...earlier] = recentEvents(host, [30013], gatheredMs - DAY_MS);
  const dropped = host.dropped.find(({ reason }) => reason === "OVERLOADED")?.count ?? 0;
  const startedToday = host.startedMs === undefined || host.startedMs > gatheredMs - DAY_MS;
  if (newest === undefined && !(dropped > 0 && startedToday)) return [];
  const told =
    newest === undefined
      ? []
      : [
          `${instantText(newest.timeMs)}: ${fieldText(newest, "refused")} sent away, ${fieldText(newest, "queued")} waiting (event 30013)`,
        ];
  return [
    {
      finding: "OVERLOADED" as const,
      subject: hostName(host),
      params: {
        host: hostName(host),
        dropped: dropped > 0 ? counted(dropped, "request") : "some",
        data: dataOption(host),
      },
      evidence: [
        ...told,
        ...(earlier.length > 0 ? [`${counted(earlier.length, "more overload")} in the last day`] : []),
        `dropped since it started: ${dropped} with OVERLOADED`,
      ],
    },
  ];
}

function limitedSources(host: HostFacts, { gatheredMs }: Facts) {
  const events = recentEvents(host, [30014], gatheredMs - DAY_MS).filter(
    (event) => fieldText(event, "reason") === "RATE_LIMITED",
  );
  const sources = distinct(events.map((event) => fieldText(event, "address")));
  if (sources.length === 0) return [];
  return [
    {
      finding: "RATE_LIMITED_SOURCES" as const,
      subject: hostName(host),
      params: { host: hostName(host), sources: firstOf(sources), data: dataOption(host) },
      evidence: events
        .slice(0, 5)
        .map(
          (event) =>
            `${fieldText(event, "address")}: ${fieldText(event, "count")} requests until ${instantText(event.timeMs)} (event 30014)`,
        ),
    },
  ];
}
