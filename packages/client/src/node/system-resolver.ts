import { promises as dns } from "node:dns";
import type { ServiceRecord } from "@countersign/domain";
import { isAddress } from "../host-address.ts";
import type { AddressQuestion, DnsAnswer, HostResolver } from "../host-resolver.ts";
import { readMachineDomain } from "./machine-domain/read-machine-domain.ts";

/** One question, its repetitions included: a silent server must not use up the time of a whole attempt. */
const QUESTION_MS = 5_000;
const TRY_MS = 1_500;
const TRIES = 2;
/** One text for the silence that c-ares ends and for the one that ends here: which is first is the machine's load. */
const NO_ANSWER = "no answer in time";

/** What a test may replace. */
export interface SystemResolverOptions {
  readonly machineDomain?: HostResolver["machineDomain"];
}

/** DNS by the machine's own servers or by those given; no search list, no suffix devolution (protocol.md §11.3). */
export function systemResolver({ machineDomain = readMachineDomain }: SystemResolverOptions = {}): HostResolver {
  return { services, addresses, machineDomain };
}

async function services(name: string, servers: readonly string[]): Promise<DnsAnswer<ServiceRecord>> {
  return answered(servers, async (resolver) => {
    const records = await resolver.resolveSrv(name);
    // A target `.` comes as the empty name.
    return records.map(({ priority, weight, port, name: target }) => ({ priority, weight, port, target }));
  });
}

async function addresses(host: string, { servers, isWhole }: AddressQuestion): Promise<DnsAnswer<string>> {
  if (isAddress(host)) return { kind: "found", records: [host] };
  // A name of one label is the machine's own matter (its hosts file, RFC 6761 §6.3), whatever servers are named.
  const isOneLabel = !host.includes(".");
  if (servers.length === 0 || isOneLabel) return lookedUp(isWhole && !isOneLabel ? `${host}.` : host);
  return answered(servers, async (resolver) => {
    const [six, four] = await Promise.allSettled([resolver.resolve6(host), resolver.resolve4(host)]);
    const found = inTurn(valuesOf(six), valuesOf(four));
    if (found.length > 0) return found;
    throw four.status === "rejected" ? four.reason : six.status === "rejected" ? six.reason : new Error("ENODATA");
  });
}

/** The way every program of the machine finds a name; its order of addresses is the machine's (RFC 6724). */
async function lookedUp(host: string): Promise<DnsAnswer<string>> {
  return within(
    QUESTION_MS,
    () => undefined,
    dns.lookup(host, { all: true, order: "verbatim" }).then((all) => all.map(({ address }) => address)),
  );
}

function answered<T>(
  servers: readonly string[],
  ask: (resolver: dns.Resolver) => Promise<readonly T[]>,
): Promise<DnsAnswer<T>> {
  const resolver = new dns.Resolver({ timeout: TRY_MS, tries: TRIES });
  try {
    if (servers.length > 0) resolver.setServers(servers);
  } catch (error) {
    return Promise.resolve(answerOf<T>(error));
  }
  return within(QUESTION_MS, () => resolver.cancel(), ask(resolver));
}

function within<T>(ms: number, giveUp: () => void, asked: Promise<readonly T[]>): Promise<DnsAnswer<T>> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      resolve(failed(NO_ANSWER));
      giveUp();
    }, ms);
    const found = (records: readonly T[]): DnsAnswer<T> =>
      records.length > 0 ? { kind: "found", records } : { kind: "none", reason: "DNS_NO_RECORDS" };
    void asked.then(found, answerOf<T>).then((answer) => {
      clearTimeout(timer);
      resolve(answer);
    });
  });
}

function answerOf<T>(error: unknown): DnsAnswer<T> {
  const { code = "", message = "" } = error as NodeJS.ErrnoException;
  if (code === "ENOTFOUND") return { kind: "none", reason: "DNS_NAME_NOT_FOUND" };
  if (code === "ENODATA") return { kind: "none", reason: "DNS_NO_RECORDS" };
  return failed(FAILURE_TEXT[code] ?? (code === "" ? message.slice(0, 80) : code));
}

function failed<T>(detail: string): DnsAnswer<T> {
  return { kind: "failed", reason: "DNS_SERVER_FAILURE", detail };
}

/** The codes of c-ares and getaddrinfo in words; another one stands for itself. */
const FAILURE_TEXT: Readonly<Record<string, string>> = {
  ESERVFAIL: "SERVFAIL",
  EREFUSED: "refused",
  ETIMEOUT: NO_ANSWER,
  ECONNREFUSED: "no server can be reached",
  EFORMERR: "the server does not understand the question",
  EBADRESP: "the answer cannot be read",
  EBADNAME: "not a name",
  EBADQUERY: "not a name",
  EAI_AGAIN: "the machine's resolver has no answer now",
  ERR_INVALID_IP_ADDRESS: "a DNS server that is no address",
};

function valuesOf(settled: PromiseSettledResult<readonly string[]>): readonly string[] {
  return settled.status === "fulfilled" ? settled.value : [];
}

/** IPv6 and IPv4 one after the other: of ten addresses in one family the first of the other is still tried. */
function inTurn(six: readonly string[], four: readonly string[]): readonly string[] {
  const longest = Math.max(six.length, four.length);
  return Array.from({ length: longest }, (_, i) => [six[i], four[i]])
    .flat()
    .filter((address) => address !== undefined);
}
