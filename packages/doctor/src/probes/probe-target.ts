import type { HostTarget } from "@countersign/client";
import { type ServiceRecord, toHex } from "@countersign/domain";
import type { TrustState } from "@countersign/protocol";
import type { DomainFacts, EndpointAnswer, EndpointFacts, TargetFacts } from "../finder/facts.ts";
import { askHostInfo, type HostQuestion } from "./ask-host-info.ts";
import type { Gate } from "./gate.ts";
import type { LookUp } from "./look-up.ts";
import { withinTime } from "./within-time.ts";

/** What asking one target needs. */
export interface TargetPorts extends HostQuestion {
  readonly lookUp: LookUp;
  /** Whether something takes a connection there, without a byte sent. */
  readonly connect: (address: string, port: number) => Promise<EndpointAnswer>;
  /** What shows that a host runs at an address whose port gives no answer; "" = nothing does. */
  readonly lifeAt: (address: string) => Promise<string>;
  /** Before every address: what waits there does not use up its time. */
  readonly gate: Gate;
  /** What one address may take, all its questions together. */
  readonly addressMs: number;
}

const MOST_TARGETS = 256;
/** More than a client asks (protocol.md §11.3): an administrator wants to know of all. */
const MOST_ADDRESSES = 16;

/** A target and port as it is probed, with the publishers whose name leads to it; the generic name is everybody's. */
export interface WantedTarget extends Pick<TargetFacts, "target" | "port" | "service"> {
  readonly publisherIds: readonly string[] | "all";
  readonly isProbed: boolean;
  /** Where it was reached last; absent or "": not known. */
  readonly lastKnown?: string;
}

/** Every target of the records once, in their order; those beyond the most are only named. */
export function targetsOf(domains: readonly DomainFacts[]): readonly WantedTarget[] {
  const found = new Map<string, Omit<WantedTarget, "isProbed">>();
  for (const { service, publisherId, answer } of domains.flatMap(({ names }) => names)) {
    for (const record of answer.kind === "records" ? answer.records.filter(leadsSomewhere) : []) {
      const kind = service === "microsoft" ? "microsoft" : "countersign";
      const key = `${kind} ${record.target} ${record.port}`;
      const before = found.get(key)?.publisherIds ?? [];
      const publisherIds = service !== "own" || before === "all" ? "all" : [...new Set([...before, publisherId])];
      found.set(key, { target: record.target, port: record.port, service: kind, publisherIds });
    }
  }
  return [...found.values()].map((target, place) => ({ ...target, isProbed: place < MOST_TARGETS }));
}

function leadsSomewhere({ target }: ServiceRecord): boolean {
  return target !== "";
}

/** Resolves one target and asks every address of it, sixteen at most. */
export async function probeTarget(
  wanted: WantedTarget,
  trusts: readonly TrustState[],
  ports: TargetPorts,
): Promise<TargetFacts> {
  const { target, port, service, isProbed, lastKnown = "" } = wanted;
  const facts = { target, port, service };
  if (!isProbed) return { ...facts, resolution: { kind: "not-probed" } };
  const probe = (address: string) => probeAddress(address, wanted, trusts, ports);
  // Asked while its name is looked up: a name that nobody answers for takes as long as a host that does not.
  const before = lastKnown === "" ? undefined : probe(lastKnown);
  const found = await ports.lookUp.addresses(target);
  if (found.kind === "none") return { ...facts, resolution: { ...found, ...(before && { lastKnown: await before }) } };
  const addresses = [...new Set(found.addresses)];
  const endpoints = await Promise.all(
    addresses.slice(0, MOST_ADDRESSES).map((address) => (address === lastKnown && before) || probe(address)),
  );
  const notProbed = addresses.length - endpoints.length;
  return { ...facts, resolution: { kind: "addresses", endpoints, notProbed } };
}

async function probeAddress(
  address: string,
  { port, service, publisherIds }: WantedTarget,
  trusts: readonly TrustState[],
  ports: TargetPorts,
): Promise<EndpointFacts> {
  const asking = trusts.filter(
    ({ publisherId }) => publisherIds === "all" || publisherIds.includes(toHex(publisherId)),
  );
  if (port === 0) return { address, answers: [NO_PORT] };
  // Without a publisher to ask for there is nothing to ask: whether anybody listens is a fact all the same.
  if (service !== "countersign" || asking.length === 0)
    return { address, answers: [await ports.gate(() => ports.connect(address, port))] };
  const answers = await askAll({ host: address, port }, asking, ports);
  const alive = answers.every(({ kind }) => kind === "failure") ? await ports.lifeAt(address) : "";
  return { address, answers, ...(alive !== "" && { alive }) };
}

const NO_PORT: EndpointAnswer = { kind: "failure", reason: "HOST_UNREACHABLE", detail: "the record has port 0" };

/** One question a publisher, one after the other: who does not answer the first is asked no more. */
export function askAll(target: HostTarget, trusts: readonly TrustState[], ports: TargetPorts) {
  const answers: EndpointAnswer[] = [];
  const ask = async () => {
    for (const trust of trusts) {
      const answer = await askHostInfo(target, trust, ports);
      answers.push(answer);
      if (answer.kind === "failure" || answer.kind === "foreign") break;
    }
    return answers;
  };
  return ports.gate(() => withinTime<readonly EndpointAnswer[]>(ports.addressMs, ask(), () => [...answers, LATE]));
}

const LATE: EndpointAnswer = { kind: "failure", reason: "TIMEOUT", detail: "reply" };
