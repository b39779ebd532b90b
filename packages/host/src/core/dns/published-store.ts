import { RefusalError, refuse } from "@countersign/domain";
import type { HostStore } from "@countersign/storage";
import type { DomainPublication, PublishedRecord } from "./dns-publishing.ts";

/** What a host remembers of its records over restarts. */
export interface PublishedState {
  /** In a zone, or perhaps: kept before the update is sent, so that no record is ever nobody's. */
  readonly records: readonly PublishedRecord[];
  readonly publications: readonly DomainPublication[];
}

/** The row of the store. */
export const PUBLISHED_ROW = "dns.published";
const NOTHING: PublishedState = { records: [], publications: [] };

/** Reads it; a row that is none is a damaged store. */
export async function readPublished(store: HostStore): Promise<PublishedState> {
  const text = (await store.settings()).get(PUBLISHED_ROW);
  if (text === undefined) return NOTHING;
  try {
    const { records, publications } = JSON.parse(text);
    if (Array.isArray(records) && Array.isArray(publications)) return { records, publications };
  } catch {
    // Below.
  }
  throw new RefusalError(refuse("STORE_CORRUPT", { detail: `${PUBLISHED_ROW} is "${text.slice(0, 60)}"` }));
}
