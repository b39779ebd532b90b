import { EVENT, eventOf, MAX_TARGETS, REFUSALS, type Refusal, toUuid } from "@countersign/domain";
import { type DomainNames, domainToAsk, type FoundTargets, lookUpHosts } from "./discover-hosts.ts";
import { type ChosenHost, hostsToAsk } from "./find-host.ts";
import { formatHostTarget } from "./host-address.ts";
import { type HostLookup, lookupRefusal } from "./host-lookup.ts";
import { tell } from "./publisher-session.ts";
import type { Session } from "./session.ts";

/** All hosts of one round together (protocol.md §11.3). */
const WALK_MS = 30_000;
/** Nobody gets less: a connection alone may take that. */
const LEAST_MS = 3_000;

/** A host whose turn it is, and how long it may take: who accepts and then says nothing must not use up the others' time. */
export interface HostTurn {
  readonly host: ChosenHost;
  readonly withinMs: number;
}

/** What one attempt remembers of its walks through the hosts. */
export interface HostWalk {
  readonly interactive: boolean;
  /** `name:port` of those that gave no statement in this attempt: not asked twice. */
  readonly failed: Set<string>;
  /** Each name that was asked in DNS. What was found is kept for this attempt and no longer. */
  readonly lookups: HostLookup[];
  readonly found: Map<string, FoundTargets>;
  domain: DomainNames | undefined;
  /** Ms until the first host may be asked that is left alone for now. */
  restMs: number;
}

/** The walk of a new attempt. */
export function beginWalk(interactive: boolean): HostWalk {
  const restMs = Number.POSITIVE_INFINITY;
  return { interactive, failed: new Set(), lookups: [], found: new Map(), domain: undefined, restMs };
}

/**
 * The hosts to ask in turn: the fixed one and no other; else the cached one, then those of DNS, each name asked for only
 * when nobody before gave a statement. Who takes a turn ends the walk by taking no further one.
 */
export async function* hostsInTurn(session: Session, walk: HostWalk): AsyncGenerator<HostTurn, void> {
  const { clock } = session.ports;
  const endMs = clock.monotonicMs() + WALK_MS;
  const asked = new Set(walk.failed);
  let discovered = 0;
  let turns = 0;
  for await (const { hosts, isLast } of groups(session, walk)) {
    const ready = hosts.filter((host) => !asked.has(formatHostTarget(host)) && isReady(session, walk, host));
    for (const [i, host] of ready.entries()) {
      const leftMs = endMs - clock.monotonicMs();
      // The first is asked however long its name took.
      if ((turns > 0 && leftMs <= 0) || (host.why === "discovered" && discovered >= MAX_TARGETS)) return;
      if (asked.has(formatHostTarget(host))) continue;
      asked.add(formatHostTarget(host));
      turns += 1;
      if (host.why === "discovered") discovered += 1;
      const sharers = ready.length - i + (isLast ? 0 : 1);
      yield { host, withinMs: Math.max(LEAST_MS, Math.floor(leftMs / sharers)) };
    }
  }
}

/** Why DNS gave nobody to ask; undefined where it was not asked or gave somebody. */
export function nobodyFound({ lookups }: HostWalk): Refusal | undefined {
  return lookupRefusal(lookups);
}

interface HostGroup {
  readonly hosts: readonly ChosenHost[];
  readonly isLast: boolean;
}

async function* groups(session: Session, walk: HostWalk): AsyncGenerator<HostGroup, void> {
  const { values } = session.settings;
  const isFixed = values.host !== undefined;
  yield { hosts: hostsToAsk(values, session.state), isLast: isFixed };
  if (isFixed) return;
  walk.domain ??= await askedDomain(session, walk);
  const { names } = walk.domain;
  for (const [i, name] of names.entries()) {
    const { targets, declined } = await targetsAt(session, walk, walk.domain, name);
    yield { hosts: targets, isLast: declined || i === names.length - 1 };
    if (declined) return;
  }
}

async function askedDomain(session: Session, walk: HostWalk): Promise<DomainNames> {
  const asked = await domainToAsk(session);
  const { domain, origin, problem: detail } = asked;
  if (asked.names.length === 0)
    note(session, walk, { domain, origin, name: "", records: 0, reason: "DNS_NAME_NOT_FOUND", detail });
  return asked;
}

async function targetsAt(session: Session, walk: HostWalk, domain: DomainNames, name: string): Promise<FoundTargets> {
  const before = walk.found.get(name);
  if (before !== undefined) return before;
  const found = await lookUpHosts(session, domain, name, walk.interactive);
  walk.found.set(name, found);
  note(session, walk, found.lookup);
  return found;
}

/** What was asked is told as event 30025, and kept for status and `/dlv`. */
function note(session: Session, walk: HostWalk, lookup: HostLookup): void {
  walk.lookups.push(lookup);
  const { reason, ...told } = lookup;
  const resultCode = reason === undefined ? 0 : REFUSALS[reason].code;
  tell(session, eventOf(EVENT.hostsLookedUp, { resultCode, ...told }), { product: toUuid(session.activationId) });
}

/** A busy or false host is left alone for a while, save when a person asks. */
function isReady({ targets, ports }: Session, walk: HostWalk, host: ChosenHost): boolean {
  const restMs = (targets.get(formatHostTarget(host))?.notBeforeMs ?? 0) - ports.clock.monotonicMs();
  if (walk.interactive || restMs <= 0) return true;
  walk.restMs = Math.min(walk.restMs, restMs);
  return false;
}
