import type { Facts } from "../facts/facts.ts";
import type { HostFacts } from "../facts/host-facts.ts";
import { hostTextOf } from "../finder/delete-record.ts";
import { type Check, check } from "./check.ts";
import { isLoopback, settingCommand } from "./host-commands.ts";
import { bareName, portOf } from "./names.ts";
import { firstOf, shellWord } from "./phrases.ts";
import { certifiedAt, isAnswering, ourTargets } from "./seen-targets.ts";
import { eachClient, slmgrData } from "./told-clients.ts";
import { dataOption, eachHost, hostName } from "./told-hosts.ts";
import { pinnedText, placeText } from "./told-settings.ts";

const keepPortFollows = check({
  id: "CS-CFG-006",
  good: "no client keeps a port that its host has left",
  about:
    "A client follows the port a host signs in its statements, unless keepPort forbids it, as behind a port mapping.",
  byHand: ["countersign slmgr /dlv"],
  needs: [],
  reads: ["client", "targets"],
  findings: {
    KEEP_PORT_BLOCKS_MOVE: {
      gravity: "error",
      cause: "{machine} keeps asking {kept}, and the host has moved to port {port}",
      effect: "the machine does not reach its host",
      remedy: "countersign slmgr /skms {moved}{data}",
      advice: "name the new port, or take keepPort back where no port mapping is on the way",
    },
  },
  judge: (facts) =>
    eachClient(facts, (client) => {
      if (!client.keepPort) return [];
      const kept = [client.fixedHost, client.cachedHost].find((host) => host !== "") ?? "";
      const moved = movedTo(facts, kept);
      if (moved === undefined) return [];
      return [
        {
          finding: "KEEP_PORT_BLOCKS_MOVE",
          subject: client.machineName,
          params: {
            machine: client.machineName,
            kept,
            moved: shellWord(moved),
            port: portOf(moved),
            data: slmgrData(client),
          },
          evidence: [
            `keepPort is on${placeText(client.settings, "keepPort")}`,
            `nothing answers at ${kept}`,
            `the host answers at ${moved}`,
          ],
        },
      ];
    }),
});

const listensWhereItIsFound = check({
  id: "CS-CFG-007",
  good: "a published host listens beyond loopback",
  about: "A host that listens on 127.0.0.1 serves its own machine only, whatever DNS says of it.",
  byHand: ["ss -ltn 'sport = :1688'", "countersign host config show"],
  needs: ["CS-ENV-002"],
  reads: ["host"],
  findings: {
    LOOPBACK_ONLY: {
      gravity: "error",
      cause: "the host {host} listens on {address} only, and is published as {target}",
      effect: "every other machine is led to a port that is closed to it",
      remedy: "{command}",
      advice: "give listenAddress an address of the network, or 0.0.0.0, and start the host again",
    },
  },
  judge: (facts) =>
    eachHost(facts, (host) => {
      const { listening } = host;
      const target = publishedTarget(host, facts);
      if (listening === undefined || !isLoopback(listening.address) || target === undefined) return [];
      return [
        {
          finding: "LOOPBACK_ONLY",
          subject: hostName(host),
          params: {
            ...{ host: hostName(host), address: listening.address, target },
            command: settingCommand(host, "listenAddress", "0.0.0.0"),
          },
          evidence: [
            `it listens on ${listening.address}:${listening.port}${placeText(host.settings, "listenAddress")}`,
            `a record leads to ${target}`,
          ],
        },
      ];
    }),
});

const hostIsPublished = check({
  id: "CS-CFG-008",
  good: "the host publishes itself in DNS, or somebody wrote its record",
  about:
    "Clients without a fixed host find one by its SRV record. Where publishing is off, somebody has to write and keep it.",
  byHand: ["countersign host dns show", "countersign slmgr /dlv"],
  needs: [],
  reads: ["host", "dns"],
  findings: {
    PUBLISHING_OFF: {
      gravity: "warning",
      cause: "the host {host} does not publish itself, and no record leads to it",
      effect: "a machine without a fixed host does not find it",
      remedy: "countersign slmgr /sdns{data}",
      advice: "switch publishing on, or write the record by hand as `countersign host dns show` prints it{pinned}",
    },
  },
  judge: (facts) =>
    eachHost(facts, (host) => {
      if (host.publishing?.isOn !== false) return [];
      const records = recordTargets(facts);
      const leadsHere = records.filter((record) => isNameOf(host, record.target));
      const everyoneIsTold = facts.clients.length > 0 && facts.clients.every(({ fixedHost }) => fixedHost !== "");
      if (leadsHere.length > 0 || everyoneIsTold) return [];
      const isNone = facts.network !== undefined && facts.network.domains.length > 0 && records.length === 0;
      return [
        {
          finding: "PUBLISHING_OFF",
          subject: hostName(host),
          ...(isNone && { gravity: "error" as const }),
          params: { host: hostName(host), data: dataOption(host), pinned: pinnedText(host.settings, "dnsPublishing") },
          evidence: [
            `dnsPublishing is off${placeText(host.settings, "dnsPublishing")}`,
            isNone
              ? `no SRV record in ${firstOf((facts.network?.domains ?? []).map(({ domain }) => domain))}`
              : `records lead to ${firstOf(records.map(({ target }) => target)) || "no known host: DNS was not asked"}`,
          ],
        },
      ];
    }),
});

/** Settings that say where clients and host meet. */
export const ADDRESSING_CHECKS: readonly Check[] = [keepPortFollows, listensWhereItIsFound, hostIsPublished];

/** Where the same name answers at another port, while nothing does at the kept one. */
function movedTo(facts: Facts, kept: string): string | undefined {
  if (isAnswering(facts, kept) !== false) return undefined;
  const others = ourTargets(facts).filter((target) => {
    const text = hostTextOf(target);
    return text !== kept && bareName(text) === bareName(kept) && certifiedAt(target).length > 0;
  });
  return others[0] === undefined ? undefined : hostTextOf(others[0]);
}

/** The name under which others are led here; undefined: nobody is, or the name itself leads to loopback. */
function publishedTarget(host: HostFacts, facts: Facts): string | undefined {
  const published = host.publishing?.isOn === true ? host.publishing.domains.map(({ target }) => target) : [];
  const recorded = recordTargets(facts).filter(({ target }) => isNameOf(host, target));
  const [target] = [...published, ...recorded.map((record) => record.target)];
  if (target === undefined) return undefined;
  const addresses = ourTargets(facts)
    .filter((one) => one.target === target)
    .flatMap(({ resolution }) => (resolution.kind === "addresses" ? resolution.endpoints : []))
    .map(({ address }) => address);
  return addresses.length > 0 && addresses.every(isLoopback) ? undefined : target;
}

/** Every record of our service in the domains that were asked. */
function recordTargets({ network }: Facts): readonly { readonly target: string }[] {
  const names = network?.domains.flatMap((domain) => domain.names) ?? [];
  return names
    .filter(({ service }) => service !== "microsoft")
    .flatMap(({ answer }) => (answer.kind === "records" ? answer.records : []))
    .filter(({ target }) => target !== "");
}

/** Whether a record's target is this host: by its published name, its machine's, or an address of it. */
function isNameOf({ machine, publishing }: HostFacts, target: string): boolean {
  const own = [
    machine?.name ?? "",
    ...(machine?.addresses ?? []),
    ...(publishing?.domains.map((one) => one.target) ?? []),
  ];
  const short = (name: string) => name.split(".")[0] ?? "";
  return own.some((name) => name !== "" && (name === target || (!name.includes(".") && name === short(target))));
}
