import { Argument, Command, CommanderError, Option } from "commander";
import type { Action, CommandDefinition, CommandGroup, Given } from "./command.ts";
import { EXIT, FORMATS } from "./terminal.ts";

/** What the words of a command line ask for. */
export type Parsed =
  | { readonly kind: "run"; readonly command: CommandDefinition; readonly given: Given; readonly format: string }
  /** Help or the version: already on `stdout`. */
  | { readonly kind: "shown" }
  | { readonly kind: "usage"; readonly message: string; readonly hints: readonly string[] };

/** Reads a command line. Help goes to `print`; nothing else is printed and nothing exits. */
export async function parseCommandLine(
  words: readonly string[],
  groups: readonly CommandGroup[],
  print: (text: string) => void,
): Promise<Parsed> {
  const found: { parsed?: Parsed } = {};
  const program = programOf(groups, print, (parsed) => {
    found.parsed = parsed;
  });
  try {
    await program.parseAsync([...words], { from: "user" });
    return found.parsed ?? { kind: "shown" };
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === EXIT.ok || error.code === "commander.help") return { kind: "shown" };
    return usageOf(error, words);
  }
}

/** The version every package of this repository has. */
export const VERSION = "0.1.0";

function programOf(
  groups: readonly CommandGroup[],
  print: (text: string) => void,
  onRun: (parsed: Parsed) => void,
): Command {
  const program = bare(new Command("countersign"), print)
    .description("Volume activation by a key management service: a publisher, hosts and clients.")
    .version(VERSION, "-V, --version", "print the version")
    .usage("<command> [options]")
    .addHelpText("after", CLOSING);
  for (const group of groups) {
    const isSingle = group.commands.length === 1 && group.commands[0]?.name === group.name;
    const parent = isSingle ? program : bare(new Command(group.name), print).description(group.summary);
    if (!isSingle) program.addCommand(parent);
    for (const definition of group.commands) addCommand(parent, definition, print, onRun);
  }
  return program;
}

const CLOSING = `
Start here:
  countersign demo                  everything at once, in a temporary directory
  countersign <command> --help      one command, with examples

Every command has its page in docs/reference/commands/.`;

function addCommand(
  root: Command,
  definition: CommandDefinition,
  print: (text: string) => void,
  onRun: (parsed: Parsed) => void,
): void {
  const words = definition.name.split(" ");
  const under = words.length === 1 || root.name() === words[0] ? words.slice(root.name() === words[0] ? 1 : 0) : words;
  const parent = under.slice(0, -1).reduce((at, word) => groupWithin(at, word, print), root);
  const command = bare(new Command(under.at(-1) ?? definition.name), print)
    .summary(definition.summary)
    .description([`${definition.summary}.`, ...definition.description].join("\n\n"));
  for (const operand of definition.operands) command.addArgument(new Argument(operand.text, operand.about));
  for (const option of definition.options) command.addOption(optionOf(option));
  command.addOption(
    new Option("-o, --output <form>", "how the answer is printed").choices([...FORMATS]).default("table"),
  );
  command.addHelpText("after", examplesText(definition));
  command.action((...args: unknown[]) => {
    const given: Record<string, Given[string]> = { ...command.opts() };
    command.registeredArguments.forEach((argument, index) => {
      given[argument.name()] = args[index] as Given[string];
    });
    onRun({ kind: "run", command: definition, given, format: String(given["output"]) });
  });
  parent.addCommand(command);
}

function groupWithin(parent: Command, word: string, print: (text: string) => void): Command {
  const known = parent.commands.find((command) => command.name() === word);
  if (known !== undefined) return known;
  const made = bare(new Command(word), print).description(GROUP_WORDS[word] ?? "");
  parent.addCommand(made);
  return made;
}

const GROUP_WORDS: Readonly<Record<string, string>> = {
  app: "the applications whose machines are counted together",
  product: "what can be activated",
  key: "product keys",
  trust: "the publishers this host may serve",
};

function optionOf(described: CommandDefinition["options"][number]): Option {
  const option = new Option(described.text, described.about);
  if (described.defaultValue !== undefined) option.default(described.defaultValue);
  return option.makeOptionMandatory(described.isMandatory === true);
}

function examplesText(definition: CommandDefinition): string {
  const lines = definition.examples.flatMap(({ text, about }) => [`  # ${about}`, `  ${text}`]);
  return lines.length === 0 ? "" : `\nExamples:\n${lines.join("\n")}`;
}

/** Commander never writes errors or exits here: main.ts alone does. */
function bare(command: Command, print: (text: string) => void): Command {
  return command
    .exitOverride()
    .helpOption("-h, --help", "print this")
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .configureHelp({ sortSubcommands: false, showGlobalOptions: false })
    .configureOutput({ writeOut: print, writeErr: print, outputError: () => undefined });
}

function usageOf(error: CommanderError, words: readonly string[]): Parsed {
  const [message = "", ...suggestions] = error.message.replace(/^error: /, "").split("\n");
  const path = words.filter((word) => !word.startsWith("-")).slice(0, 3);
  const hints = suggestions.map((line) => line.replace(/^\(|\)$/g, "").toLowerCase());
  return {
    kind: "usage",
    message,
    hints: [...hints, `countersign ${path.slice(0, 1).join(" ")} --help`.replace("  ", " ")],
  };
}

/** The action of a definition, loaded now. */
export async function loadAction(definition: CommandDefinition): Promise<Action> {
  return definition.load();
}
