import { printableText } from "./printable-text.ts";
import { DOCUMENT_REFUSALS } from "./refusals/document-refusals.ts";
import { LICENCE_REFUSALS } from "./refusals/licence-refusals.ts";
import { LOCAL_REFUSALS } from "./refusals/local-refusals.ts";
import { NETWORK_REFUSALS } from "./refusals/network-refusals.ts";
import { PUBLISHER_REFUSALS } from "./refusals/publisher-refusals.ts";
import type { RefusalRow } from "./refusals/refusal-row.ts";
import { SERVING_REFUSALS } from "./refusals/serving-refusals.ts";

const ROWS = {
  ...SERVING_REFUSALS,
  ...PUBLISHER_REFUSALS,
  ...LICENCE_REFUSALS,
  ...DOCUMENT_REFUSALS,
  ...NETWORK_REFUSALS,
  ...LOCAL_REFUSALS,
} as const;

/** The stable name of everything that can be refused or fail: part of the contract, never renamed. */
export type RefusalReason = keyof typeof ROWS;

/** One row of THE table, complete. */
export interface RefusalEntry extends RefusalRow {
  readonly reason: RefusalReason;
  /** From `docs/`: `reference/refusals/count-too-low.md`. */
  readonly page: string;
}

/** THE table (behaviour.md §6, protocol.md §5.5): CLI, events, RPC, console, doctor and docs read it. */
export const REFUSALS: Readonly<Record<RefusalReason, RefusalEntry>> = tableOf(ROWS);

/** A refusal as a value: the shape of the error detail on the wire. */
export interface Refusal {
  readonly reason: RefusalReason;
  readonly message: string;
  /** 0 = none. */
  readonly retryAfterS: number;
  readonly params: Readonly<Record<string, string>>;
}

/** Values for the sentence and remedy of a refusal, by name; more than they mention is welcome. */
export type RefusalParams = Readonly<Record<string, string | number>>;

/** Required for a reason known when compiling whose sentence cannot do without some parameter; optional otherwise. */
export type RefusalArguments<Reason extends RefusalReason> =
  IsUnion<Reason> extends true
    ? [params?: RefusalParams, retryAfterS?: number]
    : [NeededBy<Reason>] extends [never]
      ? [params?: RefusalParams, retryAfterS?: number]
      : [params: RefusalParams & Readonly<Record<NeededBy<Reason>, string | number>>, retryAfterS?: number];
type NeededBy<Reason extends RefusalReason> = NamesIn<WithoutOptional<(typeof ROWS)[Reason]["sentence"]>>;
type WithoutOptional<Text extends string> = Text extends `${infer Before}[${string}]${infer After}`
  ? WithoutOptional<`${Before}${After}`>
  : Text;
type NamesIn<Text extends string> = Text extends `${string}{${infer Name}}${infer After}`
  ? Name | NamesIn<After>
  : never;
type IsUnion<T, Whole = T> = T extends unknown ? ([Whole] extends [T] ? false : true) : never;

/** The refusal of that reason with its sentence filled in. Values are stripped of control characters. */
export function refuse<const Reason extends RefusalReason>(
  reason: Reason,
  ...[params = {}, retryAfterS = 0]: RefusalArguments<Reason>
): Refusal & { readonly reason: Reason } {
  const entries = Object.entries(params).map(([name, value]) => [name, printableText(String(value))]);
  const printable: Readonly<Record<string, string>> = Object.fromEntries(
    retryAfterS > 0 ? [...entries, ["retryAfterS", String(Math.ceil(retryAfterS))]] : entries,
  );
  const message = fillSentence(REFUSALS[reason].sentence, printable);
  return { reason, message, retryAfterS: Math.ceil(retryAfterS), params: printable };
}

/** The hint line that belongs to a refusal. */
export function remedyOf(refusal: Pick<Refusal, "reason" | "params">): string {
  return fillSentence(REFUSALS[refusal.reason].remedy, refusal.params);
}

/** Narrows a text that came over the wire; undefined for a reason of a newer version. */
export function refusalReasonOf(text: string): RefusalReason | undefined {
  return Object.hasOwn(REFUSALS, text) ? (text as RefusalReason) : undefined;
}

/** `0xC004F038`. */
export function hresultText(code: number): string {
  return `0x${(code >>> 0).toString(16).toUpperCase().padStart(8, "0")}`;
}

/** `{name}` becomes its value; a part in `[…]` goes when one of its values is missing. A needed one missing reads `?`. */
export function fillSentence(sentence: string, params: Readonly<Record<string, string>>): string {
  const kept = sentence.replace(/\[([^\]]*)\]/g, (_, part: string) =>
    namesIn(part).every((name) => (params[name] ?? "") !== "") ? part : "",
  );
  return kept.replace(/\{(\w+)\}/g, (_, name: string) => params[name] ?? "?");
}

/** A refusal that ends a command or a start: the shell turns it into an error line, hints and an exit code. */
export class RefusalError extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, options?: { readonly cause?: unknown }) {
    super(refusal.message, options);
    this.name = "RefusalError";
    this.refusal = refusal;
  }
}

function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? "");
}

function tableOf(rows: Readonly<Record<RefusalReason, RefusalRow>>): Readonly<Record<RefusalReason, RefusalEntry>> {
  const entries = Object.entries(rows).map(([reason, row]) => [reason, { ...row, reason, page: pageOf(reason) }]);
  return Object.fromEntries(entries);
}

function pageOf(reason: string): string {
  return `reference/refusals/${reason.toLowerCase().replaceAll("_", "-")}.md`;
}
