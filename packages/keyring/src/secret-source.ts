import { RefusalError, refuse } from "@countersign/domain";

/** Where a secret is to be found. */
export type SecretSource =
  | { readonly kind: "none" }
  | { readonly kind: "value"; readonly value: string }
  | { readonly kind: "file"; readonly path: string };

/**
 * A secret named `COUNTERSIGN_…`: in the variable itself, or in the file that `…_FILE` names. Throws a RefusalError for
 * both together: one of them would be passed over.
 */
export function secretSource(env: Readonly<Record<string, string | undefined>>, name: string): SecretSource {
  const [value = "", path = ""] = [env[name], env[`${name}_FILE`]];
  if (value !== "" && path !== "") {
    const expected = `${name} or ${name}_FILE`;
    throw new RefusalError(refuse("CONFIGURATION_INVALID", { expected, found: "both of them" }));
  }
  if (path !== "") return { kind: "file", path };
  return value === "" ? { kind: "none" } : { kind: "value", value };
}

/** The secret in the text of its file: the last line end is no part of it, and nothing is no secret. */
export function secretInFile(text: string, path: string): string {
  const secret = text.replace(/\r?\n$/, "");
  if (secret !== "") return secret;
  throw new RefusalError(refuse("CONFIGURATION_INVALID", { expected: "a secret", found: "an empty file", file: path }));
}
