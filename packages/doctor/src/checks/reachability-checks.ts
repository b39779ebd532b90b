import type { Facts } from "../facts/facts.ts";
import type { EndpointAnswer } from "../finder/facts.ts";
import { type FailingHost, failingHosts } from "./asked-hosts.ts";
import { type Check, check, type Found, judged, moot } from "./check.ts";
import { allLooks, isUnanswered, lookText } from "./domain-sights.ts";
import { openPortCommand, serveCommand } from "./host-commands.ts";
import { type HostSight, hostSights, isServing, type SightState, sightText } from "./host-sights.ts";
import { bareName, portOf } from "./names.ts";
import { shellWord } from "./phrases.ts";

const networkIsThere = check({
  id: "CS-RCH-001",
  good: "the network is there",
  about: "Where neither DNS nor any host nor anything else answers, it is not the hosts that are wrong.",
  byHand: ["ip address", "ip route", "ping -c 1 GATEWAY"],
  needs: [],
  reads: ["dns", "targets"],
  findings: {
    NETWORK_OUTAGE: {
      gravity: "fatal",
      cause: "{machine} reaches nothing on the network: neither a DNS server nor any host answers",
      effect: "no licence is obtained or renewed before the network is back; licensed machines stay licensed meanwhile",
      remedy: "{look}",
      advice: "look at its cable or wireless link, its address, its route and its own packet filter",
    },
  },
  judge: (facts) => {
    const looks = allLooks(facts);
    const contacts = contactsOf(facts);
    if (looks.length === 0 && contacts.length === 0) return moot("nothing on the network was asked");
    return judged(isOutage(facts) ? [outage(facts)] : []);
  },
});

const hostTakesConnections = check({
  id: "CS-RCH-002",
  good: "the hosts that are asked take connections",
  about:
    "A reset says that the machine lives and nothing listens, or that a packet filter answers for it; silence says that packets are dropped; unreachable says that no way leads there.",
  byHand: ["nc -vz kms1.corp.example 1688", "curl --silent http://kms1.corp.example:1689/readyz"],
  needs: [],
  reads: ["targets", "client"],
  findings: {
    HOST_DOWN: {
      gravity: "error",
      cause: "nothing listens at {host}",
      effect: "machines that ask it get no licence; licensed ones run on to their end",
      remedy: "{serve}",
      advice: "start the host there; if it has moved, publish it anew and clear what still names the old place",
    },
    PORT_REFUSED: {
      gravity: "error",
      cause: "the host at {host} runs, and connections to its port are refused",
      effect: "machines that ask it get no licence; licensed ones run on to their end",
      remedy: "{open}",
      advice:
        "open the port in the packet filter of the host's machine or on the way to it, which answers with a reset",
    },
    PORT_FILTERED: {
      gravity: "error",
      cause: "packets to {host} are dropped on the way",
      effect: "machines that ask it wait in vain and get no licence",
      remedy: "{open}",
      advice:
        "open tcp {port} in the packet filter of the host's machine and on the way to it; a machine that is switched off looks the same",
    },
    HOST_UNROUTED: {
      gravity: "error",
      cause: "no way leads to {host}",
      effect: "machines that ask it get no licence",
      remedy: "{route}",
      advice: "see that the host's machine is on, and that a route and no reject rule lead to it, also over VPN",
    },
  },
  judge: (facts) => {
    if (hostSights(facts).length === 0) return moot("no host is known to ask");
    return judged(
      failingHosts(facts)
        .filter(({ sight }) => !listensElsewhere(sight, facts))
        .flatMap(unconnected),
    );
  },
});

const aHostAnswers = check({
  id: "CS-RCH-003",
  good: "what answers at a host's place is a host",
  about: "A web server, a proxy's error page or a genuine KMS at the port is no host: an open port is not health.",
  byHand: ["curl --include http://kms1.corp.example:1688/"],
  needs: [],
  reads: ["targets", "client"],
  findings: {
    WRONG_SERVICE: {
      gravity: "error",
      cause: "something else than a host answers at {host}",
      effect: "machines that ask there get no licence",
      remedy: "{serve}",
      advice:
        "on that machine stop the program that has the port (ss -ltnp 'sport = :{port}'), then start the host; or correct the address that leads there",
    },
  },
  judge: (facts) => {
    if (hostSights(facts).length === 0) return moot("no host is known to ask");
    return judged(
      failingHosts(facts)
        .filter(({ sight }) => sight.state === "foreign")
        .map((one) => found("WRONG_SERVICE", one)),
    );
  },
});

