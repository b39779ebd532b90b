import type { ClientFacts } from "../facts/client-facts.ts";
import type { ClockFacts, Facts } from "../facts/facts.ts";
import type { HostFacts } from "../facts/host-facts.ts";
import { hostTextOf } from "../finder/delete-record.ts";
import { type Check, check, type Found, judged, moot } from "./check.ts";
import { setClockCommand } from "./host-commands.ts";
import { bareName } from "./names.ts";
import { counted, DAY_MS, distinct, firstOf, HOUR_MS, instantText, spanText } from "./phrases.ts";
import { certifiedAt, ourTargets } from "./seen-targets.ts";
import { eachClient, slmgrData } from "./told-clients.ts";
import { dataOption, eachHost, fieldText, hostName, recentEvents, toldHosts } from "./told-hosts.ts";

/** As far as client and host may be apart (kms-behaviour.md §1.2). */
const APART_MS = 4 * HOUR_MS;
/** More machines than these are not named one by one. */
const MOST_REPORTED = 20;

const clocksAgree = check({
  id: "CS-CLK-001",
  good: "the clocks of client and host are within 4 hours of each other",
  about:
    "Instants are compared in UTC: time zones play no part. A third clock (DNS server, publisher, time server) tells whose is wrong.",
  byHand: ["date --utc", "curl --silent --head http://HOST:1688/ | grep -i ^date", "countersign events --id 30016"],
  needs: [],
  reads: ["clock", "targets"],
  findings: {
    CLOCK_APART: {
      gravity: "error",
      cause: "the clock of {machine} is {apart} {direction} that of {other}{who}",
      effect: "certificates and licences seem to begin or end at the wrong time; renewals go wrong",
      remedy: "{command}",
      advice: "set the clock of {whose} from a time server, then activate",
    },
  },
  judge: (facts) => {
    const clocks = clocksOf(facts);
    const reported = toldHosts(facts).flatMap((host) => reportedApart(host, facts));
    if (clocks.length === 0 && reported.length === 0 && toldHosts(facts).length === 0)
      return moot("no other clock was read");
    return judged([...apartFrom(facts, clocks), ...reported]);
  },
});

const hostClockIsBelieved = check({
  id: "CS-CLK-002",
  good: "the host believes its own clock",
  about:
    "A host that finds its clock behind its own records counts on by run time and doubts the clock until it was right for 24 hours.",
  byHand: ["date --utc", "countersign host status", "countersign events --id 30008,30009"],
  needs: [],
  reads: ["host"],
  findings: {
    HOST_CLOCK_SUSPECT: {
      gravity: "error",
      cause: "the host {host} doubts its own clock{by}",
      effect: "it serves nobody with a certificate that may not be in force, and dates its events by run time",
      remedy: "{command}",
      advice: "set the clock from a time server; then `countersign host clock accept{data}` ends the doubt at once",
    },
  },
  judge: (facts) =>
    eachHost(facts, (host) => {
      const { clock, seats, startFailure, machine } = host;
      const refused =
        seats.some(({ reason }) => reason === "HOST_CLOCK_SUSPECT") || startFailure?.reason === "HOST_CLOCK_SUSPECT";
      if (clock?.isSuspect !== true && !refused) return [];
      const behindMs = clock === undefined ? 0 : clock.guardedMs - clock.wallMs;
      const by =
        Math.abs(behindMs) < 60_000
          ? ""
          : `: it is ${spanText(behindMs)} ${behindMs > 0 ? "behind" : "ahead of"} what it knows`;
      return [
        {
          finding: "HOST_CLOCK_SUSPECT",
          subject: hostName(host),
          params: { host: hostName(host), by, command: setClockCommand(machine?.platform), data: dataOption(host) },
          evidence:
            clock === undefined
              ? ["its seats are refused with HOST_CLOCK_SUSPECT"]
              : [`its clock says ${instantText(clock.wallMs)}, its records ${instantText(clock.guardedMs)}`],
        },
      ];
    }),
});

