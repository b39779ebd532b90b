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
  for (const positions of candidatePositions(word.length)) {
    const corrections = solve(word, positions);
    if (corrections !== undefined) return corrections;
  }
  return undefined;
}

function syndromes(word: readonly number[]): readonly number[] {
  return [1, 2, 3, 4].map((root) => word.reduce((sum, symbol) => times(sum, power(root)) ^ symbol, 0));
}

function* candidatePositions(length: number): Generator<readonly number[]> {
  for (let i = 0; i < length; i++) yield [i];
  for (let i = 0; i < length; i++) for (let j = i + 1; j < length; j++) yield [i, j];
}

/** Error magnitudes at the given positions that would explain all four syndromes, if there are such. */
function solve(word: readonly number[], positions: readonly number[]): readonly Correction[] | undefined {
  const [s1 = 0, s2 = 0] = syndromes(word);
  const [i = 0, j] = positions;
  const x = power(word.length - 1 - i);
  if (j === undefined) return verified(word, [{ position: i, symbol: (word[i] ?? 0) ^ over(s1, x) }]);
  const y = power(word.length - 1 - j);
  // s1 = e·x + f·y and s2 = e·x² + f·y²
  const f = over(s2 ^ times(s1, x), times(y, y ^ x));
  const e = over(s1 ^ times(f, y), x);
  if (e === 0 || f === 0) return undefined;
  return verified(word, [
    { position: i, symbol: (word[i] ?? 0) ^ e },
    { position: j, symbol: (word[j] ?? 0) ^ f },
  ]);
}

function verified(word: readonly number[], corrections: readonly Correction[]): readonly Correction[] | undefined {
  const mended = [...word];
  for (const { position, symbol } of corrections) mended[position] = symbol;
  return isCodeWord(mended) ? corrections : undefined;
}
