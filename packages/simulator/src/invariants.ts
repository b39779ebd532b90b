/** Where an invariant of protocol.md §12.2 stands in the simulation: the file that watches it, or why none does. */
export type Standing = { readonly watchedIn: string } | { readonly notHere: string };

const WIRE = "of bytes, not of courses: packages/protocol/test";
const CODES = "of keys and codes: packages/domain/test";
const ADMIN = "one host on a memory store; needs the store and the adapters that a later issue builds";

/** The invariants by number, and three of our own. A complaint of the simulation names one of these. */
export const INVARIANTS = {
  I1: { claim: "what was signed verifies and reads as it was", notHere: WIRE },
  I2: { claim: "one changed bit is refused", notHere: WIRE },
  I3: { claim: "a document of one type is none of another", notHere: WIRE },
  I4: { claim: "a proof holds for its leaf and tree only", notHere: WIRE },
  I5: { claim: "batch boundaries change no leaf", notHere: WIRE },
  I6: { claim: "unknown fields are ignored, unknown critical ones refused", notHere: WIRE },
  I7: { claim: "no input makes a parser throw", notHere: WIRE },
  I8: { claim: "no version of a document goes back in a client's store", watchedIn: "watch/machine-watch.ts" },
  I9: { claim: "P1: the count is at most twice the largest required count", watchedIn: "watch/count-watch.ts" },
  I10: { claim: "P2: whoever is served counts", watchedIn: "watch/count-watch.ts" },
  I11: { claim: "P3: a sufficient count is never withheld", watchedIn: "watch/count-watch.ts" },
  I12: { claim: "P4: asking again changes no count", watchedIn: "watch/count-watch.ts" },
  I13: {
    claim: "P5: the count follows from who asked last when, in whatever order",
    watchedIn: "watch/count-watch.ts",
  },
  I14: { claim: "P6: without requests the count does not grow", watchedIn: "watch/silence.ts" },
  I15: { claim: "P7: after 30 days of silence the count is 0", watchedIn: "watch/silence.ts" },
  I16: { claim: "P8: below the cap every machine counts once", watchedIn: "watch/count-watch.ts" },
  I17: {
    claim: "P9: rows out of the window may go",
    notHere:
      "no watch of its own: old rows go at the host's daily tick, and I13 recounts after each; packages/domain/test/laws",
  },
  I18: {
    claim: "P10: more machines never count less",
    notHere: "no two runs are compared; the model is monotone and I13 and I16 hold the host to it",
  },
  I19: { claim: "P11: groups count apart, those of two publishers on one host too", watchedIn: "watch/count-watch.ts" },
  I20: { claim: "a lease is given at a sufficient count only", watchedIn: "watch/count-watch.ts" },
  I21: { claim: "a statement is what was committed for its request", watchedIn: "watch/answer-watch.ts" },
  I22: { claim: "several nodes forbid and grant as one would", notHere: ADMIN },
  I23: { claim: "the same bytes get the same sequence number and lease id", watchedIn: "watch/lineage-watch.ts" },
  I24: { claim: "a nonce with other bytes is refused and changes nothing", watchedIn: "watch/answer-watch.ts" },
  I25: { claim: "no machine that asks in order is ever told to re-identify", watchedIn: "watch/machine-watch.ts" },
  I26: { claim: "of copies at most one keeps the CMID after four answers", watchedIn: "watch/copies.ts" },
  I27: { claim: "the holder of the newest statement is never told to re-identify", watchedIn: "watch/answer-watch.ts" },
  I28: { claim: "nobody without the newest lease id moves a machine's row", watchedIn: "watch/lineage-watch.ts" },
  I29: { claim: "licensed only on a stored lease that verifies", watchedIn: "watch/machine-watch.ts" },
  I30: { claim: "what no host of the publisher signed changes nothing", watchedIn: "watch/machine-watch.ts" },
  I31: {
    claim: "directives are followed once in 24 h, three times in 30 d",
    notHere: "an honest host gives no occasion: packages/client/test/reidentify",
  },
  I32: { claim: "nobody stays licensed past the lease, by a true clock", watchedIn: "watch/machine-watch.ts" },
  I33: { claim: "a fresh verified statement clears a suspect clock", watchedIn: "watch/machine-watch.ts" },
  I34: { claim: "no time a host signed raises the floor", watchedIn: "watch/machine-watch.ts" },
  I35: {
    claim: "a crash inside a write leaves one whole generation",
    notHere:
      "the disk here is whole by construction; packages/client/test/node. That a machine goes on from either generation is in I25",
  },
  I36: { claim: "no machine is rearmed more than three times", watchedIn: "watch/machine-watch.ts" },
  I37: { claim: "the next attempt is 15 minutes to 30 days away", watchedIn: "watch/machine-watch.ts" },
  I38: { claim: "machines that boot together spread", notHere: "of one formula: packages/domain/test" },
  I39: { claim: "key codes are read back and detect errors", notHere: CODES },
  I40: { claim: "kinds of keys are never confused", notHere: CODES },
  I41: { claim: "installation ids are read back", notHere: CODES },
  I42: { claim: "SRV records are tried by priority and weight", notHere: "there is no discovery yet" },
  I43: { claim: "publishing touches no other host's record", notHere: "there is no discovery yet" },
  I44: { claim: "a quota is never passed", notHere: "of the publisher: packages/publisher/test" },
  I45: { claim: "memory is bounded under random requests", notHere: "of the process: packages/host/test" },
  I46: { claim: "a dropped request writes nothing", notHere: "of the store's rows: packages/host/test" },
  books: {
    claim: "every processed request is in the log and in one line of the counters",
    watchedIn: "watch/books.ts",
  },
  documents: {
    claim: "what the host has newer, a client has after its next contact",
    watchedIn: "watch/machine-watch.ts",
  },
  spin: { claim: "no machine asks without a pause", watchedIn: "life.ts" },
  faults: { claim: "no request is answered with a fault of the host's own", watchedIn: "watch/answer-watch.ts" },
} as const satisfies Readonly<Record<string, Standing & { readonly claim: string }>>;

/** A row of INVARIANTS. */
export type InvariantId = keyof typeof INVARIANTS;

/** What a run found broken: each with its invariant and what was seen. */
export interface Complaints {
  readonly list: readonly string[];
  of(id: InvariantId, seen: string): void;
}

const MOST_OF_ONE = 10;

/** Keeps the first of each: one broken rule would otherwise fill the memory. */
export function createComplaints(nowMs: () => number): Complaints {
  const list: string[] = [];
  const made = new Map<InvariantId, number>();
  return {
    list,
    of: (id, seen) => {
      const count = made.get(id) ?? 0;
      made.set(id, count + 1);
      if (count < MOST_OF_ONE)
        list.push(`${id} (${INVARIANTS[id].claim}): ${seen}, ${new Date(nowMs()).toISOString()}`);
    },
  };
}
