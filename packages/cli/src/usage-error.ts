import type { Command, CommanderError } from "commander";
import { FORMATS } from "./terminal.ts";

/** A command line that asks for nothing: what was expected and found, and where to read on. */
export interface UsageError {
  readonly expected: string;
  readonly found: string;
  readonly hints: readonly string[];
}

interface Mistake {
  /** What commander says, with the parts that matter as groups. */
  readonly says: RegExp;
  readonly expected: (parts: readonly string[], path: string) => string;
  readonly found: (parts: readonly string[]) => string;
}

const first = (parts: readonly string[]) => parts[0] ?? "";
const none = () => "none";

/** By commander's code: it says what is wrong, we say what was expected and what was found. */
const MISTAKES: Readonly<Record<string, Mistake>> = {
  "commander.unknownCommand": {
    says: /'(.*)'/,
    expected: (_, path) => `a command of ${path}`,
    found: first,
  },
  "commander.unknownOption": {
    says: /'(.*)'/,
    expected: (_, path) => `an option of ${path}`,
    found: first,
  },
  "commander.excessArguments": {
    says: /Expected (\d+) arguments? but got (\d+)/,
    expected: ([count], path) => `${count} arguments after ${path}`,
    found: ([, count]) => count ?? "",
  },
  "commander.missingArgument": {
    says: /'(.*)'/,
    expected: ([name], path) => `<${name}> after ${path}`,
    found: none,
  },
  "commander.missingMandatoryOptionValue": { says: /'(.*)'/, expected: first, found: none },
  "commander.optionMissingArgument": {
    says: /'(.*)'/,
    expected: ([option]) => `a value for ${option}`,
    found: none,
  },
  "commander.invalidArgument": {
    says: /'(?:-o, )?(--\S+).*' argument '(.*)' is invalid/,
    expected: ([option]) => `${option} to be one of ${FORMATS.join(", ")}`,
    found: ([, value]) => value ?? "",
  },
};

/** Tells a mistake of the person's in our words. */
export function usageErrorOf(error: CommanderError, words: readonly string[], program: Command): UsageError {
  const [message = "", ...more] = error.message.replace(/^error: /, "").split("\n");
  const path = pathOf(program, words);
  const mistake = MISTAKES[error.code];
  const parts = mistake?.says.exec(message)?.slice(1);
  const suggestions = more.map((line) => line.replace(/^\(D|\)$/g, (edge) => (edge === ")" ? "" : "d")));
  const hints = [...suggestions, `${path} --help`];
  if (mistake === undefined || parts === undefined)
    return { expected: `a command line of ${path}`, found: message, hints };
  return { expected: mistake.expected(parts, path), found: mistake.found(parts), hints };
}

/** The command that the words reach: `countersign host key`. */
function pathOf(program: Command, words: readonly string[]): string {
  let at = program;
  const path = [program.name()];
  for (const word of words) {
    const next = at.commands.find((command) => command.name() === word);
    if (next === undefined) break;
    at = next;
    path.push(word);
  }
  return path.join(" ");
}
