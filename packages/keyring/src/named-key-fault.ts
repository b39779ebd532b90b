import { type Refusal, refuse } from "@countersign/domain";
import type { KeyFault } from "./keyring.ts";

/** A keyring's fault by its stable reason, for those who run the service: it may name files and keys. */
export function refusalOfKeyFault({ reason, message }: KeyFault): Refusal {
  const detail = message;
  switch (reason) {
    case "missing":
      return refuse("KEY_FILE_MISSING", { detail });
    case "permissions":
      return refuse("KEY_FILE_EXPOSED", { detail });
    case "passphrase":
      return refuse("KEY_PASSPHRASE_WRONG", { detail });
    case "damaged":
      return refuse("KEY_FILE_DAMAGED", { detail });
    case "exists":
    case "unavailable":
      return refuse("KEYRING_UNUSABLE", { detail });
  }
}
