import { SOFTWARE_VERSION } from "@countersign/domain";
import { Argument, Command, CommanderError, Option } from "commander";
import type { Action, CommandDefinition, CommandGroup, Given } from "./command.ts";
import { CLOSING, examplesText, HELP_LAYOUT, usageOf } from "./help.ts";
import { EXIT, FORMATS } from "./terminal.ts";
import { type UsageError, usageErrorOf } from "./usage-error.ts";

/** What the words of a command line ask for. */
export type Parsed =
  | { readonly kind: "run"; readonly command: CommandDefinition; readonly given: Given; readonly format: string }
  /** Help or the version: already on `stdout`. */
  | { readonly kind: "shown" }
  | { readonly kind: "usage"; readonly mistake: UsageError };

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
    return { kind: "usage", mistake: usageErrorOf(error, words, program) };
  }
}

function programOf(
  groups: readonly CommandGroup[],
  print: (text: string) => void,
  onRun: (parsed: Parsed) => void,
): Command {
  const program = bare(new Command("countersign"), print)
    .description("Volume activation by a key management service: a publisher, hosts and clients.")
    .version(SOFTWARE_VERSION, "-V, --version", "print the version")
    .usage("<command> [options]")
    .addHelpText("after", CLOSING);
  for (const group of groups) {
    const isSingle = group.commands.length === 1 && group.commands[0]?.name === group.name;
    const parent = isSingle ? program : groupCommand(group.name, group.summary, print);
    if (!isSingle) program.addCommand(parent);
    for (const definition of group.commands) addCommand(parent, definition, print, onRun);
  }
  return program;
}

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
  command.usage(usageOf(definition).slice(`countersign ${definition.name} `.length));
  command.addOption(
    new Option("-o, --output <form>", "print as")
      .choices([...FORMATS, ...(definition.moreFormats ?? [])])
      .default("table"),
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

function groupCommand(name: string, summary: string, print: (text: string) => void): Command {
  return bare(new Command(name), print).summary(summary).description(`${summary}.`).usage("<command> [options]");
}

function groupWithin(parent: Command, word: string, print: (text: string) => void): Command {
  const known = parent.commands.find((command) => command.name() === word);
  if (known !== undefined) return known;
  const made = groupCommand(word, GROUP_WORDS[word] ?? "", print);
  parent.addCommand(made);
  return made;
}

const GROUP_WORDS: Readonly<Record<string, string>> = {
  app: "Applications: their machines are counted together",
  product: "Products: what can be activated",
  key: "Product keys",
  trust: "The publishers a host may serve",
  clock: "The time a host goes by",
  config: "What a service goes by, and where it is said",
  admin: "Who may administer a host from afar",
};

function optionOf(described: CommandDefinition["options"][number]): Option {
  const needed = described.isMandatory === true ? " (needed)" : "";
  const option = new Option(described.text, `${described.about}${needed}`);
  if (described.defaultValue !== undefined) option.default(described.defaultValue);
  return option.makeOptionMandatory(described.isMandatory === true);
}

/** Commander never writes errors or exits here: main.ts alone does. */
function bare(command: Command, print: (text: string) => void): Command {
  return command
    .exitOverride()
    .helpOption("-h, --help", "print this")
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .configureHelp(HELP_LAYOUT)
    .configureOutput({ writeOut: print, writeErr: print, outputError: () => undefined });
}

/** The action of a definition, loaded now. */
export async function loadAction(definition: CommandDefinition): Promise<Action> {
  return definition.load();
}
