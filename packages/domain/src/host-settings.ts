/** What an administrator can set on a host. */
export interface HostSettings {
  /** tcp port of the clients. */
  readonly listeningPort: number;
  readonly listenAddress: string;
  /** Told to machines that are not activated; undefined = each product's policy says it. */
  readonly activationIntervalMinutes: number | undefined;
  /** Told to activated machines; undefined = each product's policy says it. */
  readonly renewalIntervalMinutes: number | undefined;
  readonly dnsPublishing: boolean;
  readonly lowPriority: boolean;
  /** tcp port of health, and of administration once a token exists. */
  readonly adminPort: number;
  /** "" = the address of the clients. */
  readonly adminListenAddress: string;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** What is kept of the names machines give (`privacy.clientNames`). */
  readonly clientNames: (typeof NAME_POLICIES)[number];
  /** How long addresses are kept (`privacy.addresses`). */
  readonly addresses: (typeof ADDRESS_POLICIES)[number];
  /** Older events go, and so do machines that were not heard of for so long. */
  readonly eventDays: number;
  /** More events than these go, the oldest first. */
  readonly eventRows: number;
  /** Where events are sent besides the log; "" = nowhere. */
  readonly forwardEvents: string;
}

/** The name of a setting, as files, sockets and `-o json` spell it. */
export type HostSettingName = keyof HostSettings;

/** How much a service says. */
export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

/** Not at all, as a word only this host can make of it, or as it is. */
export const NAME_POLICIES = ["off", "hash", "on"] as const;

/** Seven days, or as long as the event. */
export const ADDRESS_POLICIES = ["week", "keep"] as const;

/** The least and most minutes of an interval (kms-behaviour.md §1.2). */
export const INTERVAL_MINUTES = { least: 15, most: 43_200 } as const;

/** One setting as data: pages, help, readers and setters are made from it. */
export interface HostSettingRow<Value = HostSettings[HostSettingName]> {
  /** A noun phrase for what a value must be: `a whole number of minutes from 15 to 43200`. */
  readonly expected: string;
  /** undefined: not a value of this setting. Takes what files hold and the texts of options alike. */
  readonly read: (found: unknown) => Reading<Value>;
  readonly fallback: Value;
  /** Printed for the fallback where it is none of the values. */
  readonly fallbackText?: string;
  /** What is different from then on. */
  readonly changes: string;
  /** slmgr options that set it, and undo it where there is one; none = only option, environment and file do. */
  readonly slmgr: readonly string[];
  /** The option of `host serve`. */
  readonly flag: string;
}

/** A value that was read. */
export type Reading<Value> = { readonly value: Value } | undefined;

const FORWARD_TARGET = /^(?:(?:udp|tcp):\/\/(?:\[[0-9a-f:]+\]|[\w.-]+)(?::\d{1,5})?|unix:\/[^\0]{1,200}|journald)?$/i;
const PORT = wholeNumber("a port", 1, 65_535);
const INTERVAL = wholeNumber("a whole number of minutes", INTERVAL_MINUTES.least, INTERVAL_MINUTES.most);

