import type { Terminal } from "./terminal.ts";

/** What the process gives a command: read once in main.ts, so that nothing below it touches the process. */
export interface Shell {
  readonly terminal: Terminal;
  /** Text of its own, as help is: to stdout as it stands. */
  readonly print: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of the user; the default data directory of somebody who is not root lies in it. */
  readonly home: string;
  readonly isRoot: boolean;
  readonly platform: string;
  readonly nowMs: () => number;
  readonly random: (length: number) => Uint8Array;
  /** False: stdin is a file or a pipe. */
  readonly isInputTerminal: boolean;
  /** All of stdin. */
  readonly readInput: () => Promise<string>;
  /** Resolves at the first Ctrl-C or SIGTERM, or when the process that started this one is gone. */
  readonly interrupted: Promise<"SIGINT" | "SIGTERM" | "parent gone">;
  /** Calls `listener` at each SIGHUP: a service's manager asks it to read its files again. */
  readonly onHangUp: (listener: () => void) => void;
  /** How to start this same command again as a child process. */
  readonly self: readonly string[];
}

/** The words a command was given: positional arguments by name, options by their camel-cased name. */
export interface Given {
  readonly [name: string]: string | boolean | readonly string[] | undefined;
}

/** Does the work, prints through the terminal, and answers the exit code. */
export type Action = (given: Given, shell: Shell) => Promise<number>;

/** One option, argument or example of a command, as help and its page print them. */
export interface Described {
  /** `--required <count>`, `<key>`, or a whole command line. */
  readonly text: string;
  readonly about: string;
  readonly defaultValue?: string;
  readonly isMandatory?: boolean;
}

/** One command as data: help, its page and commander are made from it. */
export interface CommandDefinition {
  /** `publisher key issue`. */
  readonly name: string;
  readonly summary: string;
  /** Paragraphs. */
  readonly description: readonly string[];
  readonly operands: readonly Described[];
  readonly options: readonly Described[];
  readonly examples: readonly Described[];
  /** Forms of output beside those that every command has; its action prints them itself. */
  readonly moreFormats?: readonly string[];
  /** Loaded only when the command runs: `--help` must not pay for servers. */
  readonly load: () => Promise<Action>;
}

/** Commands that belong together: one block of `countersign --help`. */
export interface CommandGroup {
  readonly name: string;
  readonly summary: string;
  readonly commands: readonly CommandDefinition[];
}
