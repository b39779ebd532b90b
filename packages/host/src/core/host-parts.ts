import type { Cryptography, HostSettingLayer, HostSettings, RandomBytes } from "@countersign/domain";
import type { Keyring } from "@countersign/keyring";
import type { Scrypt } from "@countersign/protocol";
import type { SignedDocument } from "@countersign/protocol/gen/documents";
import type { ActivateHostResponse, GetTrustResponse } from "@countersign/protocol/gen/publisher";
import type { HostStore } from "@countersign/storage";
import type { DnsParts } from "./dns/dns-updater.ts";
import type { Surroundings } from "./facts/surroundings.ts";
import type { SettingsChange } from "./host-settings.ts";
import type { HostLimits } from "./limits.ts";

/** What a host asks its publisher over the wire. Rejects with a RefusalError. */
export interface PublisherClient {
  activateHost(request: SignedDocument): Promise<ActivateHostResponse>;
  getTrust(): Promise<GetTrustResponse>;
}

/** The clocks of this process. */
export interface HostClocks {
  wallMs(): number;
  monotonicMs(): number;
}

/** Where a host writes what an operator reads; keys never beyond their last five symbols. */
export interface HostLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** Everything a host is built from. */
export interface HostParts {
  readonly store: HostStore;
  readonly keyring: Keyring;
  readonly cryptography: Cryptography;
  readonly scrypt: Scrypt;
  readonly clock: HostClocks;
  readonly random: RandomBytes;
  readonly computerName: string;
  readonly limits: HostLimits;
  readonly softwareVersion: string;
  readonly listeningPort: () => number;
  readonly log: HostLog;
  readonly publisherClient: (url: string) => PublisherClient;
  /** Resolves when requests that are already readable have been queued. */
  readonly defer: () => Promise<void>;
  /** Shown in the status. */
  readonly dataDirectory: string;
  /** What option, environment and file say of the settings; the store's own layer is added. */
  readonly settingLayers?: readonly HostSettingLayer[];
  /** Where it publishes itself; undefined = nowhere. */
  readonly dns?: DnsParts;
  /** What the machine around it is like; asked each time the doctor's facts are gathered. */
  readonly surroundings?: () => Promise<Surroundings>;
  /** Opens what settings need outside the core. Rejects when it cannot be: then they are not changed. */
  readonly putInForce?: (next: HostSettings) => Promise<SettingsChange>;
}
