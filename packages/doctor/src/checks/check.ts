import type { Facts, Source } from "../facts/facts.ts";

/** The categories of a report, in the order it is read (behaviour.md §7). */
export const CATEGORIES = {
  ENV: "environment",
  CFG: "configuration",
  STO: "store",
  CLK: "clock",
  DNS: "DNS",
  NET: "network",
  HST: "host licence",
  CNT: "counting",
  CLI: "clients",
  TRU: "trust",
  PUB: "publisher",
  IDN: "client identity",
  KEY: "client key",
  DSC: "discovery",
  RCH: "reachability",
  LIC: "client licence",
  RNW: "renewal",
  PRE: "before a host",
} as const;

/** The three letters in a check's id. */
export type Category = keyof typeof CATEGORIES;

/** Stable, never reused: `CS-DNS-003`. */
export type CheckId = `CS-${Category}-${string}`;

/** How much a finding weighs. `fatal`: nothing works before it is mended. */
export type Gravity = "fatal" | "error" | "warning" | "notice";

/** What a finding says, with the places its evidence fills: `{host}`. */
export interface FindingRow {
  readonly gravity: Gravity;
  /** What is wrong, as a clause: `nothing listens at {target}`. */
  readonly cause: string;
  /** What follows from it for the people who use the machines. */
  readonly effect: string;
  /** The command that mends it, ready to be typed; "" = no command can, `advice` says what to do. */
  readonly remedy: string;
  /** What to do in words, for what a command cannot do or must be done before it. */
  readonly advice: string;
}

/** One thing that a check found. */
export interface Found<FindingId extends string = string> {
  readonly finding: FindingId;
  /** What it is about: a host, a domain, a product, a CMID. Two findings of one id differ in it. */
  readonly subject: string;
  /** Other things it touches, so that inference sees what belongs together: hosts, domains, machines, by any name of theirs. */
  readonly concerns?: readonly string[];
  /** Where it weighs otherwise here than its row says. */
  readonly gravity?: Gravity;
  /** For the places of the row. */
  readonly params: Readonly<Record<string, string | number>>;
  /** What was seen, a line each, with where it was seen. */
  readonly evidence: readonly string[];
}

/** What a check says of the facts. */
export type Judgement<FindingId extends string = string> =
  /** It does not apply here: why. */
  | { readonly kind: "moot"; readonly why: string }
  | { readonly kind: "judged"; readonly found: readonly Found<FindingId>[] };

/** A check is data and one pure judgement. It declares every finding that it can emit. */
export interface Check<FindingId extends string = string> {
  readonly id: CheckId;
  /** The sentence of the good state: `each domain that is asked has SRV records`. */
  readonly good: string;
  /** What it means, in a sentence or two, for its page. */
  readonly about: string;
  /** Commands that show it to one's own eyes. */
  readonly byHand: readonly string[];
  /** Skipped, and said so, where one of these found something fatal or an error, or was skipped itself. */
  readonly needs: readonly CheckId[];
  /** Where a look at one of these failed and nothing was found, the check ends in "could not look". */
  readonly reads: readonly Source[];
  readonly findings: Readonly<Record<FindingId, FindingRow>>;
  readonly judge: (facts: Facts) => Judgement<FindingId>;
}

/** A check whose findings are known by name when compiling. */
export function check<const FindingId extends string>(row: Check<FindingId>): Check<FindingId> {
  return row;
}

/** The check does not apply to these facts. */
export function moot(why: string): Judgement<never> {
  return { kind: "moot", why };
}

/** What was found, possibly nothing: the good state. */
export function judged<FindingId extends string>(found: readonly Found<FindingId>[]): Judgement<FindingId> {
  return { kind: "judged", found };
}
