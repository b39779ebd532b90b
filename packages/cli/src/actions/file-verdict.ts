import type { Shell } from "../command.ts";
import { EXIT } from "../terminal.ts";

/** What was found in a configuration file; `path` "" = there is none. */
export interface CheckedFile {
  readonly path: string;
  readonly problems: readonly { readonly path: string; readonly expected: string; readonly found: string }[];
}

/** Prints every mistake of a file, or that it is sound; answers the exit code. */
export function fileVerdict({ path, problems }: CheckedFile, { terminal }: Pick<Shell, "terminal">): number {
  const rows = problems.map(({ path: place, expected, found }) => ({ place: place || "the file", expected, found }));
  const verdict = path === "" ? "there is no configuration file; the defaults are sound" : `${path} is sound`;
  const answer = { json: { file: path, problems: rows }, rows, short: String(rows.length) };
  terminal.answer(rows.length === 0 ? { ...answer, lines: [verdict] } : answer);
  return rows.length === 0 ? EXIT.ok : EXIT.usage;
}
