import { type ServiceNames, serviceNames } from "@countersign/domain";
import type { TsigKey, ZoneService } from "@countersign/protocol";

/** One domain a host publishes itself in. */
export interface DnsDomain {
  readonly name: string;
  readonly priority: number;
  readonly weight: number;
  readonly ttlS: number;
  /** Where updates go instead of the primary that the zone names; "" = nowhere else. */
  readonly server: string;
  /** undefined: updates are not signed. */
  readonly key: TsigKey | undefined;
}

/** What a host publishes, and where. */
export interface DnsConfiguration {
  /** The target of its records; "" = this machine has no full name. */
  readonly hostName: string;
  readonly domains: readonly DnsDomain[];
  /** Publishers' own names besides the generic one. */
  readonly subName: boolean;
  readonly unpublishOnStop: boolean;
}

/** A record as this host put it into a zone: exactly what it may take out again. */
export interface PublishedRecord extends ZoneService {
  readonly domain: string;
}

/** What one update of one domain does. */
export interface DomainUpdate {
  readonly domain: DnsDomain;
  readonly add: readonly PublishedRecord[];
  readonly remove: readonly PublishedRecord[];
}

/** What a host is called in DNS now. */
export interface PublishedIdentity {
  readonly port: number;
  /** Of the publishers it serves; none = nobody, so it is published nowhere. */
  readonly tags: readonly string[];
}

/** Again after so long: zones that scavenge forget what nobody refreshes (protocol.md §11.2). */
export const REPUBLISH_MS = 86_400_000;
/** After a failure. */
export const RETRY_MS = 3_600_000;
/** Ticks are an hour apart: a little less keeps the hour. */
const TICK_SLACK_MS = 60_000;

/** Every record this host has to have in a domain. */
export function wantedRecords(
  domain: DnsDomain,
  { hostName: target, subName }: DnsConfiguration,
  { port, tags }: PublishedIdentity,
): readonly PublishedRecord[] {
  if (target === "" || port === 0) return [];
  const { priority, weight } = domain;
  const names = tags.map((tag) => serviceNames(domain.name, tag));
  const owners = new Set(names.flatMap(({ own, generic }: ServiceNames) => (subName ? [generic, own] : [generic])));
  return [...owners].map((name) => ({ domain: domain.name, name, priority, weight, port, target }));
}

/** What a domain needs: everything that is wanted, and away with what this host put there and does not want any more. */
export function updateOf(
  domain: DnsDomain,
  wanted: readonly PublishedRecord[],
  kept: readonly PublishedRecord[],
): DomainUpdate {
  const here = kept.filter((record) => record.domain === domain.name);
  return { domain, add: wanted, remove: here.filter((record) => !wanted.some((other) => isSameRecord(record, other))) };
}

/** Whether what was published differs from what is wanted: then it is not a matter of time. */
export function isChange({ add, remove, domain }: DomainUpdate, kept: readonly PublishedRecord[]): boolean {
  const here = kept.filter((record) => record.domain === domain.name);
  return remove.length > 0 || add.some((record) => !here.some((other) => isSameRecord(record, other)));
}

/** The newest attempt in one domain. */
export interface DomainPublication {
  readonly domain: string;
  readonly atMs: number;
  /** HRESULT; 0 = done. */
  readonly code: number;
  /** "" = done. */
  readonly reason: string;
  /** What was expected and found. */
  readonly detail: string;
  readonly remedy: string;
  readonly server: string;
  /** 0 = never. */
  readonly lastSuccessMs: number;
  /** When the last event 12293 was written; 0 = never, or it was done since. */
  readonly failureToldMs: number;
}

/** Whether a domain is to be published again although nothing has changed. A clock that went back makes nobody wait. */
export function isDue(last: DomainPublication | undefined, nowMs: number): boolean {
  if (last === undefined || last.atMs > nowMs) return true;
  return nowMs - last.atMs >= (last.code === 0 ? REPUBLISH_MS : RETRY_MS) - TICK_SLACK_MS;
}

/** Whether a failure is worth another event: a new reason, or the same for a day. */
export function isNoteworthy(last: DomainPublication | undefined, code: number, nowMs: number): boolean {
  if (last === undefined || last.code !== code || last.failureToldMs === 0) return true;
  return Math.abs(nowMs - last.failureToldMs) >= REPUBLISH_MS - TICK_SLACK_MS;
}

/** The same record of a zone: its TTL is no part of it (RFC 2136 §1.1.1). */
export function isSameRecord(a: ZoneService, b: ZoneService): boolean {
  return (
    a.name === b.name &&
    a.priority === b.priority &&
    a.weight === b.weight &&
    a.port === b.port &&
    a.target === b.target
  );
}
