const LONGEST = 40;

/** The known word that is a slip of the fingers away from the one found; undefined where none is. */
export function nearestWord(found: string, known: readonly string[]): string | undefined {
  if (found.length > LONGEST) return undefined;
  const farthest = found.length < 6 ? 1 : 2;
  const near = known.map((word) => ({ word, away: distance(found, word) })).filter(({ away }) => away <= farthest);
  return near.toSorted((a, b) => a.away - b.away)[0]?.word;
}

/** Letters put in, left out, replaced, or two neighbours swapped. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    rows.push([i]);
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const edits = [at(i - 1, j - 1) + (isSame ? 0 : 1), at(i - 1, j) + 1, at(i, j - 1) + 1];
      if (isSwapped) edits.push(at(i - 2, j - 2) + 1);
      rows[i]?.push(Math.min(...edits));
    }
  }
  return at(a.length, b.length);
}
