/** Randomness that one seed reproduces. Not for keys. */
export interface SeededRandom {
  /** In [0, 1). */
  fraction(): number;
  bytes(length: number): Uint8Array;
  /** True in `percent` of 100 cases. */
  chance(percent: number): boolean;
  /** One of them; undefined when there is none. */
  pick<T>(from: readonly T[]): T | undefined;
}

/** A small counter-based generator (splitmix32): one run, one seed, one story. */
export function seededRandom(seed: number): SeededRandom {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x21f0aaad);
    mixed ^= mixed >>> 15;
    mixed = Math.imul(mixed, 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  const fraction = () => next() / 2 ** 32;
  return {
    fraction,
    bytes: (length) => Uint8Array.from({ length }, () => next() & 255),
    // Without a draw where the answer is known: what a scenario leaves out must not shift the story of the rest.
    chance: (percent) => percent > 0 && fraction() * 100 < percent,
    pick: (from) => from[Math.floor(fraction() * from.length)],
  };
}
