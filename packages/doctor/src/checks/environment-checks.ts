import type { Facts } from "../facts/facts.ts";
import type { DiskFacts, MachineFacts } from "../facts/machine-facts.ts";
import { type Check, check, type Found, judged, moot } from "./check.ts";
import { isFull, MEGABYTE } from "./disk-room.ts";
import { isLoopback } from "./host-commands.ts";
import { bareName } from "./names.ts";
import { counted, DAY_MS, firstOf, instantText, shellWord } from "./phrases.ts";
import { dataOption, eachHost, hostName, recentEvents, toldHosts } from "./told-hosts.ts";

const LOW_BYTES = 200 * MEGABYTE;

const diskHasRoom = check({
  id: "CS-ENV-004",
  good: "the disks of the stores have room",
  about:
    "A host commits before it signs, and a client before it believes: without room neither goes on. What was accepted is never lost.",
  byHand: ["df -h /var/lib/countersign"],
  needs: [],
  reads: ["host", "client"],
  findings: {
    DISK_FULL: {
      gravity: "fatal",
      cause: "the disk of {path} on {machine} is full",
      effect: "nothing can be written there: the host answers STORE_UNAVAILABLE, a client keeps no new licence",
      remedy: "df -h {path}",
      advice:
        "free space on that disk or enlarge it; the service goes on by itself, and nothing that was accepted is lost",
    },
    DISK_LOW: {
      gravity: "warning",
      cause: "the disk of {path} on {machine} has only {free} MB left",
      effect: "when it is full nothing is activated",
      remedy: "df -h {path}",
      advice: "free space on that disk or enlarge it; a smaller eventRows keeps the event log from growing",
    },
  },
  judge: (facts) => {
    const disks = disksOf(facts);
    return disks.length === 0 ? moot("no disk of a store was seen") : judged(disks.flatMap(crowdedDisk));
  },
});

const machineHasAddress = check({
  id: "CS-ENV-005",
  good: "the machine has an address on the network",
  about: "A machine without an address beyond loopback reaches no other one.",
  byHand: ["ip address", "ip route"],
  needs: [],
  reads: ["machine", "host", "client"],
  findings: {
    NO_ADDRESS: {
      gravity: "error",
      cause: "{machine} has no address beyond loopback",
      effect: "it reaches no other machine, and none reaches it",
      remedy: "{look}",
      advice: "plug it in, bring its interface up, or see why DHCP gives it no address",
    },
  },
  judge: (facts) => {
    const machines = machinesOf(facts);
    if (machines.length === 0) return moot("no machine was seen from within");
    return judged(
      machines
        .filter(({ addresses }) => addresses.length === 0 && !isAloneByIntent(facts))
        .map(({ name, platform }) => ({
          finding: "NO_ADDRESS",
          subject: name,
          params: { machine: name, look: platform === "win32" ? "ipconfig /all" : "ip address show" },
          evidence: [`${name}: no interface but loopback has an address`],
        })),
    );
  },
});

const hostHasPriority = check({
  id: "CS-ENV-006",
  good: "the host runs at normal priority",
  about: "At low priority other programs of a busy machine come first, and clients wait.",
  byHand: ["countersign slmgr /dlv", "countersign host config show"],
  needs: ["CS-ENV-002"],
  reads: ["host"],
  findings: {
    LOW_PRIORITY: {
      gravity: "notice",
      cause: "the host {host} runs at low priority",
      effect: "on a busy machine clients wait for their answers, and ask again",
      remedy: "countersign slmgr /spri{data}",
      advice: "give it normal priority unless it is low on purpose{pinned}",
    },
  },
  judge: (facts) =>
    eachHost(facts, (host) => {
      const setting = host.settings["lowPriority"];
      if (setting?.value !== "on") return [];
      const overloads = recentEvents(host, [30013], facts.gatheredMs - DAY_MS);
      const isPinned = ["flag", "environment"].includes(setting.source);
      return [
        {
          finding: "LOW_PRIORITY",
          subject: hostName(host),
          ...(overloads.length > 0 && { gravity: "warning" as const }),
          params: {
            host: hostName(host),
            data: dataOption(host),
            pinned: isPinned ? `; ${setting.place} decides it` : "",
          },
          evidence: [
            `lowPriority is on (${setting.source})`,
            ...overloads.slice(0, 1).map(({ timeMs }) => `overload at ${instantText(timeMs)} (event 30013)`),
          ],
        },
      ];
    }),
});

