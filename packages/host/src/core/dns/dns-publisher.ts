import { type CatalogEvent, publisherTag, RefusalError, refuse } from "@countersign/domain";
import { inTurn, type NewEvent } from "@countersign/storage";
import type { HostCore } from "../open-core.ts";
import { openDnsLedger } from "./dns-ledger.ts";
import { type DnsDomain, type DomainUpdate, isChange, isDue, updateOf, wantedRecords } from "./dns-publishing.ts";

/** A host's records in DNS. What fails is an event and a line of the status: it never stops service. */
export type DnsPublisher = Awaited<ReturnType<typeof openDnsPublisher>>;

/** Why a round is made: at a start and when somebody asks every domain is published, else what is due or has changed. */
type Occasion = "start" | "due" | "asked";

/** So long a stop waits for DNS. */
const WITHDRAW_MS = 10_000;

/** Takes up what the store remembers. Nothing is sent before `begin`. */
export async function openDnsPublisher(core: HostCore, systemEvent: (event: CatalogEvent) => NewEvent) {
  const { parts, nowMs } = core;
  const ledger = await openDnsLedger({ store: parts.store, nowMs, systemEvent });
  const { domains, wantedIn, whyNone } = wishes(core, ledger);
  const ended = new AbortController();
  const turn = inTurn();
  let isServing = false;
  const send = sending(core, ledger);
  const round = async (occasion: Occasion): Promise<void> => {
    if (!core.settings.effective.values.dnsPublishing) return;
    for (const domain of domains()) {
      const update = updateOf(domain, wantedIn(domain), ledger.records);
      if (ended.signal.aborted || (update.add.length === 0 && update.remove.length === 0)) continue;
      const last = ledger.publications.find((one) => one.domain === domain.name);
      if (occasion === "due" && !isDue(last, nowMs()) && !isChange(update, ledger.records)) continue;
      await send(update, occasion === "asked", ended.signal);
    }
  };
  const withdraw = async (isAsked: boolean, signal: AbortSignal): Promise<void> => {
    for (const domain of domains()) {
      const update = updateOf(domain, [], ledger.records);
      if (update.remove.length > 0) await send(update, isAsked, signal);
    }
  };
  const inBackground = (occasion: Occasion): void => {
    if (!isServing) return;
    turn(() => round(occasion)).catch((err) => parts.log.warn({ err }, "the DNS records could not be looked after"));
  };
  const facts = () => ({ publications: ledger.publications, domains: domains(), wantedIn, whyNone: whyNone() });
  return {
    facts,
    /** The host serves from now on: its records are looked after in the background. */
    begin(): void {
      isServing = true;
      inBackground("start");
    },
    /** What the records say may have changed, or time has passed. */
    wake: () => inBackground("due"),
    /** Every domain now. */
    async publish() {
      if (!isServing) throw new RefusalError(refuse("SERVICE_NOT_RUNNING", { role: "host" }));
      const reason = whyNone();
      const expected = "something to publish in DNS";
      if (reason !== "") throw new RefusalError(refuse("USAGE_INVALID", { expected, found: `that ${reason}` }));
      await turn(() => round("asked"));
      return facts();
    },
    /** Takes back every record that this host remembers to have published, nothing else. */
    async unpublish() {
      await turn(() => withdraw(true, ended.signal));
      return facts();
    },
    /** Ends what is under way; takes the records back where the configuration says so, within a bounded time. */
    async end(): Promise<void> {
      ended.abort();
      const isWithdrawn = isServing && parts.dns?.configuration.unpublishOnStop === true;
      isServing = false;
      await turn(async () => {
        if (isWithdrawn) await withdraw(false, AbortSignal.timeout(WITHDRAW_MS));
      }).catch((err) => parts.log.warn({ err }, "the DNS records were not taken back"));
    },
  };
}

type Ledger = Awaited<ReturnType<typeof openDnsLedger>>;

/** One update, its records claimed before and settled after it. */
function sending({ parts: { dns, log } }: HostCore, ledger: Ledger) {
  return async (update: DomainUpdate, isAsked: boolean, signal: AbortSignal): Promise<void> => {
    await ledger.claim(update);
    const none = { server: "", ok: false, refusal: refuse("DNS_NO_SERVER") } as const;
    const outcome = (await dns?.update(update, signal)) ?? none;
    // An update that a stop broke off says nothing of the server; the next start tells.
    if (signal.aborted && !outcome.ok) return;
    const about = { domain: update.domain.name, server: outcome.server };
    if (outcome.ok) log.info({ ...about, added: update.add.length, removed: update.remove.length }, "DNS updated");
    else log.warn({ ...about, reason: outcome.refusal.reason }, outcome.refusal.message);
    await ledger.settle(update, outcome, isAsked);
  };
}

/** What is to be in DNS by the configuration and the seats as they are now. */
function wishes(core: HostCore, ledger: Ledger) {
  const { parts, settings, seats } = core;
  const identity = () => {
    const serving = seats().filter(({ row, certificate }) => row.key !== undefined && certificate !== undefined);
    const tags = serving.map(({ row }) => publisherTag(row.publisherId, parts.cryptography.sha256));
    return { port: parts.listeningPort(), tags };
  };
  return {
    wantedIn: (domain: DnsDomain) => {
      const isConfigured = parts.dns?.configuration.domains.includes(domain);
      return parts.dns === undefined || !isConfigured ? [] : wantedRecords(domain, parts.dns.configuration, identity());
    },
    /** Those configured, then those where records are left of an earlier configuration. */
    domains(): readonly DnsDomain[] {
      const configured = parts.dns?.configuration.domains ?? [];
      const known = new Set(configured.map(({ name }) => name));
      const former = new Set(ledger.records.map(({ domain }) => domain).filter((name) => !known.has(name)));
      return [...configured, ...[...former].map(formerDomain)];
    },
    /** Why nothing is published; "" = something is. */
    whyNone(): string {
      if (!settings.effective.values.dnsPublishing) return "publishing is off";
      if (parts.dns === undefined || parts.dns.configuration.domains.length === 0) return "no domain is configured";
      if (parts.dns.configuration.hostName === "") return "the full name of this host is not known";
      return identity().tags.length === 0 ? "no host key is activated" : "";
    },
  };
}

/** Its key went with its configuration: unsigned, the zone may refuse, and the event says so. */
function formerDomain(name: string): DnsDomain {
  return { name, priority: 0, weight: 0, ttlS: 0, server: "", key: undefined };
}
