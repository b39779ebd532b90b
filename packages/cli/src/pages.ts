import type { CommandDefinition, Described } from "./command.ts";
import { GROUPS } from "./commands/groups.ts";
import { usageOf } from "./help.ts";
import { FORMATS } from "./terminal.ts";

/** One generated page: its path from `docs/` and its whole text. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** The pages made from the table of commands: one each, and their index. */
export function commandPages(): readonly Page[] {
  const commands = GROUPS.flatMap((group) => group.commands);
  return [...commands.map(commandPage), indexPage(commands)];
}

function commandPage(command: CommandDefinition): Page {
  const parts = [
    `# countersign ${command.name}`,
    GENERATED,
    `${command.summary}.`,
    ...command.description,
    fenced([usageOf(command)]),
    ...listed("Arguments", command.operands),
    ...listed("Options", [...command.options, outputOf(command)]),
    ...(command.examples.length === 0
      ? []
      : ["## Examples", fenced(command.examples.flatMap(({ text, about }) => [`# ${about}`, text]))]),
  ];
  return { path: `reference/commands/${fileName(command.name)}`, text: `${parts.join("\n\n")}\n` };
}

const GENERATED = "<!-- Made by `npm run generate` from packages/cli/src/commands; change it there. -->";

function outputOf({ moreFormats = [] }: CommandDefinition): Described {
  const forms = [...FORMATS, ...moreFormats];
  return { text: "-o, --output <form>", about: `${forms.slice(0, -1).join(", ")} or ${forms.at(-1)}` };
}

function indexPage(commands: readonly CommandDefinition[]): Page {
  const rows = commands.map(
    ({ name, summary }) => `| [${name}](${fileName(name)}) | ${summary.replaceAll("|", "\\|")} |`,
  );
  const text = ["# Commands", GENERATED, ["| | |", "|---|---|", ...rows].join("\n")].join("\n\n");
  return { path: "reference/commands/README.md", text: `${text}\n` };
}

function listed(title: string, rows: readonly Described[]): readonly string[] {
  if (rows.length === 0) return [];
  const lines = rows.map(({ text, about, defaultValue, isMandatory }) => {
    const note = isMandatory === true ? " (needed)" : defaultValue === undefined ? "" : ` (default ${defaultValue})`;
    return `- \`${text}\`: ${about}${note}`;
  });
  return [`## ${title}`, lines.join("\n")];
}

function fenced(lines: readonly string[]): string {
  return ["```sh", ...lines, "```"].join("\n");
}

function fileName(command: string): string {
  return `${command.replaceAll(" ", "-")}.md`;
}