const repliesArrive = check({
  id: "CS-RCH-004",
  good: "replies of the hosts arrive",
  about:
    "The connection is made and nothing comes back: a stateful filter drops the way back, an MTU is too small, or the host hangs. The host's log has the request (12290), the client's has no reply (12289).",
  byHand: ["countersign explain MACHINE", "tcpdump -ni any tcp port 1688"],
  needs: [],
  reads: ["targets", "client"],
  findings: {
    REPLY_LOST: {
      gravity: "error",
      cause: "{host} takes connections, and no reply arrives",
      effect: "machines that ask it wait in vain; what it has counted and signed does not reach them",
      remedy: "nft insert rule inet filter output tcp sport {port} accept  # return traffic",
      advice:
        "let the return traffic of established connections pass on every filter of the way; where none is, see whether the host hangs",
    },
  },
  judge: (facts) => {
    if (hostSights(facts).length === 0) return moot("no host is known to ask");
    return judged(
      failingHosts(facts)
        .filter(({ sight }) => sight.state === "mute")
        .map((one) => found("REPLY_LOST", one)),
    );
  },
});

/** The way from a machine to its hosts. */
export const REACHABILITY_CHECKS: readonly Check[] = [
  networkIsThere,
  hostTakesConnections,
  aHostAnswers,
  repliesArrive,
];

/** A closed port of a host that answers at another: not the way is wrong but the port, which the record or the setting names. */
function listensElsewhere({ host, state }: HostSight, facts: Facts): boolean {
  if (state !== "closed") return false;
  return hostSights(facts).some((other) => isServing(other) && bareName(other.host) === bareName(host));
}

type Unconnected = "HOST_DOWN" | "PORT_REFUSED" | "PORT_FILTERED" | "HOST_UNROUTED";

function unconnected(failing: FailingHost): readonly Found<Unconnected>[] {
  const { state, alive } = failing.sight;
  const id = state === "closed" ? (alive === "" ? "HOST_DOWN" : "PORT_REFUSED") : UNCONNECTED[state];
  return id === undefined ? [] : [found(id, failing)];
}

const UNCONNECTED: Readonly<Partial<Record<SightState, Unconnected>>> = {
  filtered: "PORT_FILTERED",
  unrouted: "HOST_UNROUTED",
};

function found<Id extends string>(finding: Id, { sight, machines, isTheLast }: FailingHost): Found<Id> {
  const { host, told, alive, address, names } = sight;
  const port = portOf(host);
  return {
    finding,
    ...{ subject: host, concerns: [...names, ...machines] },
    ...(!isTheLast && { gravity: "warning" as const }),
    params: {
      ...{ host, port, open: openPortCommand(told?.machine?.platform, Number(port)) },
      serve: told === undefined ? "countersign host serve" : serveCommand(told),
      route: `ip route get ${shellWord(address === "" ? bareName(host) : address)}`,
    },
    evidence: [
      sightText(sight),
      ...(alive === "" ? [] : [`it runs: ${alive}`]),
      ...(isTheLast ? [] : ["another host serves the machines that ask it"]),
    ],
  };
}

/** Everything that was asked by address: hosts, those of Microsoft, and hosts at the address they had last. */
function contactsOf({ network }: Facts): readonly { readonly at: string; readonly answer: EndpointAnswer }[] {
  const endpoints = (network?.targets ?? []).flatMap(({ resolution }) => {
    if (resolution.kind === "addresses") return resolution.endpoints;
    return resolution.kind === "none" && resolution.lastKnown !== undefined ? [resolution.lastKnown] : [];
  });
  return endpoints.flatMap(({ address, answers }) => answers.map((answer) => ({ at: address, answer })));
}

/** A reset is a sign of life too: somebody sent it. */
function isLife(answer: EndpointAnswer): boolean {
  return answer.kind !== "failure" || ["refused", "reset", "reply"].includes(answer.detail);
}

function isOutage(facts: Facts): boolean {
  const looks = allLooks(facts);
  const contacts = contactsOf(facts);
  if (contacts.some(({ answer }) => isLife(answer)) || !looks.every(isUnanswered)) return false;
  const { machine } = facts;
  const isCutOff = machine !== undefined && (machine.hasDefaultRoute === false || machine.addresses.length === 0);
  // DNS alone that is silent is DNS's own fault; a host alone that is silent is that host's.
  return looks.length > 0 ? contacts.length > 0 || isCutOff : isCutOff;
}

function outage(facts: Facts): Found<"NETWORK_OUTAGE"> {
  const { machine, clients } = facts;
  const name = machine?.name ?? clients[0]?.machineName ?? "this machine";
  const failures = contactsOf(facts).flatMap(({ at, answer }) =>
    answer.kind === "failure" ? [`${at}: ${answer.reason} (${answer.detail})`] : [],
  );
  return {
    finding: "NETWORK_OUTAGE",
    ...{ subject: name, concerns: clients.map(({ machineName }) => machineName) },
    params: { machine: name, look: machine?.platform === "win32" ? "ipconfig /all" : "ip route show" },
    evidence: [
      ...allLooks(facts).slice(0, 3).map(lookText),
      ...failures.slice(0, 3),
      ...(machine === undefined ? [] : [`addresses: ${machine.addresses.join(", ") || "none"}`]),
      ...(machine?.hasDefaultRoute === false ? ["it has no default route"] : []),
    ],
  };
}
