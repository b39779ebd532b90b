import { RefusalError, refuse } from "@countersign/domain";
import { openTrust, type TrustState, writeTrust } from "@countersign/protocol";
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

/** Keeps the documents, if hosts and clients will take them: a name too long would otherwise lock everybody out. */
export async function savePublisher(
  unit: PublisherUnit,
  row: Omit<PublisherRow, "trust">,
  { trust, parts }: { readonly trust: TrustState; readonly parts: PublisherParts },
): Promise<void> {
  const bytes = writeTrust(trust);
  const opened = await openTrust(bytes, parts.cryptography);
  if (!opened.ok) {
    const { detail, reason } = opened.refusal;
    throw new RefusalError(
      refuse("USAGE_INVALID", { expected: "values that signed documents can carry", found: `${reason}: ${detail}` }),
    );
  }
  await unit.savePublisher({ ...row, trust: bytes });
}
