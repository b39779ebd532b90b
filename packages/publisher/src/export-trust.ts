import { type TrustState, writeTrustFile } from "@countersign/protocol";
import type { PublisherParts } from "./publisher-parts.ts";
import { loadPublisher } from "./publisher-trust.ts";

/** The publisher's documents in force, setup keys and service address. */
export async function currentTrust(parts: PublisherParts): Promise<TrustState> {
  return parts.store.transact(async (unit) => (await loadPublisher(unit, parts)).trust);
}

/** `NAME.cstrust`: what the SDK embeds and a host is given. */
export async function exportTrust(parts: PublisherParts): Promise<string> {
  return writeTrustFile(await currentTrust(parts));
}
