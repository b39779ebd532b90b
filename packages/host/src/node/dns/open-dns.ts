import { createHmac } from "node:crypto";
import { getServers } from "node:dns";
import { hostname } from "node:os";
import { type HostSettings, RefusalError, readDomain, refuse } from "@countersign/domain";
import type { TsigHmac, TsigKey } from "@countersign/protocol";
import type { DnsConfiguration } from "../../core/dns/dns-publishing.ts";
import type { DnsParts } from "../../core/dns/dns-updater.ts";
import type { HostParts } from "../../core/host-parts.ts";
import { readSecretFile } from "../secret.ts";
import type { DnsSection, DnsSectionDomain, DnsSectionKey } from "./dns-section.ts";
import { dnsServerOf } from "./dns-server-text.ts";
import { EXCHANGE_MS, exchangeOverTcp } from "./tcp-exchange.ts";
import { secretBytes } from "./tsig-secret.ts";
import { createDnsUpdater } from "./update-zone.ts";

/** HMAC of node:crypto. */
export const tsigHmac: TsigHmac = (algorithm, key, bytes) =>
  new Uint8Array(createHmac(algorithm.slice("hmac-".length), key).update(bytes).digest());

/** Publishing as the section says; nothing of it without a section, as for a host that a test or a command opens. */
export function openDns(
  section: DnsSection | undefined,
  { listenAddress }: Pick<HostSettings, "listenAddress">,
  { random, clock }: Pick<HostParts, "random" | "clock">,
): { readonly dns?: DnsParts } {
  if (section === undefined) return {};
  const update = createDnsUpdater({
    ...{ random, wallMs: clock.wallMs, exchange: exchangeOverTcp(EXCHANGE_MS), hmac: tsigHmac, serverOf: dnsServerOf },
    resolvers: () => {
      const texts = section.servers.length > 0 ? section.servers : getServers();
      return texts.flatMap((text) => dnsServerOf(text) ?? []);
    },
  });
  return { dns: { update, configuration: configurationOf(section, listenAddress) } };
}

function configurationOf(section: DnsSection, listenAddress: string): DnsConfiguration {
  const { subName, unpublishOnStop, domains } = section;
  const hostName = section.hostName ?? fullNameOf(hostname());
  return {
    ...{ hostName, subName, unpublishOnStop },
    domains: (domains ?? homeDomains(hostName, listenAddress)).map((domain) => ({
      ...{ name: domain.name, priority: domain.priority, weight: domain.weight, ttlS: domain.ttl },
      server: domain.server ?? "",
      key: domain.key === undefined ? undefined : keyOf(domain.key),
    })),
  };
}

/** The host's own domain, as KMS does (kms-behaviour.md §3.2); not for a host that only its own machine reaches. */
function homeDomains(hostName: string, listenAddress: string): readonly DnsSectionDomain[] {
  const name = hostName.slice(hostName.indexOf(".") + 1);
  if (!hostName.includes(".") || /^(127\.|::1$|localhost$)/.test(listenAddress)) return [];
  return [{ name, priority: 0, weight: 0, ttl: 3_600, server: undefined, key: undefined }];
}

/** "" for a name without a domain, and for one that only one machine or one wire knows (RFC 6761, RFC 6762). */
function fullNameOf(name: string): string {
  const full = readDomain(name) ?? "";
  return full.includes(".") && !/\.(local|localdomain|localhost)$/.test(full) ? full : "";
}

function keyOf({ name, algorithm, secret, secretFile }: DnsSectionKey): TsigKey {
  const text = secret ?? readSecretFile(secretFile ?? "");
  const bytes = secretBytes(text);
  if (bytes !== undefined) return { name, algorithm, secret: bytes };
  const expected = `${secretFile} to hold a secret of at least 16 bytes in base64`;
  throw new RefusalError(refuse("CONFIGURATION_INVALID", { expected, found: "something else" }));
}
