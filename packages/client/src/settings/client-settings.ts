import type { HostTarget } from "../transport.ts";

/** What becomes of the machine's name in a request (`privacy.clientNames`): sent, sent as a keyed hash, or left out. */
export type ClientNames = "on" | "hash" | "off";

/** What an administrator decides about a machine's client (behaviour.md §2, §3). */
export interface ClientSettings {
  /** The fixed host; undefined: the host that answered last, or a discovered one. */
  readonly host: HostTarget | undefined;
  /** The one domain a look-up asks; "" = the machine's own. */
  readonly lookupDomain: string;
  /** `ip`, `ip:port` or `[IPv6]:port` of the DNS servers to ask; empty: the machine's own. */
  readonly dnsServers: readonly string[];
  /** False: the host that answered last is not asked again for that reason. */
  readonly hostCaching: boolean;
  /** Behind port mappings: never follow the port a host names in its statements. */
  readonly keepPort: boolean;
  readonly clientNames: ClientNames;
}

/** The name of a setting, as files and sockets spell it. */
export type SettingName = keyof ClientSettings;

/** Where a setting's value comes from; the first that has one decides. */
export type SettingSource =
  /** An argument of who started the client: a vendor's option, a command line. */
  | "flag"
  /** A file that the site's management placed. */
  | "managed"
  /** What a person set on this machine. */
  | "setting"
  | "default";

/** What decides where nobody did. */
export const DEFAULT_SETTINGS: ClientSettings = {
  host: undefined,
  lookupDomain: "",
  dnsServers: [],
  hostCaching: true,
  keepPort: false,
  clientNames: "on",
};
