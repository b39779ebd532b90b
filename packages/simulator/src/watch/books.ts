import { toHex } from "@countersign/domain";
import type { HostStore } from "@countersign/storage";
import type { Complaints } from "../invariants.ts";

/** The books at the end (behaviour.md §4): every processed request in the log, total = failed + the status lines. */
export async function auditBooks(
  store: HostStore,
  processed: ReadonlySet<string>,
  complaints: Complaints,
): Promise<void> {
  let total = 0;
  for (const { seat } of await store.seats()) {
    const counters = await store.counters(seat);
    const sum = counters.byStatus.reduce((all, one) => all + one, counters.failed);
    if (counters.total !== sum)
      complaints.of("books", `seat ${seat} counts ${counters.total}, failed and the status lines are ${sum}`);
    total += counters.total;
  }
  const events = await store.events({ afterId: 0, limit: Number.MAX_SAFE_INTEGER, eventIds: [12290] });
  if (events.length !== total) complaints.of("books", `${total} requests are counted, ${events.length} are in the log`);
  // A request that arrives late is served again as a re-sync: its id may stand twice, none may be missing.
  const logged = new Set(events.map((event) => toHex(event.requestId ?? new Uint8Array())));
  if (logged.size !== processed.size)
    complaints.of("books", `${processed.size} requests were processed, ${logged.size} are in the log`);
}
