import type { LicenceFacts } from "@countersign/domain";
import type { ActivationResult } from "../attempt.ts";
import type { HostResolver } from "../host-resolver.ts";
import type { LicenseReport } from "../license-report.ts";
import type { KeyResult, LicensingClient } from "../licensing-client.ts";
import type { MachineIdentity } from "../machine-identity.ts";
import type { RearmResult } from "../rearm.ts";
import type { Transport } from "../transport.ts";
import type { EventStream, LicenseEvents } from "./event-stream.ts";

/** What a vendor hands over to license one product on this machine (behaviour.md §8). */
export interface OpenLicenseOptions {
  /** The bytes of the publisher's trust file. */
  readonly trust: Uint8Array;
  /** The product's activation id, a UUID. */
  readonly product: string;
  /** Installed only where the product has no key yet. */
  readonly setupKey?: string;
  /**
   * Directory of a trusted store of the program's own, whether or not the machine has an agent. Default: the agent keeps the
   * licence where there is one that knows the publisher; else a store of the machine (as root) or of the user.
   */
  readonly store?: string;
  /** Directory of the agent's sockets; default: the machine's. */
  readonly agent?: string;
  /**
   * Fixed host: `name`, `name:port`, IPv4, `[IPv6]:port`. Without it the machine's settings say, or the host that answered
   * last is asked, or one found in DNS. An agent has settings of its own: of the options below only `identity` then counts.
   */
  readonly host?: string;
  /** The one domain to look up hosts in; default: the machine's own. */
  readonly domain?: string;
  /** `ip` or `ip:port` of the DNS servers to ask; default: the machine's own. */
  readonly dnsServers?: readonly string[];
  readonly keepPort?: boolean;
  /** Whether the machine's name goes to the site's host; default true. */
  readonly sendClientName?: boolean;
  readonly ephemeral?: boolean;
  /** False: no timers; the application calls `activate` itself. Default true. */
  readonly schedule?: boolean;
  /** For demonstrations and tests only, as `fixedIdentity`; default: the machine as it is. */
  readonly identity?: MachineIdentity;
  /** Replaced by tests; default: HTTP. */
  readonly transport?: Transport;
  /** Replaced by tests; default: DNS. */
  readonly resolver?: HostResolver;
}

/** An open licence. Nothing in it throws or rejects for a licensing state, and it never blocks the application. */
export interface License {
  readonly status: LicenseReport;
  /** What `slmgr /dlv` prints of it, for a program that prints the same; undefined when the agent that knows is away. */
  facts(): Promise<LicenceFacts | undefined>;
  /** Asks a host now. */
  activate(): Promise<ActivationResult>;
  readonly events: LicenseEvents;
  rearm(): Promise<RearmResult>;
  /** Prepares an image: run it last before capturing. */
  generalize(): Promise<RearmResult>;
  /** Installs the key a person typed; applications leave it alone afterwards. */
  installKey(text: string): Promise<KeyResult>;
  removeKey(): Promise<KeyResult>;
  /** Stops the schedule, saves and frees the store. Idempotent. */
  close(): Promise<void>;
}

/** The application's view of a client. `stop` ends its schedule. */
export function licenseOver(
  client: LicensingClient,
  { events, stop }: { readonly events: EventStream; readonly stop: () => void },
): License {
  let closing: Promise<void> | undefined;
  return {
    get status() {
      return client.status();
    },
    facts: async () => client.facts(),
    activate: () => client.activate({ interactive: true }),
    events,
    rearm: () => client.rearm(),
    generalize: () => client.generalize(),
    installKey: (text) => client.installKey(text, true),
    removeKey: async () => {
      await client.removeKey();
      return { ok: true };
    },
    close: () => {
      stop();
      closing ??= client.close().finally(() => events.end());
      return closing;
    },
  };
}
