import type { LicenceFacts } from "@countersign/domain";
import type { ClientSettingName } from "./option-row.ts";

/** What `/rearm`, `/rearm-app` and `/rearm-sku` are about. */
export type RearmWish =
  | { readonly scope: "machine" }
  | { readonly scope: "application"; readonly applicationId: string }
  | { readonly scope: "product"; readonly activationId: string };

/** What came of asking a host. */
export interface Asked {
  /** The host that gave a verified statement; count and required count of it. */
  readonly host: string;
  readonly count: number;
  readonly requiredCount: number;
}

/** The products of this machine, kept by its agent or in a directory of their own. Rejects with RefusalErrors. */
export interface ClientSide {
  licences(): Promise<readonly LicenceFacts[]>;
  activate(activationId: string): Promise<Asked>;
  /** Answers the product it is of. */
  installKey(text: string): Promise<{ readonly name: string; readonly partialKey: string }>;
  removeKey(activationId: string): Promise<void>;
  rearm(wish: RearmWish): Promise<void>;
  /** `value` undefined takes it back; `activationId` "" = for every publisher. Answers what is in force then. */
  change(name: ClientSettingName, value: string | boolean | undefined, activationId: string): Promise<string>;
  close(): Promise<void>;
}
