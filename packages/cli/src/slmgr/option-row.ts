import type { HostSettingName } from "@countersign/domain";

/** The blocks of `slmgr`'s help, as administrators of KMS know them. */
export const OPTION_GROUPS = ["Global", "Advanced", "KMS client", "KMS host", "Token", "AD"] as const;
/** One of them. */
export type OptionGroup = (typeof OPTION_GROUPS)[number];

/** What stands behind an option. */
export interface OptionOperand {
  /** `<minutes>`, or `[activation id]` where it may be left out. */
  readonly text: string;
  readonly kind: "key" | "uuid" | "uuid or All" | "word" | "host" | "domain";
}

/** A setting of a client, as its settings files spell it. */
export type ClientSettingName = "host" | "lookupDomain" | "hostCaching";

/** What an option does. */
export type Deed =
  | { readonly kind: "show"; readonly view: "dli" | "dlv" | "xpr" }
  | { readonly kind: "install key" | "remove key" | "activate" | "copy" }
  | { readonly kind: "rearm"; readonly scope: "machine" | "application" | "product" }
  /** `value`: what the option itself says; without it, its operand. */
  | { readonly kind: "set host"; readonly setting: HostSettingName; readonly value?: string }
  /** `value` undefined: the operand; null: cleared. */
  | { readonly kind: "set client"; readonly setting: ClientSettingName; readonly value?: boolean | null }
  /** `success` says why: it is one. */
  | { readonly kind: "nothing to do" }
  /** Refused, naming what comes nearest. */
  | { readonly kind: "not applicable"; readonly detail: string; readonly nearest: string }
  | { readonly kind: "later"; readonly what: string; readonly instead: string };

/** One option of slmgr as data: parser, help, page and tests are made from it. */
export interface OptionRow {
  /** In lower case: `/sprt`. */
  readonly name: string;
  readonly group: OptionGroup;
  readonly operands: readonly OptionOperand[];
  /** What it does, for help; begins in upper case, without a stop. */
  readonly about: string;
  /** Whose option it is: the other side says so and changes nothing. */
  readonly side: "host" | "client" | "either" | "none";
  /** It needs root or the group countersign-operators, or from afar a role above viewer. */
  readonly isElevated: boolean;
  readonly deed: Deed;
  /** `{value}` is what was set. "" = the deed says it itself. */
  readonly success: string;
}
