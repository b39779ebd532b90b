import { RefusalError, refuse } from "@countersign/domain";

/** Refuses an empty name (USAGE_INVALID) and one that is taken (EXISTS_ALREADY): people find things by their names. */
export function checkNewName(what: string, name: string, known: readonly { readonly name: string }[]): void {
  if (name.trim() === "")
    throw new RefusalError(refuse("USAGE_INVALID", { expected: `a name for the ${what}`, found: "an empty one" }));
  if (known.some((other) => other.name === name)) throw new RefusalError(refuse("EXISTS_ALREADY", { what, name }));
}
