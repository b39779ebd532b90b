import { readFileSync } from "node:fs";
import { RefusalError, refuse } from "@countersign/domain";
import { secretInFile, secretSource } from "@countersign/keyring";

/** The environment of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The secret a variable or its `_FILE` holds. */
export function secretFrom(env: Environment, name: string): string | undefined {
  const source = secretSource(env, name);
  if (source.kind === "none") return undefined;
  return source.kind === "value" ? source.value : readSecretFile(source.path);
}

/** The secret in a file. */
export function readSecretFile(path: string): string {
  return secretInFile(readText(path), path);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const detail = (error as NodeJS.ErrnoException).code ?? "";
    throw new RefusalError(refuse("FILE_UNREADABLE", { path, detail }), { cause: error });
  }
}
