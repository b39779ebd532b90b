import { fromUuid, RefusalError, readDomain, refuse, SOFTWARE_VERSION } from "@countersign/domain";
import { readDnsServers } from "../dns-servers.ts";
import { parseHostAddress } from "../host-address.ts";
import type { ClientSettings } from "../settings/client-settings.ts";
import type { SettingLayers } from "../settings/effective-settings.ts";
import type { OpenLicenseOptions } from "./license.ts";

/** The options read once, at the door. */
export interface ReadOptions {
  readonly activationId: Uint8Array;
  /** `ts/1.2.3`. */
  readonly sdk: string;
  readonly ephemeral: boolean;
  /** What the program decided; the machine's settings decide the rest. */
  readonly flags: NonNullable<SettingLayers["flags"]>;
}

/** Throws a RefusalError that names what is wrong. */
export function readOptions(options: OpenLicenseOptions): ReadOptions {
  const activationId = fromUuid(options.product);
  if (activationId === undefined) throw wrong("the activation id of a product, a UUID", `"${options.product}"`);
  const { keepPort, sendClientName } = options;
  const host = hostOf(options.host);
  const values: Partial<ClientSettings> = {
    ...(host !== undefined && { host }),
    ...(options.domain !== undefined && { lookupDomain: domainOf(options.domain) }),
    ...(options.dnsServers !== undefined && { dnsServers: serversOf(options.dnsServers) }),
    ...(keepPort !== undefined && { keepPort }),
    ...(sendClientName !== undefined && { clientNames: sendClientName ? "on" : "off" }),
  };
  const flags = { values, place: "an option of the program" };
  return { activationId, sdk: `ts/${SOFTWARE_VERSION}`, ephemeral: options.ephemeral ?? false, flags };
}

function hostOf(text: string | undefined) {
  if (text === undefined) return undefined;
  const parsed = parseHostAddress(text);
  if (!parsed.ok)
    throw wrong("a host as name, name:port, IPv4 or [IPv6]:port", `"${parsed.found}" (${parsed.problem})`);
  return { host: parsed.host, port: parsed.port };
}

function domainOf(text: string): string {
  const domain = text === "" ? "" : readDomain(text);
  if (domain === undefined) throw wrong("a domain name, a-z 0-9 - _ in labels", `"${text.slice(0, 80)}"`);
  return domain;
}

function serversOf(texts: readonly string[]): readonly string[] {
  const servers = readDnsServers(texts);
  if (servers === undefined)
    throw wrong("at most 4 DNS servers as ip, ip:port or [IPv6]:port", `"${texts.join(", ")}"`);
  return servers;
}

function wrong(expected: string, found: string): RefusalError {
  return new RefusalError(refuse("CONFIGURATION_INVALID", { expected, found }));
}
