import type { Shell } from "./command.ts";

/** What seals the private keys of a publisher or host, where it is set. */
export interface KeyPassphrase {
  readonly passphrase?: string;
}

/** From the environment alone: an option would stand in the list of processes and in the shell's history. */
export function keyPassphrase({ env }: Pick<Shell, "env">): KeyPassphrase {
  const passphrase = env["COUNTERSIGN_KEY_PASSPHRASE"];
  return passphrase === undefined || passphrase === "" ? {} : { passphrase };
}
