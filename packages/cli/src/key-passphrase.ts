import { readFile } from "node:fs/promises";
import { secretInFile, secretSource } from "@countersign/keyring";
import type { Shell } from "./command.ts";
import { refused } from "./refusal-report.ts";

/** What seals the private keys of a publisher, where it is set; a host's configuration reads its own. */
export interface KeyPassphrase {
  readonly passphrase?: string;
}

/** From the environment alone: an option would stand in the list of processes and in the shell's history. */
export async function keyPassphrase(shell: Pick<Shell, "env">): Promise<KeyPassphrase> {
  const passphrase = await secretOf(shell, "COUNTERSIGN_KEY_PASSPHRASE");
  return passphrase === undefined ? {} : { passphrase };
}

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
