import type { Facts } from "../facts/facts.ts";
import type { HostPlaceFacts } from "../facts/host-place-facts.ts";
import { type Check, check, type Found, type Judgement, judged, moot } from "./check.ts";
import { MEGABYTE } from "./disk-room.ts";
import { setClockCommand } from "./host-commands.ts";
import { shellWord } from "./phrases.ts";

/** A host of ten thousand machines writes so much in a year. */
const WANTED_BYTES = 2_000 * MEGABYTE;
/** With less, the first weeks fill it. */
const LEAST_BYTES = 200 * MEGABYTE;

const placeIsFree = check({
  id: "CS-PRE-001",
  good: "no host is set up here yet",
  about: "One machine has one host. Where there is one already, `countersign doctor` examines it.",
  byHand: ["countersign host status"],
  needs: [],
  reads: ["machine"],
  findings: {
    HOST_HERE_ALREADY: {
      gravity: "notice",
      cause: "a host is set up in {directory} already",
      effect: "`countersign host init` leaves it as it is",
      remedy: "countersign doctor --ready --data {directory}",
      advice: "see whether machines may be sent to it",
    },
  },
  judge: (facts) =>
    atPlace(facts, ({ isSetUp, dataDirectory }) =>
      isSetUp ? [found("HOST_HERE_ALREADY", dataDirectory, { directory: shellWord(dataDirectory) }, [])] : [],
    ),
});

const placeHasRoom = check({
  id: "CS-PRE-002",
  good: "the store's directory can be made, and its disk has room",
  about:
    "The store holds the inventory, the event log and the keys. It must lie on a disk of this machine: not on a network file system, which does not keep what it promised.",
  byHand: ["df -h /var/lib", "id"],
  needs: [],
  reads: ["machine"],
  findings: {
    PLACE_UNWRITABLE: {
      gravity: "fatal",
      cause: "{directory} can be neither made nor written by whoever runs this",
      effect: "no host can be made there",
      remedy: "sudo countersign host init",
      advice: "make the host as root or as its service's account, or name another directory with --data",
    },
    PLACE_SMALL: {
      gravity: "warning",
      cause: "the disk of {directory} has {free} MB free",
      effect: "the event log is full before its time; with no room at all the host serves nobody",
      remedy: "df -h {directory}",
      advice: "make room: 2 GB are enough for ten thousand machines and 400 days of events",
    },
  },
  judge: (facts) =>
    atPlace(facts, ({ disk, dataDirectory }): readonly Found<"PLACE_UNWRITABLE" | "PLACE_SMALL">[] => {
      const directory = shellWord(disk?.path ?? dataDirectory);
      if (disk === undefined || !disk.writable)
        return [found("PLACE_UNWRITABLE", dataDirectory, { directory }, [`${directory}: not writable`])];
      if (disk.freeBytes >= WANTED_BYTES) return [];
      const free = Math.floor(disk.freeBytes / MEGABYTE);
      const small = found("PLACE_SMALL", dataDirectory, { directory, free }, [`${directory}: ${free} MB free`]);
      return [disk.freeBytes < LEAST_BYTES ? { ...small, gravity: "error" } : small];
    }),
});

const portsAreFree = check({
  id: "CS-PRE-003",
  good: "the ports of a host are free",
  about: "Machines ask at tcp 1688; health, metrics and administration from afar are at tcp 1689. Both can be changed.",
  byHand: ["ss -ltnp"],
  needs: [],
  reads: ["machine"],
  findings: {
    HOST_PORT_IN_USE: {
      gravity: "error",
      cause: "port {port} is taken by another program",
      effect: "the host does not start",
      remedy: "ss -ltnp 'sport = :{port}'",
      advice: "end that program, or give the host another port with --port and --admin-port",
    },
  },
  judge: (facts) =>
    atPlace(facts, ({ ports, isSetUp }) =>
      // A host that is there has them itself.
      ports
        .filter(({ inUse }) => inUse !== "" && !isSetUp)
        .map(({ port, inUse }) => found("HOST_PORT_IN_USE", `${port}`, { port }, [`port ${port}: ${inUse}`])),
    ),
});

const nameLeadsHere = check({
  id: "CS-PRE-004",
  good: "the machine's full name leads to the machine",
  about:
    "The record that a host publishes names its machine. Where that name leads elsewhere, or nowhere, so do machines.",
  byHand: ["hostname --fqdn", "getent ahosts kms1.corp.example"],
  needs: [],
  reads: ["machine", "dns"],
  findings: {
    NAME_LEADS_ELSEWHERE: {
      gravity: "warning",
      cause: "{name} leads to {where}",
      effect: "machines that find the host in DNS do not reach it",
      remedy: "getent ahosts {name}",
      advice: "give the name an A or AAAA record with this machine's address, or publish another name (dns.hostName)",
    },
    NAME_WITHOUT_DOMAIN: {
      gravity: "warning",
      cause: "the machine is in no domain ({name})",
      effect: "the host does not know where to publish itself, and machines cannot find it in DNS",
      remedy: "hostname --fqdn",
      advice: "name the domains and the host's name in its configuration (dns.domains, dns.hostName), or use /skms",
    },
  },
  judge: (facts) => atPlace(facts, (place) => nameOf(place, facts)),
});