const clientClockIsBelieved = check({
  id: "CS-CLK-003",
  good: "the client believes its own clock",
  about:
    "A clock that went back is doubted; a licence stays in force for 7 days of run time, within which a host's reply must confirm it.",
  byHand: ["date --utc", "countersign slmgr /dlv", "countersign events --side client --id 30008,30009"],
  needs: [],
  reads: ["client"],
  findings: {
    CLIENT_CLOCK_SUSPECT: {
      gravity: "error",
      cause: "{machine} doubts its own clock{by}",
      effect: "after 7 days of run time without a host's confirmation the machine is in notification",
      remedy: "{command}",
      advice: "set the clock, then `countersign slmgr /ato{data}`: a fresh reply of a host clears the doubt",
    },
  },
  judge: (facts) =>
    eachClient(facts, (client) => {
      const { clock, products, machineName } = client;
      if (clock?.isSuspect !== true && !products.some(({ reason }) => reason === "CLOCK_SUSPECT")) return [];
      const behindMs = clock === undefined ? 0 : clock.believedMs - clock.wallMs;
      return [
        {
          finding: "CLIENT_CLOCK_SUSPECT",
          subject: machineName,
          params: {
            ...{ machine: machineName, command: setClockCommand(client.machine?.platform), data: slmgrData(client) },
            by:
              Math.abs(behindMs) < 60_000
                ? ""
                : `: it is ${spanText(behindMs)} ${behindMs > 0 ? "behind" : "ahead of"} what it knows`,
          },
          evidence: suspicionOf(client),
        },
      ];
    }),
});

const clocksAreKept = check({
  id: "CS-CLK-004",
  good: "something keeps the machine's clock in step",
  about: "A clock that nobody sets drifts a second or two a day, and hours after a flat battery.",
  byHand: ["timedatectl", "w32tm /query /status"],
  needs: [],
  reads: ["machine", "host", "client"],
  findings: {
    CLOCK_NOT_SYNCHRONISED: {
      gravity: "notice",
      cause: "nothing keeps the clock of {machine} in step",
      effect: "it drifts; 4 hours apart clients and hosts no longer agree",
      remedy: "{command}",
      advice: "let it follow the site's time server, or its host if it is virtual",
    },
  },
  judge: ({ machine, hosts, clients }) => {
    const all = [machine, ...hosts.map((host) => host.machine), ...clients.map((client) => client.machine)];
    const known = all.flatMap((one) => (one?.clockSynchronised === undefined ? [] : [one]));
    if (known.length === 0) return moot("this platform does not tell");
    const adrift = known.filter(({ clockSynchronised }) => !clockSynchronised);
    return judged(
      distinct(adrift.map(({ name }) => name)).map((name) => ({
        finding: "CLOCK_NOT_SYNCHRONISED",
        subject: name,
        params: { machine: name, command: setClockCommand(adrift.find((one) => one.name === name)?.platform) },
        evidence: [`${name}: its system says that the clock is not synchronised`],
      })),
    );
  },
});

/** Instants: of the machines, of hosts and of their logs. */
export const CLOCK_CHECKS: readonly Check[] = [clocksAgree, hostClockIsBelieved, clientClockIsBelieved, clocksAreKept];

type Apart = Found<"CLOCK_APART">;

/** Every clock that was read; what a host signed is read as well as the head of its answer. */
function clocksOf(facts: Facts): readonly ClockFacts[] {
  const signed = ourTargets(facts).flatMap((target): readonly ClockFacts[] => {
    const [host] = certifiedAt(target);
    if (host === undefined || facts.network === undefined) return [];
    return [{ of: hostTextOf(target), kind: "host", aheadMs: host.serverTimeMs - facts.network.atMs }];
  });
  const all = [...facts.clocks, ...signed.filter(({ of }) => !facts.clocks.some((one) => one.of === of))];
  return all.filter((clock) => !isOwnClock(clock, facts));
}

/** A host on the doctor's own machine has the same clock: it is no witness. */
function isOwnClock({ of, kind }: ClockFacts, { machine, hosts }: Facts): boolean {
  const own = hosts.find((host) => machine !== undefined && host.machine?.name === machine.name);
  if (kind !== "host" || own === undefined || machine === undefined) return false;
  const names = [machine.name, ...machine.addresses, ...(own.publishing?.domains.map(({ target }) => target) ?? [])];
  return names.includes(bareName(of));
}

