import { RefusalError, refuse } from "@countersign/domain";
import { openTrust, type TrustState } from "@countersign/protocol";
import type { PublisherRow, PublisherUnit } from "@countersign/storage";
import type { PublisherParts } from "./publisher-parts.ts";

/** The publisher of this store with its own documents, verified like anybody else's. */
export async function loadPublisher(
  unit: PublisherUnit,
  parts: PublisherParts,
): Promise<{ readonly row: PublisherRow; readonly trust: TrustState }> {
  const row = await unit.publisher();
  if (row === undefined) throw new RefusalError(refuse("NOT_FOUND", { what: "publisher", name: "none in this store" }));
  const opened = await openTrust(row.trust, parts.cryptography);
  if (!opened.ok)
    throw new Error(`the publisher's own documents do not verify: ${opened.refusal.reason} ${opened.refusal.detail}`);
  return { row, trust: { ...opened.value, serviceUrl: row.serviceUrl } };
}