const domainHasZone = check({
  id: "CS-PRE-005",
  good: "the machine's domain lies in a zone that DNS serves",
  about: "The host asks the zone's primary server to take its record up. Without one the record is written by hand.",
  byHand: ["dig SOA corp.example"],
  needs: ["CS-PRE-004"],
  reads: ["dns"],
  findings: {
    NO_ZONE_TO_PUBLISH_IN: {
      gravity: "warning",
      cause: "no zone was found for the domain of {name}",
      effect: "the host cannot publish itself there",
      remedy: "dig SOA {domain}",
      advice:
        "see that the machine's DNS server serves the site's zone, or name other domains in the host's configuration",
    },
  },
  judge: (facts) =>
    atPlace(facts, ({ zone, fullName }) => {
      const domain = fullName.split(".").slice(1).join(".");
      if (zone !== "" || domain === "") return [];
      const params = { name: fullName, domain: shellWord(domain) };
      return [found("NO_ZONE_TO_PUBLISH_IN", domain, params, [`${domain}: no SOA, here or above`])];
    }),
});

const publisherIsReached = check({
  id: "CS-PRE-006",
  good: "the publisher's activation service answers here",
  about:
    "A host is activated once by its publisher and renews its certificate there. Where no way leads there it is activated by a file.",
  byHand: ["curl --include https://activation.example/"],
  needs: [],
  reads: ["publisher"],
  findings: {
    PUBLISHER_OUT_OF_REACH: {
      gravity: "warning",
      cause: "the activation service of {publisher} at {url} is not reached from here",
      effect: "a host here cannot be activated over the network, nor renew its certificate by itself",
      remedy: "curl --include {url}",
      advice: "open the way to that address, or activate the host by a file (slmgr /dti, /atp)",
    },
  },
  judge: (facts) => {
    const { place } = facts;
    if (place === undefined || place.publishers.length === 0) return moot("no trust file was named (--trust)");
    const away = place.publishers.filter(({ reachable }) => !reachable);
    return judged(
      away.map(({ name, url, detail }) =>
        found("PUBLISHER_OUT_OF_REACH", name, { publisher: name, url: shellWord(url) }, [`${url}: ${detail}`]),
      ),
    );
  },
});

const machineIsOnNetwork = check({
  id: "CS-PRE-007",
  good: "the machine has an address for others, and its clock is kept in step",
  about: "A host is asked by other machines, and dates what it signs by its clock.",
  byHand: ["ip address", "timedatectl"],
  needs: [],
  reads: ["machine"],
  findings: {
    NO_ADDRESS_FOR_OTHERS: {
      gravity: "error",
      cause: "{machine} has no address but that of loopback",
      effect: "no other machine can ask a host here",
      remedy: "ip address",
      advice: "connect the machine to the network of those it is to serve",
    },
    HOST_CLOCK_UNKEPT: {
      gravity: "warning",
      cause: "nothing keeps the clock of {machine} in step",
      effect: "it drifts; 4 hours apart machines and host no longer agree",
      remedy: "{command}",
      advice: "let it follow the site's time server before a host is made here",
    },
  },
  judge: ({ machine }): Judgement<"NO_ADDRESS_FOR_OTHERS" | "HOST_CLOCK_UNKEPT"> => {
    if (machine === undefined) return moot("the machine was not looked at");
    const { name, addresses, clockSynchronised, platform } = machine;
    const params = { machine: name, command: setClockCommand(platform) };
    return judged([
      ...(addresses.length === 0 ? [found("NO_ADDRESS_FOR_OTHERS", name, params, [`${name}: no address`])] : []),
      ...(clockSynchronised === false
        ? [found("HOST_CLOCK_UNKEPT", name, params, [`${name}: its system says that the clock is not synchronised`])]
        : []),
    ]);
  },
});

/** What `--pre` asks before a host is made. They say nothing of a host that there is. */
export const PRE_CHECKS: readonly Check[] = [
  ...[placeIsFree, placeHasRoom, portsAreFree, nameLeadsHere, domainHasZone, publisherIsReached, machineIsOnNetwork],
];

function atPlace<Id extends string>(
  { place }: Facts,
  judge: (place: HostPlaceFacts) => readonly Found<Id>[],
): Judgement<Id> {
  return place === undefined ? moot("no place for a host was looked at (--pre)") : judged(judge(place));
}

function nameOf(
  { fullName, nameAddresses }: HostPlaceFacts,
  { machine }: Facts,
): readonly Found<"NAME_LEADS_ELSEWHERE" | "NAME_WITHOUT_DOMAIN">[] {
  const name = shellWord(fullName === "" ? (machine?.name ?? "this machine") : fullName);
  if (!fullName.includes(".")) return [found("NAME_WITHOUT_DOMAIN", name, { name }, [`${name}: no domain`])];
  const own = machine?.addresses ?? [];
  if (nameAddresses.some((address) => own.includes(address))) return [];
  const where = nameAddresses.length === 0 ? "no address" : nameAddresses.join(", ");
  const evidence = [`${name}: ${where}; the machine has ${own.join(", ") || "none"}`];
  return [found("NAME_LEADS_ELSEWHERE", name, { name, where }, evidence)];
}

function found<Id extends string>(
  finding: Id,
  subject: string,
  params: Found["params"],
  evidence: readonly string[],
): Found<Id> {
  return { finding, subject, params, evidence };
}
