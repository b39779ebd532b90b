import { toHex } from "@countersign/domain";

const PER_KID = { most: 20, windowMs: 86_400_000 } as const;
const PER_SOURCE = { most: 5, windowMs: 60_000 } as const;
const MAX_ENTRIES = 100_000;
const MAX_WAITING = 64;

/** What came of trying a key proof. */
export type ProofTrial =
  | { readonly kind: "proved" }
  | { readonly kind: "wrong" }
  /** Too many failed before: nothing was tried. */
  | { readonly kind: "wait"; readonly waitS: number }
  /** Too many wait for their turn: nothing was tried. */
  | { readonly kind: "full" };

/** Who tries which key. */
export interface TrialAsked {
  /** undefined: nobody issued that key. Only the source is remembered then, so strangers cannot push real keys out. */
  readonly kid: Uint8Array | undefined;
  readonly source: string;
  /** Unix ms. */
  readonly now: () => number;
}

/** Failed key proofs of first activations: 20 a day and key, 5 a minute and source (protocol.md §10). Renewals never ask. */
export interface FailedProofs {
  /** Tries one proof after the other: scrypt is slow on purpose, and a limit checked in turn cannot be outrun. */
  trial(asked: TrialAsked, prove: () => Promise<boolean>): Promise<ProofTrial>;
}

/** Kept in memory, bounded: the oldest entries go first. */
export function createFailedProofs(): FailedProofs {
  const [kids, sources] = [failures(PER_KID), failures(PER_SOURCE)];
  let waiting = 0;
  let last: Promise<unknown> = Promise.resolve();
  const tryNow = async ({ kid, source, now }: TrialAsked, prove: () => Promise<boolean>): Promise<ProofTrial> => {
    const name = kid && toHex(kid);
    const waitS = Math.max(name === undefined ? 0 : kids.waitS(name, now()), sources.waitS(source, now()));
    if (waitS > 0) return { kind: "wait", waitS };
    if (await prove()) return { kind: "proved" };
    if (name !== undefined) kids.note(name, now());
    sources.note(source, now());
    return { kind: "wrong" };
  };
  return {
    async trial(asked, prove) {
      if (waiting >= MAX_WAITING) return { kind: "full" };
      waiting++;
      const turn = last.then(() => tryNow(asked, prove));
      // The next one has its turn after a fault too; the fault itself reaches its own caller.
      last = turn.catch(() => undefined);
      return turn.finally(() => waiting--);
    },
  };
}

function failures({ most, windowMs }: { readonly most: number; readonly windowMs: number }) {
  const times = new Map<string, readonly number[]>();
  // An instant after now is from before the clock was set back: forgotten, or it would count for as long as the jump.
  const recent = (name: string, nowMs: number) =>
    (times.get(name) ?? []).filter((timeMs) => timeMs > nowMs - windowMs && timeMs <= nowMs);
  return {
    /** Seconds until another failure is allowed; 0 = now. */
    waitS(name: string, nowMs: number): number {
      const [oldest = nowMs, ...younger] = recent(name, nowMs);
      return younger.length + 1 < most ? 0 : Math.ceil((oldest + windowMs - nowMs) / 1000);
    },
    note(name: string, nowMs: number): void {
      const failed = [...recent(name, nowMs), nowMs];
      times.delete(name);
      times.set(name, failed);
      for (const oldest of times.keys()) {
        if (times.size <= MAX_ENTRIES) break;
        times.delete(oldest);
      }
    },
  };
}
