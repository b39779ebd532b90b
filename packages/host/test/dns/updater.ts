import { randomBytes } from "node:crypto";
import type { TsigKey } from "@countersign/protocol";
import type { TsigKey as TextKey } from "@countersign/testkit/node";
import type { DnsDomain, DomainUpdate, PublishedRecord } from "../../src/core/dns/dns-publishing.ts";
import { dnsServerOf } from "../../src/node/dns/dns-server-text.ts";
import { tsigHmac } from "../../src/node/dns/open-dns.ts";
import { exchangeOverTcp } from "../../src/node/dns/tcp-exchange.ts";
import { createDnsUpdater, type UpdaterParts } from "../../src/node/dns/update-zone.ts";
import { HOST_KEY } from "./published-host.ts";

/** As the host's configuration has it. */
export function keyOf({ name, algorithm, secretBase64 }: TextKey): TsigKey {
  if (algorithm === "hmac-sha1") throw new Error("not a key this host knows");
  return { name, algorithm, secret: new Uint8Array(Buffer.from(secretBase64, "base64")) };
}

/** The host's generic record in a zone. */
export function recordIn(domain: string, change: Partial<PublishedRecord> = {}): PublishedRecord {
  return {
    ...{ domain, name: `_countersign._tcp.${domain}`, priority: 0, weight: 0, port: 1688 },
    ...{ target: "kms.example.test", ...change },
  };
}

/** Adds that record under the host's key. */
export function addTo(name: string, change: Partial<DnsDomain> = {}, add = [recordIn(name)]): DomainUpdate {
  const domain = { name, priority: 0, weight: 0, ttlS: 3600, server: "", key: keyOf(HOST_KEY), ...change };
  return { domain, add, remove: [] };
}

/** The host's own updater over real sockets; nobody waits five seconds for a test's server. */
export function updaterAt(server: string, change: Partial<UpdaterParts> = {}, withinMs = 10_000) {
  const update = createDnsUpdater({
    exchange: exchangeOverTcp(withinMs),
    random: (length) => new Uint8Array(randomBytes(length)),
    resolvers: () => [dnsServerOf(server) ?? { address: "", port: 0 }],
    ...{ serverOf: dnsServerOf, hmac: tsigHmac, wallMs: Date.now, ...change },
  });
  return (wanted: DomainUpdate) => update(wanted, new AbortController().signal);
}
