import { readDomain } from "@countersign/domain";
import { readDnsServers } from "../dns-servers.ts";
import { formatHostTarget, parseHostAddress } from "../host-address.ts";
import type { HostTarget } from "../transport.ts";
import { type ClientSettings, DEFAULT_SETTINGS, type SettingName } from "./client-settings.ts";

/** A value that may stand for a setting, or what was expected of it. */
export type ReadSetting =
  | { readonly ok: true; readonly value: ClientSettings[SettingName] }
  | { readonly ok: false; readonly expected: string; readonly found: string };

type Reading = { readonly value: ClientSettings[SettingName] } | undefined;

interface SettingRow {
  readonly expected: string;
  /** `before`: the host in force, whose name `:port` keeps. Undefined: not a value of this setting. */
  readonly read: (json: unknown, before: HostTarget | undefined) => Reading;
}

/** THE table of settings: what a value must look like, in files and on sockets alike. */
const ROWS: Readonly<Record<SettingName, SettingRow>> = {
  host: {
    expected: "host to be name, name:port, IPv4, [IPv6]:port, :port beside a host that is set, or empty for none",
    read: (json, before) => readHost(json, before),
  },
  lookupDomain: {
    expected: "lookupDomain to be a domain name of at most 220 characters, a-z 0-9 - _ in labels, or empty for none",
    read: (json) => {
      const domain = json === "" ? "" : typeof json === "string" ? readDomain(json) : undefined;
      return domain === undefined ? undefined : { value: domain };
    },
  },
  dnsServers: {
    expected:
      "dnsServers to be at most 4 of ip, ip:port or [IPv6]:port with commas between, or empty for the machine's own",
    read: (json) => {
      const servers = readDnsServers(json);
      return servers && { value: servers };
    },
  },
  hostCaching: { expected: "hostCaching to be true or false", read: readBoolean },
  keepPort: { expected: "keepPort to be true or false", read: readBoolean },
  clientNames: {
    expected: "clientNames to be on, hash or off",
    read: (json) => (json === "on" || json === "hash" || json === "off" ? { value: json } : undefined),
  },
};

/** Every setting, in the order it is shown. */
export const SETTING_NAMES = Object.keys(DEFAULT_SETTINGS) as readonly SettingName[];

/** Reads one value as JSON has it. */
export function readSetting(name: string, json: unknown, before: HostTarget | undefined): ReadSetting {
  if (!isSettingName(name)) return { ok: false, expected: `one of ${SETTING_NAMES.join(", ")}`, found: `"${name}"` };
  const { expected, read } = ROWS[name];
  const reading = read(json, before);
  const found = JSON.stringify(json)?.slice(0, 80) ?? "nothing";
  return reading === undefined ? { ok: false, expected, found } : { ok: true, value: reading.value };
}

/** A value as JSON has it. */
export function writeSetting(name: SettingName, values: Partial<ClientSettings>): string | boolean {
  if (name === "host") return values.host === undefined ? "" : formatHostTarget(values.host);
  if (name === "dnsServers") return values.dnsServers?.join(", ") ?? "";
  return values[name] ?? "";
}

/** True for a name of the table. */
export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(ROWS, name);
}

function readHost(json: unknown, before: HostTarget | undefined): Reading {
  if (json === "") return { value: undefined };
  if (typeof json !== "string") return undefined;
  const parsed = parseHostAddress(json, before);
  return parsed.ok ? { value: { host: parsed.host, port: parsed.port } } : undefined;
}

function readBoolean(json: unknown): Reading {
  return typeof json === "boolean" ? { value: json } : undefined;
}
