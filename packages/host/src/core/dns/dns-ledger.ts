import { type CatalogEvent, EVENT, eventOf, REFUSALS, remedyOf } from "@countersign/domain";
import type { NewEvent } from "@countersign/storage";
import type { HostParts } from "../host-parts.ts";
import {
  type DomainPublication,
  type DomainUpdate,
  isNoteworthy,
  isSameRecord,
  type PublishedRecord,
} from "./dns-publishing.ts";
import type { DnsOutcome } from "./dns-updater.ts";
import { PUBLISHED_ROW, type PublishedState, readPublished } from "./published-store.ts";

/** What a host has in which zone, as far as it knows, and how each newest attempt went. Every change is kept first. */
export interface DnsLedger extends PublishedState {
  /** Before an update is sent: from now on its records are this host's to take back. */
  claim(update: DomainUpdate): Promise<void>;
  /** What came of it, with its event: a failure that was told already has none, unless somebody asked. */
  settle(update: DomainUpdate, outcome: DnsOutcome, isAsked: boolean): Promise<void>;
}

/** What the ledger stands on. */
export interface LedgerParts {
  readonly store: HostParts["store"];
  readonly nowMs: () => number;
  readonly systemEvent: (event: CatalogEvent) => NewEvent;
}

/** Takes up what the store remembers. */
export async function openDnsLedger({ store, nowMs, systemEvent }: LedgerParts): Promise<DnsLedger> {
  let { records, publications } = await readPublished(store);
  const save = async (next: PublishedState, events: readonly CatalogEvent[]): Promise<void> => {
    await store.transact(async (unit) => {
      await unit.saveSetting(PUBLISHED_ROW, JSON.stringify(next));
      if (events.length > 0) await unit.appendEvents(events.map(systemEvent));
    });
    ({ records, publications } = next);
  };
  return {
    get records() {
      return records;
    },
    get publications() {
      return publications;
    },
    async claim({ add }) {
      const fresh = add.filter((record) => !records.some((known) => isSameRecord(known, record)));
      if (fresh.length > 0) await save({ records: [...records, ...fresh], publications }, []);
    },
    async settle(update, outcome, isAsked) {
      const { name } = update.domain;
      const last = publications.find((one) => one.domain === name);
      const next = publicationOf(name, outcome, last, nowMs());
      const isTold = outcome.ok || isAsked || isNoteworthy(last, next.code, nowMs());
      const failureToldMs = outcome.ok ? 0 : isTold ? nowMs() : (last?.failureToldMs ?? 0);
      const others = publications.filter((one) => one !== last);
      await save(
        {
          records: outcome.ok ? afterUpdate(records, update) : records,
          publications: [...others, { ...next, failureToldMs }],
        },
        isTold ? [eventOfUpdate(update, outcome)] : [],
      );
    },
  };
}

function afterUpdate(records: readonly PublishedRecord[], { domain, add }: DomainUpdate): readonly PublishedRecord[] {
  return [...records.filter((record) => record.domain !== domain.name), ...add];
}

function publicationOf(
  domain: string,
  outcome: DnsOutcome,
  last: DomainPublication | undefined,
  nowMs: number,
): Omit<DomainPublication, "failureToldMs"> {
  const at = { domain, atMs: nowMs, server: outcome.server };
  if (outcome.ok) return { ...at, ...{ code: 0, reason: "", detail: "", remedy: "" }, lastSuccessMs: nowMs };
  const { reason, message: detail } = outcome.refusal;
  const told = { code: REFUSALS[reason].code, reason, detail, remedy: remedyOf(outcome.refusal) };
  return { ...at, ...told, lastSuccessMs: last?.lastSuccessMs ?? 0 };
}

function eventOfUpdate({ domain, add }: DomainUpdate, outcome: DnsOutcome): CatalogEvent {
  const fields = { domain: domain.name, server: outcome.server };
  if (!outcome.ok) {
    const resultCode = REFUSALS[outcome.refusal.reason].code;
    return eventOf(EVENT.dnsPublicationFailed, { resultCode, ...fields });
  }
  return add.length === 0
    ? eventOf(EVENT.dnsUnpublished, fields)
    : eventOf(EVENT.dnsPublished, { resultCode: 0, ...fields });
}
