// Two faults at once at the real site: both are named, the one to mend first on top.
import type { Fault } from "./catalogue.ts";
import { DEEDS } from "./deeds/deeds.ts";
import { ask, doDeeds, type FoundCause } from "./run-fault.ts";
import type { Site } from "./site.ts";

/** The one to mend first, and the other. The second is done before the first. */
export type Pair = readonly [first: string, second: string, asked: Fault["asked"], why: string];

/** Pairs whose deeds do not undo each other. */
export const PAIRS: readonly Pair[] = [
  ["port-dropped", "agent-stopped", "client", "it accounts for more"],
  ["port-rejected", "agent-stopped", "client", "it accounts for more"],
  ["agent-stopped", "srv-stale", "client", "nobody renews the machine, against seconds lost"],
  ["no-route", "settings-unreadable", "client", "the attempt that fails follows from it"],
  ["srv-missing", "store-copied", "client", "an activation mends the store, and needs a host that is found"],
  ["port-rejected", "store-copied", "client", "an activation mends the store, and needs a host that is reached"],
  ["network-out", "settings-unreadable", "client", "nothing can be reached, with or without settings"],
  ["network-out", "setup-key-missing", "client", "nothing can be reached, with or without a key"],
  ["port-dropped", "settings-unreadable", "client", "the attempt that fails follows from it"],
  ["port-rejected", "setup-key-missing", "client", "it accounts for more"],
  ["no-route", "agent-stopped", "client", "it accounts for more"],
  ["replies-dropped", "agent-stopped", "client", "it accounts for more"],
  ["agent-stopped", "srv-declined", "client", "the agent is nearer to the machine"],
  ["host-gone", "agent-stopped", "client", "it accounts for more"],
  ["client-clock-ahead", "fixed-host-gone", "client", "the clock is the machine's own"],
  ["agent-stopped", "dns-down", "client", "the agent is nearer to the machine"],
  ["host-not-activated", "key-files-open", "host", "a host that may not license licenses nobody"],
  ["host-stopped", "record-taken", "host", "no record helps while no host runs"],
  ["host-key-missing", "key-files-open", "host", "nobody is licensed"],
];

/** What the doctor found, what to mend first on top. */
export interface PairResult {
  readonly found: readonly string[];
  readonly trouble: string;
}

/** Does both and asks once. */
export async function runPair(site: Site, [first, second, asked]: Pair): Promise<PairResult> {
  try {
    const deeds = [second, first].map((id) => DEEDS[id] ?? {});
    await doDeeds(site, deeds);
    const words = deeds.flatMap((deed) => deed.words ?? []).join(" ");
    const found = await ask(site, { asked }, { words });
    return { found: found.map(({ id }: FoundCause) => id), trouble: "" };
  } catch (error) {
    return { found: [], trouble: (error as Error).message };
  }
}
