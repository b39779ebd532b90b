import type { Command, Help, Option } from "commander";
import type { CommandDefinition } from "./command.ts";

/** What follows the list of commands in `countersign --help`. */
export const CLOSING = `
Start here:
  countersign demo                  everything at once, in a temporary directory
  countersign <command> --help      one command, with examples
  countersign slmgr                 what administrators of KMS type: /dlv, /ato ...

Every command has its page in docs/reference/commands/.`;

/** Help as this house prints it: a group lists all its commands in full, and a default is said without quotes. */
export const HELP_LAYOUT = {
  sortSubcommands: false,
  showGlobalOptions: false,
  visibleCommands: (shown: Command): Command[] =>
    shown.parent === null ? [...shown.commands] : shown.commands.flatMap(leavesOf),
  subcommandTerm: (command: Command): string => wordsWithin(command).join(" "),
  optionDescription(option: Option): string {
    // Of several words the first is the default.
    if (option.argChoices !== undefined) return `${option.description} ${listed(option.argChoices)}`;
    return `${option.description}${option.defaultValue === undefined ? "" : ` (default ${option.defaultValue})`}`;
  },
} satisfies Partial<Help>;

/** What stands after `Usage:` and on a page: the words, what must be given, and `[options]`. */
export function usageOf({ name, operands, options }: CommandDefinition): string {
  const needed = options.filter((option) => option.isMandatory === true);
  return ["countersign", name, ...[...operands, ...needed].map(({ text }) => text), "[options]"].join(" ");
}

/** `Examples:` with a comment before each command line. */
export function examplesText({ examples }: CommandDefinition): string {
  const lines = examples.flatMap(({ text, about }) => [`  # ${about}`, ...text.split("\n").map((line) => `  ${line}`)]);
  return lines.length === 0 ? "" : `\nExamples:\n${lines.join("\n")}`;
}

function leavesOf(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);
}

/** Its words below the group: `key issue`; of a group itself, its name. */
function wordsWithin(command: Command): readonly string[] {
  const parent = command.parent;
  if (parent === null || parent.parent === null) return [command.name()];
  return parent.parent.parent === null ? [command.name()] : [...wordsWithin(parent), command.name()];
}

function listed(words: readonly string[]): string {
  return `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}
