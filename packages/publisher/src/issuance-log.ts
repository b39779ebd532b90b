import { concatBytes, equalBytes, type Sha256 } from "@countersign/domain";
import type { IssuanceLogRow, PublisherUnit } from "@countersign/storage";

const START = new Uint8Array(32);

/** Adds one issued document to the hash chain, in the same unit of work as what it records (protocol.md §3.5). */
export async function logIssuance(
  unit: PublisherUnit,
  entry: { readonly kind: string; readonly payload: Uint8Array; readonly timeMs: number },
  sha256: Sha256,
): Promise<void> {
  const last = await unit.lastLogRow();
  const digest = sha256(entry.payload);
  const chain = sha256(concatBytes(last?.chain ?? START, digest));
  await unit.appendLog({ number: (last?.number ?? 0) + 1, timeMs: entry.timeMs, kind: entry.kind, digest, chain });
}

/** The number of the first row that does not continue the chain; undefined when all do. */
export function brokenLogRow(rows: readonly IssuanceLogRow[], sha256: Sha256): number | undefined {
  let chain: Uint8Array = START;
  for (const [i, row] of rows.entries()) {
    chain = sha256(concatBytes(chain, row.digest));
    if (row.number !== i + 1 || !equalBytes(row.chain, chain)) return i + 1;
  }
  return undefined;
}
