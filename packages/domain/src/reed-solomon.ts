// RS(25,21) over GF(32) = GF(2)[x]/(x^5+x^2+1), roots α^1..α^4 (protocol.md §10): distance 5, so every error in up to
// four symbols is detected and up to two can be located.

const FIELD = 31;
const EXP: number[] = [];
const LOG: number[] = new Array(32).fill(0);
for (let power = 0, value = 1; power < 2 * FIELD; power++) {
  EXP[power] = value;
  if (power < FIELD) LOG[value] = power;
  value <<= 1;
  if (value & 32) value ^= 0b100101;
}

/** Generator polynomial (x-α)(x-α²)(x-α³)(x-α⁴), coefficients high to low. */
const GENERATOR = [1, 30, 6, 9, 17];
/** Its roots, as exponents of α. */
const ROOTS = [1, 2, 3, 4];

const times = (a: number, b: number): number => (a === 0 || b === 0 ? 0 : (EXP[(LOG[a] ?? 0) + (LOG[b] ?? 0)] ?? 0));
const power = (exponent: number): number => EXP[((exponent % FIELD) + FIELD) % FIELD] ?? 0;
const over = (a: number, b: number): number => (a === 0 ? 0 : power((LOG[a] ?? 0) - (LOG[b] ?? 0)));

/** The four check symbols of 21 data symbols (0..31 each). */
export function checkSymbols(symbols: readonly number[]): readonly number[] {
  const rest = [...symbols, 0, 0, 0, 0];
  for (let i = 0; i < symbols.length; i++) {
    const factor = rest[i] ?? 0;
    for (const [j, coefficient] of GENERATOR.entries()) rest[i + j] = (rest[i + j] ?? 0) ^ times(factor, coefficient);
  }
  return rest.slice(symbols.length);
}

/** A symbol that, put at `position`, makes the word a code word again. */
export interface Correction {
  readonly position: number;
  readonly symbol: number;
}

/** True when the word (data then check symbols) has no detectable error. */
export function isCodeWord(word: readonly number[]): boolean {
  return syndromes(word).every((syndrome) => syndrome === 0);
}

/** The one or two wrong symbols, if so few explain the word; undefined otherwise. A hint, never applied by itself. */
export function locateErrors(word: readonly number[]): readonly Correction[] | undefined {
  const sums = syndromes(word);
  const corrected = (position: number, error: number) => ({ position, symbol: (word[position] ?? 0) ^ error });
  for (let i = 0; i < word.length; i++) {
    const error = oneError(word.length - 1 - i, sums);
    if (error !== undefined) return [corrected(i, error)];
  }
  for (let i = 0; i < word.length; i++) {
    for (let j = i + 1; j < word.length; j++) {
      const errors = twoErrors(word.length - 1 - i, word.length - 1 - j, sums);
      if (errors !== undefined) return [corrected(i, errors[0]), corrected(j, errors[1])];
    }
  }
  return undefined;
}

function syndromes(word: readonly number[]): readonly number[] {
  return ROOTS.map((root) => word.reduce((sum, symbol) => times(sum, power(root)) ^ symbol, 0));
}

/** The error at α^a that explains all syndromes, if there is one. */
function oneError(a: number, sums: readonly number[]): number | undefined {
  const e = over(sums[0] ?? 0, power(a));
  return e !== 0 && ROOTS.every((root, k) => times(e, power(root * a)) === sums[k]) ? e : undefined;
}

/** The errors at α^a and α^b that explain all syndromes, if there are such. */
function twoErrors(a: number, b: number, sums: readonly number[]): readonly [number, number] | undefined {
  const [s1 = 0, s2 = 0] = sums;
  const [x, y] = [power(a), power(b)];
  // s1 = e·x + f·y and s2 = e·x² + f·y²
  const f = over(s2 ^ times(s1, x), times(y, y ^ x));
  const e = over(s1 ^ times(f, y), x);
  if (e === 0 || f === 0) return undefined;
  const explained = ROOTS.every((root, k) => (times(e, power(root * a)) ^ times(f, power(root * b))) === sums[k]);
  return explained ? [e, f] : undefined;
}
