import type { Cryptography, Refusal } from "@countersign/domain";
import type { Machine } from "./machine.ts";
import type { AgentParts } from "./methods.ts";
import { type FoundTrust, takeTrustFiles } from "./take-trust.ts";

/** What a look at the files of the machine needs. */
export interface ReloadingParts {
  readonly machine: Machine;
  readonly readTrust: () => Promise<readonly FoundTrust[]>;
  readonly cryptography: Cryptography;
  readonly log: (line: string) => void;
}

/** Looks at the trust files and the settings, and remembers what was wrong with them. */
export function reloading({
  machine,
  readTrust,
  cryptography,
  log,
}: ReloadingParts): Pick<AgentParts, "reload" | "problems"> {
  let problems: readonly Refusal[] = [];
  return {
    reload: async () => {
      const found = await takeTrustFiles(machine, await readTrust(), cryptography);
      await machine.readSettings();
      problems = [...found, ...machine.settings.problems()];
      for (const { message } of problems) log(message);
      return problems;
    },
    problems: () => problems,
  };
}
