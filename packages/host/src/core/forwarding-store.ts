import type { EventRecord } from "@countersign/domain";
import type { HostStore, NewEvent } from "@countersign/storage";
import { recordOfEvent } from "./event-log.ts";

/** Takes events that were committed, in their order. It must not throw and must not wait. */
export type EventForwarder = (record: EventRecord) => void;

/** A store whose committed events are handed on. What was rolled back is not told to anybody. */
export function forwardingStore(store: HostStore, computerName: string, forward: EventForwarder): HostStore {
  return {
    ...store,
    transact(work) {
      const written: { readonly id: number; readonly event: NewEvent }[] = [];
      const done = store.transact((unit) =>
        work({
          ...unit,
          appendEvents: async (events) => {
            const ids = await unit.appendEvents(events);
            for (const [i, event] of events.entries()) written.push({ id: ids[i] ?? 0, event });
            return ids;
          },
        }),
      );
      // The promise of the store itself is answered: whoever waits for the commit goes on before the next unit begins.
      done.then(
        () => {
          for (const { id, event } of written) forward(recordOfEvent({ ...event, id, repeats: 0 }, computerName));
        },
        () => {},
      );
      return done;
    },
  };
}
