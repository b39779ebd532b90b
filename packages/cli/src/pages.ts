import { hresultText, REFUSALS, type RefusalEntry } from "@countersign/domain";
import type { CommandDefinition, Described } from "./command.ts";
import { GROUPS } from "./commands/groups.ts";

/** One generated page: its path from `docs/` and its whole text. */
export interface Page {
  readonly path: string;
  readonly text: string;
}

/** Every page that is made from a table: one a command, one a refusal, and an index of each. */
export function generatedPages(): readonly Page[] {
  const commands = GROUPS.flatMap((group) => group.commands);
  const refusals = Object.values(REFUSALS);
  return [
    ...commands.map(commandPage),
    indexPage(
      "commands",
      "Commands",
      commands.map((command) => [fileName(command.name), command.name, command.summary]),
    ),
    ...refusals.map(refusalPage),
    indexPage(
      "refusals",
      "Refusals",
      refusals.map((row) => [row.page.split("/").at(-1) ?? "", row.reason, row.sentence]),
    ),
  ];
}

function commandPage(command: CommandDefinition): Page {
  const usage = ["countersign", command.name, ...command.operands.map((operand) => operand.text), "[options]"].join(
    " ",
  );
  const parts = [
    `# countersign ${command.name}`,
    GENERATED,
    `${command.summary}.`,
    ...command.description,
    fenced([usage]),
    ...listed("Arguments", command.operands),
    ...listed("Options", [...command.options, OUTPUT]),
    ...(command.examples.length === 0
      ? []
      : ["## Examples", fenced(command.examples.flatMap(({ text, about }) => [`# ${about}`, text]))]),
  ];
  return { path: `reference/commands/${fileName(command.name)}`, text: `${parts.join("\n\n")}\n` };
}

const GENERATED = "<!-- made by packages/cli/src/node/write-pages.ts; do not edit -->";
const OUTPUT: Described = { text: "-o, --output <form>", about: "table, json, jsonl, csv or short" };

function refusalPage(row: RefusalEntry): Page {
  const fields = [
    ["Code", `\`${hresultText(row.code)}\``],
    ["Fate", row.fate],
    ["RPC code", row.rpcCode === "" ? "does not cross the wire" : `\`${row.rpcCode}\``],
    ["Exit code", String(row.exitCode)],
    ["What a client does", row.clientAction],
  ];
  const parts = [
    `# ${row.reason}`,
    GENERATED,
    `> ${row.sentence}`,
    `**What to do:** ${row.remedy}.`,
    ["| | |", "|---|---|", ...fields.map(([name, value]) => `| ${name} | ${value} |`)].join("\n"),
    "A part in `[…]` appears when its value is known; `{name}` stands for a value.",
  ];
  return { path: row.page, text: `${parts.join("\n\n")}\n` };
}

function indexPage(folder: string, title: string, rows: readonly (readonly [string, string, string])[]): Page {
  const table = rows.map(([file, name, about]) => `| [${name}](${file}) | ${about.replaceAll("|", "\\|")} |`);
  const text = [`# ${title}`, GENERATED, ["| | |", "|---|---|", ...table].join("\n")].join("\n\n");
  return { path: `reference/${folder}/README.md`, text: `${text}\n` };
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
