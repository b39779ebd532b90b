import { HOST_SETTINGS } from "@countersign/domain";
import { nearestWord } from "./nearest-word.ts";
import type { OptionOperand, OptionRow } from "./option-row.ts";
import { OPTIONS } from "./options.ts";

/** What a command line of slmgr asks for. */
export type SlmgrWords =
  | { readonly kind: "help" }
  | {
      readonly kind: "run";
      readonly option: OptionRow;
      /** As written; "" for one that was left out. */
      readonly operands: readonly string[];
      /** `HOST[:PORT]`; "" = this machine. */
      readonly target: string;
      readonly flags: SlmgrFlags;
    }
  | { readonly kind: "usage"; readonly mistake: UsageMistake };

/** What may stand anywhere on the line. */
export interface SlmgrFlags {
  readonly output: string;
  readonly data: string | undefined;
  readonly tokenFile: string | undefined;
  readonly caFile: string | undefined;
  readonly asHost: boolean;
}

/** Expected and found, with hints. */
export interface UsageMistake {
  readonly expected: string;
  readonly found: string;
  readonly hints: readonly string[];
}

/** Flags that take a value, by their spellings. */
const VALUE_FLAGS: Readonly<Record<string, "output" | "data" | "tokenFile" | "caFile">> = {
  "-o": "output",
  "--output": "output",
  "--data": "data",
  "--token-file": "tokenFile",
  "--ca-file": "caFile",
};
const HELP_WORDS = ["/?", "-?", "-h", "--help", "/help"];
const ALL_HELP = "slmgr alone lists every option";

/** Reads `[HOST[:PORT]] /option …`: `/x` and `-x` alike, in any case. */
export function parseSlmgr(words: readonly string[]): SlmgrWords {
  if (words.length === 0 || words.some((word) => HELP_WORDS.includes(word.toLowerCase()))) return { kind: "help" };
  const flags = { output: "table", asHost: false } as Record<string, string | boolean>;
  const rest: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? "";
    const name = VALUE_FLAGS[word.toLowerCase()];
    const value = words[at + 1];
    if (word.toLowerCase() === "--as-host") flags["asHost"] = true;
    else if (name === undefined) rest.push(word);
    else if (value === undefined) return usage(`a value for ${word}`, "none");
    else {
      flags[name] = value;
      at += 1;
    }
  }
  return parseOption(rest, flags as unknown as SlmgrFlags);
}

function parseOption(words: readonly string[], flags: SlmgrFlags): SlmgrWords {
  const first = words.findIndex(isOptionWord);
  if (first < 0) return usage("an option of slmgr, such as /dlv", words.join(" ") || "none");
  const [before, [word = "", ...operands]] = [words.slice(0, first), words.slice(first)];
  const misplaced = misplacedTarget(before);
  if (misplaced !== undefined) return misplaced;
  const option = OPTIONS.find(({ name }) => name === asName(word));
  if (option === undefined) {
    const names = OPTIONS.map(({ name }) => name);
    const near = nearestWord(asName(word), names);
    return usage("an option of slmgr", word, near === undefined ? [] : [`did you mean ${near}?`]);
  }
  const shape = [option.name, ...option.operands.map(({ text }) => text)].join(" ");
  const needed = option.operands.filter(({ text }) => text.startsWith("<")).length;
  if (operands.length < needed) return usage(shape, [word, ...operands].join(" "));
  if (operands.length > option.operands.length) {
    const surplus = operands.slice(option.operands.length);
    return usage(shape, `${surplus[0]} behind it`, surplus.some(isOptionWord) ? ["give one option at a time"] : []);
  }
  for (const [i, operand] of option.operands.entries()) {
    const expected = wrongOperand(option, operand, operands[i] ?? "");
    if (expected !== undefined) return usage(`${option.name} with ${expected}`, operands[i] ?? "none");
  }
  const filled = option.operands.map((_, i) => operands[i] ?? "");
  return { kind: "run", option, operands: filled, target: before[0] ?? "", flags };
}

/** What an operand should have been; undefined: it is. Keys and hosts are read by whoever takes them. */
function wrongOperand({ deed }: OptionRow, { kind }: OptionOperand, found: string): string | undefined {
  if (found === "") return undefined;
  if (deed.kind === "set host") {
    const { read, expected } = HOST_SETTINGS[deed.setting];
    return read(found) === undefined ? expected : undefined;
  }
  if (kind === "uuid or All" && found.toLowerCase() === "all") return undefined;
  const isUuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(found);
  return kind.startsWith("uuid") && !isUuid ? "an id as /dlv shows it, a UUID" : undefined;
}

/** kms-behaviour.md §4.1: up to three words, of which we take one. */
function misplacedTarget(before: readonly string[]): SlmgrWords | undefined {
  if (before.length <= 1) return undefined;
  const found = before.length === 2 ? `${before[0]} and a user` : `${before.length} words`;
  const hints = ["name the machine alone and give its token with --token-file FILE or on stdin"];
  return usage("at most a machine's name before the option: a token stands for user and password", found, hints);
}

function isOptionWord(word: string): boolean {
  return /^[/-][A-Za-z]/.test(word);
}

function asName(word: string): string {
  return `/${word.slice(1).toLowerCase()}`;
}

function usage(expected: string, found: string, hints: readonly string[] = []): SlmgrWords {
  return { kind: "usage", mistake: { expected, found, hints: [...hints, ALL_HELP] } };
}
