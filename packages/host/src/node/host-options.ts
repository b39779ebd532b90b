import { HOST_SETTINGS, type HostSettingLayer, type HostSettings, RefusalError, refuse } from "@countersign/domain";
import type { HostStore } from "@countersign/storage";
import type { HostClocks } from "../core/host-parts.ts";
import type { HostLimits } from "../core/limits.ts";
import type { DnsSection } from "./dns/dns-section.ts";
import type { AlertsSection } from "./watch/alerts-section.ts";
import type { WatchTimes } from "./watch/watch-host.ts";

/** What option, environment and file say of a host, beside its settings. */
export interface HostConfiguration {
  readonly passphrase?: string | undefined;
  /** Private keys are in this process; secrets stay files. */
  readonly signer?: SignerProcessOptions | undefined;
  readonly limits?: Partial<HostLimits>;
  /** Of the administration over tcp. */
  readonly tls?: TlsFiles | undefined;
  /** Names this host may be called by there, beside its own. */
  readonly adminHostNames?: readonly string[];
  /** Where it publishes itself; undefined = nowhere. */
  readonly dns?: DnsSection;
  /** Who is told of findings besides the event log; undefined = nobody. */
  readonly alerts?: AlertsSection | undefined;
  /** Environment and file. */
  readonly settingLayers?: readonly HostSettingLayer[];
}

/** How a signer process is started (docs/protocol/external-signer.md). */
export interface SignerProcessOptions {
  /** An absolute path. */
  readonly command: string;
  readonly arguments: readonly string[];
  /** All of its environment. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

/** Paths of PEM files. */
export interface TlsFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
}

/** Where and how a host process runs. Settings given here are flags: they pin. Port 0 lets the system choose. */
export interface HostOptions extends HostConfiguration {
  readonly dataDirectory: string;
  readonly port?: number | undefined;
  readonly adminPort?: number | undefined;
  readonly listenAddress?: string | undefined;
  readonly adminListenAddress?: string | undefined;
  readonly logLevel?: string | undefined;
  /** False: only the Unix socket opens, for a command that finds no running host. */
  readonly serves?: boolean;
  /** Most pages of 4 KiB the store may have: a disk of a size of its own. */
  readonly maxStorePages?: number;
  /** For tests that do not wait for the hour. */
  readonly watch?: Partial<WatchTimes>;
  /** For tests of the clock guard. */
  readonly clock?: Partial<HostClocks>;
  /** For tests that watch the store at work or break it. */
  readonly wrapStore?: (store: HostStore) => HostStore;
}

/** Every layer but the store's own. */
export function settingLayersOf(options: HostOptions): readonly HostSettingLayer[] {
  const { port: listeningPort, adminPort, listenAddress, adminListenAddress, logLevel } = options;
  if (logLevel !== undefined && HOST_SETTINGS.logLevel.read(logLevel) === undefined)
    throw new RefusalError(refuse("USAGE_INVALID", { expected: HOST_SETTINGS.logLevel.expected, found: logLevel }));
  const given = Object.entries({ listeningPort, adminPort, listenAddress, adminListenAddress, logLevel });
  const values = Object.fromEntries(given.filter(([, value]) => value !== undefined)) as Partial<HostSettings>;
  return [{ source: "flag", place: "", values }, ...(options.settingLayers ?? [])];
}
