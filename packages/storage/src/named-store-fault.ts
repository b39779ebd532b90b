import { type Refusal, refuse } from "@countersign/domain";
import type { StoreFault } from "./store-fault.ts";

/** A store's fault by its stable reason, for those who run the service: it names the file and what the driver said. */
export function refusalOfStoreFault({ reason, message }: StoreFault): Refusal {
  switch (reason) {
    case "locked":
      return refuse("STORE_LOCKED", { detail: message });
    case "newer":
      return refuse("STORE_NEWER", { detail: message });
    case "behind":
      return refuse("STORE_BEHIND", { detail: message });
    case "corrupt":
      return refuse("STORE_CORRUPT", { detail: message });
    case "full":
    case "read-only":
    case "failed":
      return refuse("STORE_UNAVAILABLE", { detail: `${reason}: ${message}` });
  }
}
