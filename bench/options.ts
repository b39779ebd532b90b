import { parseArgs } from "node:util";

/** What one call of the bench is to do. */
export interface BenchOptions {
  readonly runs: number;
  readonly secondsPerRun: number;
  /** In the store whose opening is timed. */
  readonly machines: number;
  readonly output: "text" | "json";
}

/** The options, or a sentence that says what was expected and what was found. */
export type ParsedOptions =
  | { readonly ok: true; readonly options: BenchOptions }
  | { readonly ok: false; readonly fault: string };

/** Shown after a fault, and for --help. */
export const USAGE = `usage: npm run bench -- [--runs N] [--seconds N] [--machines N] [-o text|json]
  --runs      measured runs, of which the median counts (3)
  --seconds   how long each run drives the host, and then the echo (4)
  --machines  rows in the store whose opening is timed (100000)
  -o          text, or one JSON object on stdout (text)
`;

/** Reads a command line. Unknown words are a fault, never ignored: a mistyped option would measure something else. */
export function parseOptions(argv: readonly string[]): ParsedOptions {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        runs: { type: "string", default: "3" },
        seconds: { type: "string", default: "4" },
        machines: { type: "string", default: "100000" },
        output: { type: "string", short: "o", default: "text" },
      },
    });
    const { runs, seconds, machines, output } = values;
    if (output !== "text" && output !== "json") return fault(`expected -o text or json, found "${output}"`);
    const numbers = { runs: whole(runs), secondsPerRun: whole(seconds), machines: whole(machines) };
    const wrong = Object.entries({ runs, seconds, machines }).find(([, text]) => whole(text) === 0);
    if (wrong !== undefined) return fault(`expected a whole number above 0 for --${wrong[0]}, found "${wrong[1]}"`);
    return { ok: true, options: { ...numbers, output } };
  } catch (error) {
    // parseArgs names the word it does not know.
    return fault(error instanceof Error ? error.message : String(error));
  }
}

function whole(text: string): number {
  return /^[1-9]\d{0,6}$/.test(text) ? Number(text) : 0;
}

const fault = (text: string): ParsedOptions => ({ ok: false, fault: text });