/** Where every other clock that was read agrees with none but the others, it is the machine's own that is wrong. */
function apartFrom(facts: Facts, clocks: readonly ClockFacts[]): readonly Apart[] {
  const off = clocks.filter(({ aheadMs }) => Math.abs(aheadMs) > APART_MS);
  const near = clocks.filter((clock) => !off.includes(clock));
  const [first] = off;
  if (first === undefined) return [];
  const machine = facts.machine?.name ?? "this machine";
  const command = setClockCommand(facts.machine?.platform);
  const evidence = clocks.map(
    ({ of, kind, aheadMs }) =>
      `${kind} ${of} is ${spanText(aheadMs)} ${aheadMs > 0 ? "ahead of" : "behind"} ${machine}`,
  );
  const agree = off.every(({ aheadMs }) => Math.abs(aheadMs - first.aheadMs) <= APART_MS);
  if (off.length > near.length && agree && off.length > 1)
    return [
      apart(
        { machine, whose: machine, command, evidence },
        first,
        `, and ${firstOf(off.map(({ of }) => of))} agree: it is ${machine} that is wrong`,
      ),
    ];
  return off.map((clock) => {
    const isOther = near.length > 0;
    const whose = isOther ? clock.of : `${machine} and ${clock.of}, whichever is wrong`;
    const who = isOther
      ? `; ${firstOf(near.map(({ of }) => of))} agree with ${machine}: it is ${clock.of} that is wrong`
      : "";
    return apart({ machine, whose, command, evidence }, clock, who);
  });
}

interface Saying {
  readonly machine: string;
  readonly whose: string;
  readonly command: string;
  readonly evidence: readonly string[];
}

function apart({ machine, whose, command, evidence }: Saying, { of, aheadMs }: ClockFacts, who: string): Apart {
  const direction = aheadMs > 0 ? "behind" : "ahead of";
  const params = { machine, whose, command, other: of, apart: spanText(aheadMs), direction, who };
  return { finding: "CLOCK_APART", subject: `${machine} ${of}`, concerns: [machine, bareName(of)], params, evidence };
}

/** What the host wrote of machines whose clocks differ from its own (event 30016) in the last day. */
function reportedApart(host: HostFacts, facts: Facts): readonly Apart[] {
  const events = recentEvents(host, [30016], facts.gatheredMs - DAY_MS);
  const aheads = events.map((event) => ({
    name: fieldText(event, "clientName") || fieldText(event, "address"),
    aheadMs: Number(event.fields["clientTimeMs"]) - Number(event.fields["hostTimeMs"]),
  }));
  const known = distinct(aheads.map(({ name }) => name)).flatMap(
    (name) => aheads.find((one) => one.name === name) ?? [],
  );
  const [first] = known;
  if (first === undefined) return [];
  const evidence = known
    .slice(0, 10)
    .map(
      ({ name, aheadMs }) =>
        `${name} is ${spanText(aheadMs)} ${aheadMs > 0 ? "ahead of" : "behind"} ${hostName(host)} (event 30016)`,
    );
  const isHost = known.length >= 3 && known.every(({ aheadMs }) => Math.abs(aheadMs - first.aheadMs) < HOUR_MS);
  const command = setClockCommand(host.machine?.platform);
  if (isHost) {
    const who = `, and ${counted(known.length, "machine")} agree: it is ${hostName(host)} that is wrong`;
    return [
      apart(
        { machine: hostName(host), whose: hostName(host), command, evidence },
        { of: first.name, kind: "host", aheadMs: first.aheadMs },
        who,
      ),
    ];
  }
  return known
    .slice(0, MOST_REPORTED)
    .map(({ name, aheadMs }) =>
      apart(
        { machine: name, whose: name, command, evidence },
        { of: hostName(host), kind: "host", aheadMs: -aheadMs },
        "",
      ),
    );
}

function suspicionOf({ clock, products }: ClientFacts): readonly string[] {
  const doubted = products
    .filter(({ reason }) => reason === "CLOCK_SUSPECT")
    .map(({ name }) => `${name}: CLOCK_SUSPECT`);
  return clock === undefined
    ? doubted
    : [`its clock says ${instantText(clock.wallMs)}, its records ${instantText(clock.believedMs)}`, ...doubted];
}
