import type { ClientFacts, TriedHostFacts } from "../facts/client-facts.ts";
import type { Facts } from "../facts/facts.ts";
import type { HostFacts } from "../facts/host-facts.ts";
import { hostTextOf } from "../finder/delete-record.ts";
import type { EndpointAnswer, EndpointFacts, TargetFacts } from "../finder/facts.ts";
import { bareName } from "./names.ts";
import { distinct } from "./phrases.ts";
import { ourTargets } from "./seen-targets.ts";
import { hostName } from "./told-hosts.ts";

/**
 * How a host looks from outside. `serves`: it signed an answer that verifies. `refuses`, `unverified`: it answered otherwise.
 * `foreign`: something else answers. `closed`: a reset. `filtered`: no answer to the connection. `unrouted`: no way there.
 * `mute`: it takes connections and no reply arrives. `unresolved`: its name has no address. `unnamed`: DNS failed over it.
 */
export type SightState =
  | "serves"
  | "refuses"
  | "unverified"
  | "foreign"
  | "closed"
  | "filtered"
  | "unrouted"
  | "mute"
  | "unresolved"
  | "unnamed"
  | "unknown";

/** One host as it was seen from outside: by a probe, or where nobody probed it by a client's last attempt. */
export interface HostSight {
  /** `name:port`. */
  readonly host: string;
  readonly state: SightState;
  /** Of `refuses` and `unverified`, in the words of THE table. */
  readonly reason: string;
  readonly detail: string;
  readonly address: string;
  readonly from: "probe" | "log";
  /** What shows that it runs although nothing answers; "" = nothing does. */
  readonly alive: string;
  /** The same host as it told of itself. */
  readonly told: HostFacts | undefined;
  /** Every name the host is known by here. */
  readonly names: readonly string[];
}

/** What an answer counts for where several addresses or publishers gave one: the best of them decides. */
const ORDER: readonly SightState[] = [
  ...(["serves", "refuses", "unverified", "foreign", "mute"] as const),
  ...(["closed", "filtered", "unrouted", "unresolved", "unnamed", "unknown"] as const),
];

/** Refusals of a host that is busy: it serves, only not just now. */
const BUSY: readonly string[] = ["OVERLOADED", "RATE_LIMITED", "HOST_STOPPING"];

/** Every host of ours that was probed, then those that only a client's last attempt tells of. */
export function hostSights(facts: Facts): readonly HostSight[] {
  const probed = ourTargets(facts).map((target) => sightOf(target, facts));
  const known = probed.filter(({ state }) => state !== "unknown").map(({ host }) => host);
  const logged = facts.clients
    .flatMap(({ products }) => products.flatMap(({ lastAttempt }) => lastAttempt?.tried ?? []))
    .filter(({ host }, i, all) => !known.includes(host) && all.findIndex((other) => other.host === host) === i)
    // Where DNS and hosts were looked at now, that one answered days ago says nothing of today.
    .filter(({ reason }) => reason !== "" || facts.network === undefined)
    .map((tried) => loggedSight(tried, facts));
  return [...probed.filter(({ host }) => known.includes(host)), ...logged];
}

/** Whether clients get their licences there, if not at once. */
export function isServing({ state, reason }: HostSight): boolean {
  return state === "serves" || (state === "refuses" && BUSY.includes(reason));
}

/** Whether nothing at all is heard from there. */
export function isGone({ state }: HostSight): boolean {
  return ["closed", "filtered", "unrouted", "unresolved"].includes(state);
}

/** The hosts that a client asks: the fixed one and no other, else the cached one and those of its domain's records. */
export function hostsAskedBy(client: ClientFacts, sights: readonly HostSight[], led: readonly string[]) {
  const { fixedHost, cachedHost, hostCaching } = client;
  if (fixedHost !== "") return sights.filter(({ host }) => host === fixedHost);
  const asked = [...(hostCaching ? [cachedHost] : []), ...led];
  return sights.filter(({ host }) => asked.includes(host));
}

/** `kms1.corp.example:1688 (192.0.2.10): connection refused`. */
export function sightText(sight: HostSight): string {
  const { host, address, reason, detail, from } = sight;
  const at = address === "" || host.startsWith(address) ? host : `${host} (${address})`;
  const more = [reason, detail].filter((text) => text !== "").join(": ");
  const said = more === "" ? STATE_TEXT[sight.state] : `${STATE_TEXT[sight.state]} (${more})`;
  return `${at}: ${said}${from === "log" ? ", by the log of the last attempt" : ""}`;
}

const STATE_TEXT: Readonly<Record<SightState, string>> = {
  serves: "it answers, and its answer verifies",
  refuses: "it refuses",
  unverified: "its signed answer does not verify",
  foreign: "something else than a host answers",
  closed: "the connection is refused",
  filtered: "no answer to the connection",
  unrouted: "no way leads there",
  mute: "it takes the connection, and no reply arrives",
  unresolved: "its name has no address",
  unnamed: "DNS failed over its name",
  unknown: "not looked at",
};