/** THE table of a host's settings (behaviour.md §5). */
export const HOST_SETTINGS: { readonly [Name in HostSettingName]: HostSettingRow<HostSettings[Name]> } = {
  listeningPort: {
    ...PORT,
    fallback: 1688,
    changes: "the port clients ask at: it is opened at once, the old one closed once what it accepted is answered",
    slmgr: ["/sprt"],
    flag: "--port",
  },
  listenAddress: {
    ...address("an address of this machine, 0.0.0.0 or ::"),
    fallback: "0.0.0.0",
    changes: "the address the ports are opened on",
    slmgr: [],
    flag: "--listen",
  },
  activationIntervalMinutes: {
    ...INTERVAL,
    fallback: undefined,
    fallbackText: "each product's policy",
    changes: "how soon a machine that is not activated asks again, in every statement from then on",
    slmgr: ["/sai"],
    flag: "",
  },
  renewalIntervalMinutes: {
    ...INTERVAL,
    fallback: undefined,
    fallbackText: "each product's policy",
    changes: "how often an activated machine renews, in every statement from then on",
    slmgr: ["/sri"],
    flag: "",
  },
  dnsPublishing: {
    ...yesNo(),
    fallback: true,
    changes: "whether the host publishes itself in DNS: at its start, every day, and when its name or port changes",
    slmgr: ["/sdns", "/cdns"],
    flag: "",
  },
  lowPriority: {
    ...yesNo(),
    fallback: false,
    changes: "the scheduling priority of the host's process, where the system permits it",
    slmgr: ["/cpri", "/spri"],
    flag: "",
  },
  adminPort: {
    ...PORT,
    fallback: 1689,
    changes: "the port of /healthz and /readyz, and of administration with a token",
    slmgr: [],
    flag: "--admin-port",
  },
  adminListenAddress: {
    ...address("an address of this machine, 0.0.0.0 or ::, or nothing for that of the clients"),
    fallback: "",
    fallbackText: "as listenAddress",
    changes: "the address that port is opened on",
    slmgr: [],
    flag: "--admin-listen",
  },
  logLevel: {
    ...oneOf(LOG_LEVELS),
    fallback: "info",
    changes: "how much the host says on stderr",
    slmgr: [],
    flag: "--log-level",
  },
  clientNames: {
    ...oneOf(NAME_POLICIES),
    fallback: "on",
    changes:
      "what is kept of the names of machines from then on: nothing, a word only this host can make of it, or the name",
    slmgr: [],
    flag: "",
  },
  addresses: {
    ...oneOf(ADDRESS_POLICIES),
    fallback: "week",
    changes: "whether the addresses of machines and in events go after 7 days or stay as long as the event",
    slmgr: [],
    flag: "",
  },
  eventDays: {
    ...wholeNumber("a whole number of days", 1, 36_500),
    fallback: 400,
    changes: "how old an event may be, and how long a machine that fell silent stays known",
    slmgr: [],
    flag: "",
  },
  eventRows: {
    ...wholeNumber("a whole number", 1_000, 999_999_999),
    fallback: 10_000_000,
    changes: "how many events are kept; the oldest go first",
    slmgr: [],
    flag: "",
  },
  forwardEvents: {
    expected: "udp://HOST[:PORT], tcp://HOST[:PORT], unix:/PATH or journald, or nothing",
    read: (found) => (typeof found === "string" && FORWARD_TARGET.test(found) ? { value: found } : undefined),
    fallback: "",
    fallbackText: "nowhere",
    changes: "where committed events are sent besides the log, as syslog (RFC 5424) or to the journal",
    slmgr: [],
    flag: "",
  },
};

/** Every setting, in the order it is shown. */
export const HOST_SETTING_NAMES = Object.keys(HOST_SETTINGS) as readonly HostSettingName[];

/** True for a name of the table. */
export function isHostSettingName(name: string): name is HostSettingName {
  return Object.hasOwn(HOST_SETTINGS, name);
}

/** True for a setting that may be changed on a running host, and is then kept in its store. */
export function isStoredHostSetting(name: HostSettingName): boolean {
  return HOST_SETTINGS[name].slmgr.length > 0;
}

/** `COUNTERSIGN_LISTENING_PORT`. */
export function environmentNameOf(name: HostSettingName): string {
  return `COUNTERSIGN_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
}

/** A value as people read it and files hold it. */
export function hostSettingText(name: HostSettingName, value: HostSettings[HostSettingName]): string {
  const { fallback, fallbackText } = HOST_SETTINGS[name];
  if (fallbackText !== undefined && value === fallback) return fallbackText;
  return typeof value === "boolean" ? (value ? "on" : "off") : String(value);
}

function wholeNumber(what: string, least: number, most: number) {
  return {
    expected: `${what} from ${least} to ${most}`,
    read: (found: unknown): Reading<number> => {
      if (typeof found !== "number" && !(typeof found === "string" && /^\d{1,9}$/.test(found))) return undefined;
      const value = Number(found);
      return Number.isInteger(value) && value >= least && value <= most ? { value } : undefined;
    },
  };
}

function oneOf<const Word extends string>(words: readonly Word[]) {
  return {
    expected: `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`,
    read: (found: unknown): Reading<Word> => {
      const value = words.find((word) => word === found);
      return value === undefined ? undefined : { value };
    },
  };
}

function yesNo() {
  const words = new Map<unknown, boolean>([
    [true, true],
    ["on", true],
    ["true", true],
    [false, false],
    ["off", false],
    ["false", false],
  ]);
  return {
    expected: "on or off",
    read: (found: unknown): Reading<boolean> => {
      const value = words.get(found);
      return value === undefined ? undefined : { value };
    },
  };
}

/** Whether this machine has it is known when it is listened on. */
function address(expected: string) {
  return {
    expected,
    read: (found: unknown): Reading<string> =>
      typeof found === "string" && /^[0-9A-Za-z.:_%-]{0,255}$/.test(found) ? { value: found } : undefined,
  };
}
