import { readFile } from "node:fs/promises";
import { secretInFile, secretSource } from "@countersign/keyring";
import type { Shell } from "./command.ts";
import { refused } from "./refusal-report.ts";

/** The secret of a variable, or of the file that its `_FILE` names. */
export async function secretOf({ env }: Pick<Shell, "env">, name: string): Promise<string | undefined> {
  const source = secretSource(env, name);
  switch (source.kind) {
    case "none":
      return undefined;
    case "value":
      return source.value;
    case "file": {
      const { path } = source;
      const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
        throw refused("FILE_UNREADABLE", { path, detail: error.code ?? error.message });
      });
      return secretInFile(text, path);
    }
  }
}