function sightOf(target: TargetFacts, facts: Facts): HostSight {
  const { resolution } = target;
  const endpoints = resolution.kind === "addresses" ? resolution.endpoints : [];
  const seen = endpoints.flatMap((endpoint) =>
    endpoint.answers.map((answer) => ({ ...seenIn(answer), address: endpoint.address })),
  );
  const [best] = seen.toSorted((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
  const told = toldAt(target, endpoints, facts);
  return {
    host: hostTextOf(target),
    ...(best ?? { ...unaddressed(target), address: "" }),
    from: "probe",
    alive: aliveText(endpoints, told),
    ...{ told, names: namesOf(hostTextOf(target), told) },
  };
}

type Seen = Pick<HostSight, "state" | "reason" | "detail">;

function seenIn(answer: EndpointAnswer): Seen {
  switch (answer.kind) {
    case "certified":
      return { state: "serves", reason: "", detail: "" };
    case "unverified":
      return { state: "unverified", reason: answer.reason, detail: answer.detail };
    case "refusal":
      return refusedBy(answer.reason, answer.message);
    case "foreign":
      return { state: "foreign", reason: "", detail: answer.detail };
    case "connected":
      return { state: "unknown", reason: "", detail: "" };
    case "failure":
      return failed(answer.reason, answer.detail);
  }
}

function unaddressed({ resolution }: TargetFacts): Seen {
  if (resolution.kind !== "none") return { state: "unknown", reason: "", detail: "" };
  const { reason, detail } = resolution;
  const isAbsent = reason === "DNS_NAME_NOT_FOUND" || reason === "DNS_NO_RECORDS";
  return { state: isAbsent ? "unresolved" : "unnamed", reason, detail };
}

function loggedSight({ host, reason, inner, detail, address = "" }: TriedHostFacts, facts: Facts): HostSight {
  const told = toldByName(bareName(host), facts);
  const names = namesOf(host, told);
  return { host, ...loggedState(reason, inner, detail), address, from: "log", alive: aliveText([], told), told, names };
}

function loggedState(reason: string, inner: string, detail: string): Seen {
  switch (reason) {
    case "":
      return { state: "serves", reason, detail };
    case "HOST_UNREACHABLE":
    case "TIMEOUT":
      return failed(reason, detail);
    case "DNS_NAME_NOT_FOUND":
    case "DNS_NO_RECORDS":
      return { state: "unresolved", reason, detail };
    case "DNS_SERVER_FAILURE":
      return { state: "unnamed", reason, detail };
    case "UNTRUSTED_HOST":
      return inner === "NOT_A_HOST"
        ? { state: "foreign", reason: "", detail }
        : { state: "unverified", reason: inner, detail };
    default:
      return refusedBy(reason, detail);
  }
}

/** A refusal without our detail is of nobody we know: some other server speaks there. */
function refusedBy(reason: string, detail: string): Seen {
  const isForeign = reason === "NOT_A_HOST" || reason === "METHOD_UNKNOWN";
  return { state: isForeign ? "foreign" : "refuses", reason, detail };
}

function failed(reason: string, detail: string): Seen {
  const isOpen = detail === "reset" || (reason === "TIMEOUT" && detail === "reply");
  if (isOpen) return { state: "mute", reason, detail };
  if (reason === "TIMEOUT") return { state: "filtered", reason, detail };
  return { state: detail === "refused" ? "closed" : "unrouted", reason, detail };
}

/** A closed port looks the same whether the host is down or fenced off; what else of it lives tells (never an old log). */
function aliveText(endpoints: readonly EndpointFacts[], told: HostFacts | undefined): string {
  const seen = endpoints.map(({ alive = "" }) => alive).find((text) => text !== "");
  if (seen !== undefined) return seen;
  if (told === undefined || !told.isRunning || told.from === "store" || told.listening === undefined) return "";
  return `${hostName(told)} says that it listens on ${told.listening.address}:${told.listening.port}`;
}

function toldAt(target: TargetFacts, endpoints: readonly EndpointFacts[], facts: Facts): HostFacts | undefined {
  const addresses = endpoints.map(({ address }) => address);
  const ids = endpoints.flatMap(({ answers }) =>
    answers.flatMap((one) => (one.kind === "certified" ? [one.host.hostId] : [])),
  );
  const isThere = ({ hostId, machine }: HostFacts) =>
    ids.length > 0 ? ids.includes(hostId) : (machine?.addresses ?? []).some((own) => addresses.includes(own));
  return facts.hosts.find(isThere) ?? (ids.length > 0 ? undefined : toldByName(target.target, facts));
}

function toldByName(name: string, { hosts }: Facts): HostFacts | undefined {
  return hosts.find(({ machine, publishing }) =>
    [machine?.name ?? "", ...(publishing?.domains.map(({ target }) => target) ?? [])].includes(name),
  );
}

function namesOf(host: string, told: HostFacts | undefined): readonly string[] {
  return distinct([bareName(host), ...(told === undefined ? [] : [hostName(told)])]);
}
