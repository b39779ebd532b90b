// The rules of output, in ten lines:
//  1. stdout carries the answer alone; notes, progress, prompts and errors go to stderr.
//  2. -o json is one object; jsonl one object a line; csv has a header; table is for people; short is one bare value.
//  3. JSON names do not change within a major version; ids are hex, instants are RFC 3339, durations end in their unit.
//  4. An error is one line (what was expected, what was found), then "  hint:" lines, then the page.
//  5. Colour only on a terminal, never with NO_COLOR or TERM=dumb, and never as the only carrier of a meaning.
//  6. Progress only on a terminal, and only for what lasts over a second; it erases itself.
//  7. A product key is printed in full once, when it is issued; everywhere else its last five symbols.
//  8. Exit codes: 0 ok, 1 failed, 2 usage or configuration, 3 warnings with --fail-on warn, 4 host or agent
//     unreachable, 5 not authorised, 6 not activated, 7 refused by policy, 8 conflict, 75 temporary, 130 interrupted.
//  9. A question is asked only on a terminal; without one, what is missing is an error that names its option.
// 10. Nothing is printed twice, and success of a quiet thing is one line.

/** The exit codes of the house. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  warnings: 3,
  unreachable: 4,
  notAuthorised: 5,
  notActivated: 6,
  refused: 7,
  conflict: 8,
  temporary: 75,
  interrupted: 130,
} as const;

/** The forms an answer can be asked for in. */
export const FORMATS = ["table", "json", "jsonl", "csv", "short"] as const;
/** One of them. */
export type Format = (typeof FORMATS)[number];

/** What a row may hold. */
export type Cell = string | number | boolean;
/** One row of a table, by column. */
export type Row = Readonly<Record<string, Cell>>;

/** One answer in all its forms. */
export interface Answer {
  readonly json: unknown;
  /** For jsonl, csv, and the table where `lines` is absent. */
  readonly rows: readonly Row[];
  /** One bare value for scripts. */
  readonly short: string;
  /** What a person reads instead of a table. */
  readonly lines?: readonly string[];
}

/** A stream of the process, as far as output needs it. */
export interface Stream {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

/** The only way to the two streams. */
export interface Terminal {
  readonly format: Format;
  readonly isInteractive: boolean;
  answer(answer: Answer): void;
  /** One line for the person, on stderr. */
  note(line: string): void;
  /** A line of the answer in the colour of its level; plain where stdout is no terminal. */
  highlight(level: "information" | "warning" | "error", line: string): string;
  /** Replaces the last progress line; nothing without a terminal. `undefined` erases it. */
  progress(line: string | undefined): void;
  fail(error: ErrorReport): void;
}

/** An error as it is printed. */
export interface ErrorReport {
  readonly message: string;
  readonly hints: readonly string[];
  /** From `docs/`; "" = none. */
  readonly page: string;
  readonly exitCode: number;
  /** For JSON readers; "" where it is none of the table's. */
  readonly reason: string;
}

const LEVEL_COLOURS: Readonly<Record<string, number>> = { warning: 33, error: 31 };

/** A terminal on two streams. */
export function openTerminal(streams: {
  readonly stdout: Stream;
  readonly stderr: Stream;
  readonly format: Format;
  readonly colour: boolean;
}): Terminal {
  const { stdout, stderr, format, colour } = streams;
  const isInteractive = stderr.isTTY === true;
  const paint = (code: number, text: string) => (colour && isInteractive ? `\u001b[${code}m${text}\u001b[0m` : text);
  let isProgressShown = false;
  const erase = () => {
    if (isProgressShown) stderr.write("\r\u001b[2K");
    isProgressShown = false;
  };
  return {
    format,
    isInteractive,
    answer(answer) {
      erase();
      stdout.write(render(answer, format));
    },
    note(line) {
      erase();
      stderr.write(`${line}\n`);
    },
    highlight(level, line) {
      const code = LEVEL_COLOURS[level];
      return code !== undefined && colour && stdout.isTTY === true ? `\u001b[${code}m${line}\u001b[0m` : line;
    },
    progress(line) {
      if (!isInteractive) return;
      erase();
      if (line === undefined) return;
      stderr.write(line);
      isProgressShown = true;
    },
    fail(error) {
      erase();
      stderr.write(`${paint(31, "error:")} ${error.message}\n`);
      for (const hint of error.hints) stderr.write(`  ${paint(36, "hint:")} ${hint}\n`);
      if (error.page !== "") stderr.write(`  page: docs/${error.page}\n`);
    },
  };
}

/** The text of an answer in one form, with its line end. */
export function render(answer: Answer, format: Format): string {
  switch (format) {
    case "json":
      return `${JSON.stringify(answer.json, undefined, 2)}\n`;
    case "jsonl":
      return answer.rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    case "csv":
      return csv(answer.rows);
    case "short":
      return `${answer.short}\n`;
    case "table":
      return `${(answer.lines ?? tableLines(answer.rows)).join("\n")}\n`;
  }
}

/** Columns padded to their widest cell, numbers to the right. */
export function tableLines(rows: readonly Row[]): readonly string[] {
  const names = columnsOf(rows);
  if (names.length === 0) return ["none"];
  const texts = [
    names.map((name) => wordsOf(name).toUpperCase()),
    ...rows.map((row) => names.map((n) => String(row[n] ?? ""))),
  ];
  const widths = names.map((_, column) => Math.max(...texts.map((cells) => cells[column]?.length ?? 0)));
  const isNumber = names.map((name) => rows.every((row) => typeof row[name] === "number"));
  return texts.map((cells) =>
    cells
      .map((cell, c) => (isNumber[c] === true ? cell.padStart(widths[c] ?? 0) : cell.padEnd(widths[c] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}

/** `name   value` lines, for one thing with several properties. */
export function fieldLines(fields: Row): readonly string[] {
  const texts = Object.entries(fields).map(([name, value]) => [wordsOf(name), value === "" ? "-" : value] as const);
  const width = Math.max(0, ...texts.map(([name]) => name.length));
  return texts.map(([name, value]) => `${name.padEnd(width)}  ${value}`);
}

/** `lastFive` of JSON as people read it: `last five`. A name with spaces is one already. */
function wordsOf(name: string): string {
  return name.includes(" ") ? name : name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function columnsOf(rows: readonly Row[]): readonly string[] {
  return [...new Set(rows.flatMap((row) => Object.keys(row)))];
}

/** RFC 4180; a cell a spreadsheet would take for a formula is made text. */
function csv(rows: readonly Row[]): string {
  const names = columnsOf(rows);
  const quote = (cell: Cell) => {
    const text = typeof cell === "string" && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : String(cell);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return [names, ...rows.map((row) => names.map((name) => row[name] ?? ""))]
    .map((cells) => `${cells.map(quote).join(",")}\r\n`)
    .join("");
}
