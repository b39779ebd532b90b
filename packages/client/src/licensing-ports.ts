import type { Cryptography, Fraction } from "@countersign/domain";
import type { EventSink } from "./client-event.ts";
import type { ClientClock } from "./clock.ts";
import type { HostResolver } from "./host-resolver.ts";
import type { MachineIdentity } from "./machine-identity.ts";
import type { EffectiveSettings } from "./settings/effective-settings.ts";
import type { HostTarget, Transport } from "./transport.ts";
import type { TrustedStore } from "./trusted-store.ts";

/** Everything outside that the client core touches. It has no timer of its own: who runs it calls `tick`. */
export interface LicensingPorts {
  readonly store: TrustedStore;
  readonly machine: MachineIdentity;
  readonly transport: Transport;
  readonly resolver: HostResolver;
  readonly clock: ClientClock;
  readonly cryptography: Cryptography;
  /** Spreads machines that act together; need not be unforeseeable. */
  readonly fraction: () => Fraction;
  readonly events: EventSink;
}

/** What opening the store of one publisher takes. */
export interface PublisherOptions {
  /** Bytes of a trust file: the root of everything that is believed. */
  readonly trust: Uint8Array;
  /** The machine's lease lasts a day at most and it is not counted. */
  readonly ephemeral: boolean;
  /** `ts/1.2.3`, at most 32 characters. */
  readonly sdk: string;
  /** Read again before each look and each attempt; undefined: unreadable now, what was in force stays. */
  readonly readSettings: () => Promise<EffectiveSettings | undefined>;
}

/** What a vendor or an administrator decided, for a program that licenses one product. */
export interface LicensingSettings {
  /** Bytes of a trust file: the root of everything that is believed. */
  readonly trust: Uint8Array;
  /** 16 bytes: the activation id of the product. */
  readonly activationId: Uint8Array;
  /** Installed only where the product has no key. */
  readonly setupKey: string | undefined;
  /** A fixed host; undefined: the host that answered last, or one found in DNS. */
  readonly host: HostTarget | undefined;
  /** The one domain to look up hosts in; absent: the machine's own. */
  readonly lookupDomain?: string;
  /** `ip` or `ip:port` of the DNS servers to ask; absent: the machine's own. */
  readonly dnsServers?: readonly string[];
  /** Behind port mappings: never follow the port a host names in its statements. */
  readonly keepPort: boolean;
  /** False: the machine's name is not sent (`privacy.clientNames`). */
  readonly sendClientName: boolean;
  /** Its lease lasts a day at most and it is not counted. */
  readonly ephemeral: boolean;
  /** `ts/1.2.3`, at most 32 characters. */
  readonly sdk: string;
}
