import { type Refusal, type RefusalReason, refuse, SERVICE_LABELS } from "@countersign/domain";
import { DNS_TYPE, DnsFault, type DnsMessage, type ZoneChange } from "@countersign/protocol";
import { type DomainUpdate, isSameRecord, type PublishedRecord } from "../../core/dns/dns-publishing.ts";
import type { DnsOutcome, DnsUpdater } from "../../core/dns/dns-updater.ts";
import { type Asking, askDns } from "./ask-dns.ts";
import { findPrimary } from "./find-primary.ts";
import { type Signing, sendUpdate } from "./send-update.ts";
import { type DnsServer, type Exchange, serverText } from "./tcp-exchange.ts";

/** What updates are sent by. */
export interface UpdaterParts extends Signing {
  readonly exchange: Exchange;
  readonly random: (length: number) => Uint8Array;
  /** Who is asked for the zone: the machine's resolvers, or those configured. */
  readonly resolvers: () => readonly DnsServer[];
  /** Reads `ip[:port]`. */
  readonly serverOf: (text: string) => DnsServer | undefined;
}

/** For one update with everything that is asked around it. */
const UPDATE_MS = 30_000;

/** These say that the next server may know better; any other answer is the zone's last word. */
const ELSEWHERE: readonly RefusalReason[] = [
  ...(["DNS_SERVER_UNREACHABLE", "DNS_NOT_AUTHORITATIVE", "DNS_NOT_IMPLEMENTED"] as const),
  ...(["DNS_SERVER_FAILURE", "DNS_BAD_PACKET"] as const),
];

/** Updates a zone at its primary, and looks afterwards whether the records are as they were asked to be. */
export function createDnsUpdater(parts: UpdaterParts): DnsUpdater {
  return async (update, signal) => {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(UPDATE_MS)]);
    try {
      return await updateZone(update, { ...parts, signal: deadline });
    } catch (fault) {
      if (!(fault instanceof DnsFault)) throw fault;
      return { server: "", ok: false, refusal: refuse("DNS_BAD_PACKET", { detail: fault.message }) };
    }
  };
}

async function updateZone(update: DomainUpdate, parts: UpdaterParts & Asking): Promise<DnsOutcome> {
  const { name: domain, server: named } = update.domain;
  const only = named === "" ? undefined : parts.serverOf(named);
  const resolvers = only === undefined ? parts.resolvers() : [only];
  const found = await findPrimary(`${SERVICE_LABELS}.${domain}`, domain, resolvers, parts);
  if (!found.ok) return { server: resolvers.map(serverText)[0] ?? "", ok: false, refusal: found.refusal };
  const servers = only === undefined ? found.value.servers : [only];
  let last: DnsOutcome = { server: "", ok: false, refusal: refuse("DNS_NO_SERVER") };
  for (const server of servers) {
    const outcome = await updateAt(server, found.value.zone, update, parts);
    // The primary's own word says more than that somebody else could not be reached.
    if (last.server === "" || outcome.ok || outcome.refusal.reason !== "DNS_SERVER_UNREACHABLE") last = outcome;
    if (outcome.ok || !ELSEWHERE.includes(outcome.refusal.reason) || parts.signal.aborted) break;
  }
  return last;
}

async function updateAt(
  server: DnsServer,
  zone: string,
  update: DomainUpdate,
  parts: UpdaterParts & Asking,
): Promise<DnsOutcome> {
  const { add, remove, domain } = update;
  const ttlS = await ttlBeside(server, update, parts);
  const changes: readonly ZoneChange[] = [
    ...remove.map((record) => ({ kind: "remove", record }) as const),
    ...add.map((record) => ({ kind: "add", record, ttlS }) as const),
  ];
  const sent = await sendUpdate(server, { zone, changes, key: domain.key }, parts, parts);
  const refusal = sent.ok ? await whyUnconfirmed(server, update, parts) : sent.refusal;
  const at = serverText(server);
  return refusal === undefined ? { server: at, ok: true, ttlS } : { server: at, ok: false, refusal };
}

/** One set has one TTL (RFC 2181 §5.2): a set that holds other hosts' records keeps theirs, or an update would change them. */
async function ttlBeside(server: DnsServer, { add, remove, domain }: DomainUpdate, asking: Asking): Promise<number> {
  const ours = [...add, ...remove];
  for (const name of new Set(add.map((record) => record.name))) {
    const answer = await askDns(server, { name, type: DNS_TYPE.SRV }, asking);
    const other =
      answer.ok && servicesOf(answer.value, name).find((one) => !ours.some((own) => isSameRecord(own, one)));
    if (other) return other.ttlS;
  }
  return domain.ttlS;
}

/** A server may say NOERROR and do nothing: beside a CNAME it has to (RFC 2136 §3.4.2.2), and a liar does. */
async function whyUnconfirmed(
  server: DnsServer,
  { add, remove }: DomainUpdate,
  asking: Asking,
): Promise<Refusal | undefined> {
  for (const name of new Set([...add, ...remove].map((record) => record.name))) {
    const answer = await askDns(server, { name, type: DNS_TYPE.SRV }, asking);
    // A server that takes updates and answers no questions of ours has said yes all the same.
    if (!answer.ok && answer.refusal.reason === "DNS_REFUSED") continue;
    if (!answer.ok) return answer.refusal;
    const fault = whyNot(answer.value, name, { add, remove });
    if (fault !== undefined)
      return fault === "alias" ? refuse("DNS_NAME_IS_ALIAS", { name }) : unconfirmed(server, fault);
  }
  return undefined;
}

function whyNot(
  message: DnsMessage,
  name: string,
  { add, remove }: { readonly add: readonly PublishedRecord[]; readonly remove: readonly PublishedRecord[] },
): string | undefined {
  if (message.answers.some((record) => record.name === name && record.type === DNS_TYPE.CNAME)) return "alias";
  const there = servicesOf(message, name);
  const isThere = (record: PublishedRecord) => there.some((one) => isSameRecord(record, one));
  if (add.some((record) => record.name === name && !isThere(record))) return `the record is not at ${name}`;
  if (remove.some((record) => record.name === name && isThere(record))) return `the record is still at ${name}`;
  return undefined;
}

function unconfirmed(server: DnsServer, detail: string): Refusal {
  return refuse("DNS_UPDATE_UNCONFIRMED", { server: serverText(server), detail });
}

function servicesOf({ answers }: DnsMessage, owner: string) {
  return answers.flatMap(({ name, ttlS, data }) =>
    data.kind === "service" && name === owner ? [{ ...data, name, ttlS }] : [],
  );
}