const hostIsNewEnough = check({
  id: "CS-ENV-007",
  good: "the host's version is new enough for every product it is asked for",
  about: "A publisher says per product which version of the host may serve it at least.",
  byHand: ["countersign --version", "countersign events --id 12290 --text HOST_TOO_OLD"],
  needs: [],
  reads: ["host"],
  findings: {
    HOST_TOO_OLD: {
      gravity: "error",
      cause: "the host {host} ({version}) is too old for a product that machines ask for{detail}",
      effect: "machines with that product are refused, {count} times in the last 7 days",
      remedy: "npm install --global ./countersign-*.tgz  # upgrade the host",
      advice: "fetch the packages of the newer version on the host's machine, install them and start it again",
    },
  },
  judge: (facts) =>
    eachHost(facts, (host) =>
      host.seats.flatMap(({ publisherName, refusedLately }) =>
        refusedLately
          .filter(({ reason }) => reason === "HOST_TOO_OLD")
          .map(({ count, machines, detail }) => ({
            finding: "HOST_TOO_OLD" as const,
            subject: `${hostName(host)} ${publisherName}`,
            params: {
              ...{ host: hostName(host), version: host.softwareVersion, count },
              detail: detail === "" ? "" : ` (${detail})`,
            },
            evidence: [`${counted(count, "request")} refused with HOST_TOO_OLD in 7 days: ${firstOf(machines)}`],
          })),
      ),
    ),
});

/** What a service needs of its machine. */
export const ENVIRONMENT_CHECKS: readonly Check[] = [diskHasRoom, machineHasAddress, hostHasPriority, hostIsNewEnough];

interface PlacedDisk extends DiskFacts {
  readonly machine: string;
  readonly isFull: boolean;
}

/** Each directory once: a host and a client of one machine may share a disk. */
function disksOf(facts: Facts): readonly PlacedDisk[] {
  const placed = [
    ...toldHosts(facts).map((host) => ({ ...host, machine: hostName(host) })),
    ...facts.clients.map((client) => ({ ...client, machine: client.machineName })),
  ].flatMap(({ machine, disk, store }) =>
    disk === undefined ? [] : [{ ...disk, machine, isFull: isFull(disk, store) }],
  );
  return placed.filter(
    (one, i) => placed.findIndex(({ path, machine }) => path === one.path && machine === one.machine) === i,
  );
}

function crowdedDisk({
  path,
  machine,
  freeBytes,
  totalBytes,
  isFull: full,
}: PlacedDisk): readonly Found<"DISK_FULL" | "DISK_LOW">[] {
  if (freeBytes >= LOW_BYTES && !full) return [];
  const free = Math.floor(freeBytes / MEGABYTE);
  return [
    {
      finding: full ? "DISK_FULL" : "DISK_LOW",
      subject: `${machine} ${path}`,
      concerns: [machine],
      params: { path: shellWord(path), machine, free },
      evidence: [`${path} on ${machine}: ${free} MB of ${Math.floor(totalBytes / MEGABYTE)} MB are free`],
    },
  ];
}

function machinesOf({ machine, hosts, clients }: Facts): readonly MachineFacts[] {
  const all = [machine, ...hosts.map((host) => host.machine), ...clients.map((client) => client.machine)];
  const known = all.flatMap((one) => one ?? []);
  return known.filter((one, i) => known.findIndex(({ name }) => name === one.name) === i);
}

/** A site that lives on one machine: its hosts listen on loopback and its clients are told to ask there. */
function isAloneByIntent(facts: Facts): boolean {
  const listening = toldHosts(facts).flatMap((host) => host.listening ?? []);
  const asked = facts.clients.map(({ fixedHost }) => bareName(fixedHost));
  const places = [...listening.map(({ address }) => address), ...asked];
  return places.length > 0 && places.every(isLoopback);
}
