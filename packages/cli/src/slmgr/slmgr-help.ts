import { OPTION_GROUPS, type OptionRow } from "./option-row.ts";
import { OPTIONS } from "./options.ts";

const HEAD = `Usage: slmgr [HOST[:PORT]] /option [arguments]

Options begin with / or -, in any case. ID is an activation ID that /dlv shows.
HOST is another machine's host, asked with a token; without it this machine.`;

const FLAGS: readonly (readonly [string, string])[] = [
  ["-o, --output <form>", "table, json, jsonl, csv or short"],
  ["--token-file <file>", "the token for HOST; without it, stdin"],
  ["--ca-file <file>", "PEM certificates to trust besides the system's"],
  ["--data <directory>", "the host's or client's data directory"],
  ["--as-host", "/ipk: a host key on a machine that is a client"],
];

/** What `slmgr` alone prints. */
export function slmgrHelp(): string {
  const blocks = OPTION_GROUPS.map((group) => {
    const rows = OPTIONS.filter((option) => option.group === group).map(
      (option) => [shapeOf(option), option.about] as const,
    );
    return [`${group}:`, ...listed(rows)].join("\n");
  });
  const closing = "Every option has its place in docs/reference/slmgr.md.";
  return `${[HEAD, ...blocks, ["Flags:", ...listed(FLAGS)].join("\n"), closing].join("\n\n")}\n`;
}

/** `/skms <name[:port] | :port> [activation id]`. */
export function shapeOf({ name, operands }: OptionRow): string {
  return [name, ...operands.map(({ text }) => text)].join(" ");
}

const COLUMN = 26;

/** A shape too long for its column has its words on the next line. */
function listed(rows: readonly (readonly [string, string])[]): readonly string[] {
  return rows.flatMap(([shape, about]) =>
    shape.length < COLUMN ? [`  ${shape.padEnd(COLUMN)}${about}`] : [`  ${shape}`, `  ${" ".repeat(COLUMN)}${about}`],
  );
}
