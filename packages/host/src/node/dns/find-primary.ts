import { type Refusal, refuse } from "@countersign/domain";
import { DNS_TYPE, type DnsMessage, type DnsRecord } from "@countersign/protocol";
import { type Answer, type Asking, askDns } from "./ask-dns.ts";
import { type DnsServer, serverText } from "./tcp-exchange.ts";

/** The zone that holds a name, and where its updates may go, the primary before the others. */
export interface FoundZone {
  readonly zone: string;
  readonly servers: readonly DnsServer[];
}

const MOST_NAME_SERVERS = 4;
const MOST_ADDRESSES = 2;

/** Finds the zone of a name by its SOA record and the addresses of its primary: MNAME, then NS (protocol.md §11.2). */
export async function findPrimary(
  name: string,
  domain: string,
  resolvers: readonly DnsServer[],
  asking: Asking,
): Promise<Answer<FoundZone>> {
  const found = await findZone(name, domain, resolvers, asking);
  if (!found.ok) return found;
  const { zone, primary, resolver } = found.value;
  const servers = await addressesOf(primary, resolver, asking);
  for (const server of await nameServersOf(zone, resolver, asking))
    if (!servers.some((known) => serverText(known) === serverText(server))) servers.push(server);
  if (servers.length > 0) return { ok: true, value: { zone, servers } };
  return noZone(domain, `neither its primary ${primary} nor a name server of it has an address`);
}

/** One resolver after the other, until one tells. */
async function findZone(name: string, domain: string, resolvers: readonly DnsServer[], asking: Asking) {
  let refusal: Refusal = refuse("DNS_NO_SERVER");
  for (const resolver of resolvers) {
    const found = await zoneBy(resolver, name, domain, asking);
    if (found.ok) return found;
    refusal = found.refusal;
    if (refusal.reason === "DNS_ZONE_NOT_FOUND" && !found.isRefused) break;
  }
  return { ok: false, refusal } as const;
}

/** From the name upwards: where an alias leads elsewhere, the name above it still tells its zone. */
async function zoneBy(resolver: DnsServer, name: string, domain: string, asking: Asking) {
  for (let at = name; at !== ""; at = parentOf(at)) {
    const answer = await askDns(resolver, { name: at, type: DNS_TYPE.SOA }, asking);
    if (!answer.ok && answer.refusal.reason === "DNS_REFUSED")
      return { ...noZone(domain, `${serverText(resolver)} refuses to be asked`), isRefused: true } as const;
    if (!answer.ok) return { ...answer, isRefused: false };
    const soa = soaOf(answer.value, at);
    if (soa?.data.kind !== "soa") continue;
    // The root and the top answer for what is in no zone at all: nobody's update belongs there.
    if (!soa.name.includes(".") && soa.name !== domain) break;
    return { ok: true, value: { zone: soa.name, primary: soa.data.primary, resolver } } as const;
  }
  return { ...noZone(domain, `asked at ${serverText(resolver)}`), isRefused: false } as const;
}

function noZone(domain: string, detail: string) {
  return { ok: false, refusal: refuse("DNS_ZONE_NOT_FOUND", { domain, detail }) } as const;
}

function soaOf({ answers, authority }: DnsMessage, name: string): DnsRecord | undefined {
  return [...answers, ...authority].find(
    ({ type, name: owner }) => type === DNS_TYPE.SOA && (owner === name || owner === "" || name.endsWith(`.${owner}`)),
  );
}

async function nameServersOf(zone: string, resolver: DnsServer, asking: Asking): Promise<readonly DnsServer[]> {
  const answer = await askDns(resolver, { name: zone, type: DNS_TYPE.NS }, asking);
  if (!answer.ok) return [];
  const names = answer.value.answers.flatMap(({ data }) => (data.kind === "name" ? [data.target] : []));
  const found: DnsServer[] = [];
  for (const name of names.slice(0, MOST_NAME_SERVERS)) found.push(...(await addressesOf(name, resolver, asking)));
  return found;
}

/** At the port of the resolver that told: 53, save where a whole DNS of its own is at another. */
async function addressesOf(name: string, resolver: DnsServer, asking: Asking): Promise<DnsServer[]> {
  if (name === "") return [];
  const found: DnsServer[] = [];
  for (const type of [DNS_TYPE.A, DNS_TYPE.AAAA]) {
    const answer = await askDns(resolver, { name, type }, asking);
    if (!answer.ok) continue;
    for (const { data } of answer.value.answers)
      if (data.kind === "address") found.push({ address: data.address, port: resolver.port });
  }
  return found.slice(0, MOST_ADDRESSES);
}

function parentOf(name: string): string {
  const dot = name.indexOf(".");
  return dot === -1 ? "" : name.slice(dot + 1);
}
