import type { ClientFacts, ProductFacts } from "../facts/client-facts.ts";
import type { Facts } from "../facts/facts.ts";
import { domainOf, hostsLedTo } from "./domain-sights.ts";
import { type HostSight, hostSights, hostsAskedBy, isGone, isServing } from "./host-sights.ts";
import { bareName } from "./names.ts";
import { distinct } from "./phrases.ts";

/** A host that does not serve, with who is without any because of it. */
export interface FailingHost {
  readonly sight: HostSight;
  /** Machines that ask it. */
  readonly machines: readonly string[];
  /** No other host serves those machines. */
  readonly isTheLast: boolean;
}

/**
 * Hosts that do not serve although somebody asks them. One beside which another serves is only slow, and its record is
 * what is wrong; it is listed where it is known to run, because then it is its port that is closed.
 */
export function failingHosts(facts: Facts): readonly FailingHost[] {
  const sights = hostSights(facts);
  const groups = groupsOf(facts, sights);
  return sights
    .filter((sight) => !isServing(sight))
    .flatMap((sight) => {
      const asking = groups.filter(({ asked }) => asked.includes(sight));
      const isBeside = isDumb(sight) ? isAnswering : isServing;
      const stranded = asking.filter((group) => !group.asked.some(isBeside) && !isFixedBesideOthers(group, sights));
      if (stranded.length === 0 && (asking.length === 0 || sight.alive === "")) return [];
      const machines = distinct(asking.flatMap(({ machine }) => (machine === "" ? [] : [machine])));
      return [{ sight, machines, isTheLast: stranded.length > 0 }];
    });
}

/** Whether some host serves a client right now. */
export function isServedNow(client: ClientFacts, facts: Facts): boolean {
  const sights = hostSights(facts).filter(({ from }) => from === "probe");
  return hostsAskedBy(client, sights, ledFor(client, facts)).some(isServing);
}

/** Everything whose failing a product's licence suffers from: its machine, its domain, every host it asks. */
export function concernsOf(client: ClientFacts, product?: ProductFacts): readonly string[] {
  const tried = (product === undefined ? client.products : [product]).flatMap(
    ({ lastAttempt }) => lastAttempt?.tried ?? [],
  );
  const hosts = [
    client.fixedHost,
    ...(client.fixedHost === "" ? [client.cachedHost] : []),
    ...tried.map(({ host }) => host),
  ];
  return distinct([client.machineName, domainOf(client), ...hosts.map(bareName)].filter((name) => name !== ""));
}

/** Nothing of a host is heard there. */
function isDumb(sight: HostSight): boolean {
  return isGone(sight) || sight.state === "foreign" || sight.state === "mute";
}

/** It serves, or it is a host of ours that says why not: anybody may refuse, but not in the name of one that we know. */
function isAnswering(sight: HostSight): boolean {
  return isServing(sight) || (sight.told !== undefined && ["refuses", "unverified"].includes(sight.state));
}

interface AskingGroup {
  /** "" = whoever looks. */
  readonly machine: string;
  readonly hasFixedHost: boolean;
  readonly asked: readonly HostSight[];
}

function groupsOf(facts: Facts, sights: readonly HostSight[]): readonly AskingGroup[] {
  if (facts.clients.length === 0) return [{ machine: "", hasFixedHost: false, asked: sights }];
  return facts.clients.map((client) => ({
    machine: client.machineName,
    hasFixedHost: client.fixedHost !== "",
    asked: hostsAskedBy(client, sights, ledFor(client, facts)),
  }));
}

function ledFor(client: ClientFacts, { network }: Facts): readonly string[] {
  const found = network?.domains.find(({ domain }) => domain === domainOf(client));
  if (network !== undefined) return hostsLedTo(found);
  // Without a look at DNS: whom the machine itself found there.
  const tried = client.products.flatMap(({ lastAttempt }) => lastAttempt?.tried ?? []);
  return tried.filter(({ why }) => why === "discovered").map(({ host }) => host);
}

/** A fixed host that is gone while others serve: the setting is what is wrong (CS-DSC-001). */
function isFixedBesideOthers({ hasFixedHost }: AskingGroup, sights: readonly HostSight[]): boolean {
  return hasFixedHost && sights.some(isServing);
}
