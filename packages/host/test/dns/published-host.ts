import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BindServer, TsigKey } from "@countersign/testkit/node";
import { type HostOptions, type RunningHost, startHost } from "../../src/main.ts";
import type { DnsSection, DnsSectionDomain } from "../../src/node/dns/dns-section.ts";
import { adminOf, type PreparedSite, prepareSite } from "../site.ts";

/** The key of the host under test, as both sides have it. */
export const HOST_KEY: TsigKey = {
  name: "host-key.",
  algorithm: "hmac-sha256",
  secretBase64: Buffer.from("the secret of the host under test").toString("base64"),
};

/** A domain of the section `dns`, with the host's key. */
export function domainOf(name: string, change: Partial<DnsSectionDomain> = {}): DnsSectionDomain {
  const { name: keyName, algorithm, secretBase64: secret } = HOST_KEY;
  if (algorithm === "hmac-sha1") throw new Error("not a key this host knows");
  const key = { name: keyName, algorithm, secret, secretFile: undefined };
  return { name, priority: 0, weight: 0, ttl: 3600, server: undefined, key, ...change };
}

/** A section that asks that server. */
export function sectionOf(server: string, change: Partial<DnsSection> = {}): DnsSection {
  return {
    ...{ hostName: "kms.example.test", servers: [server], subName: true, unpublishOnStop: false },
    ...{ domains: [domainOf("example.test")], ...change },
  };
}

/** Rights for the host's key over its two names alone, as docs/how-to tells. */
export function policyFor(domain: string): readonly string[] {
  return [
    `grant ${HOST_KEY.name} name _countersign._tcp.${domain}. SRV`,
    `grant ${HOST_KEY.name} subdomain _sub._countersign._tcp.${domain}. SRV`,
  ];
}

/** Activated hosts with one publisher, each a copy of a store that was prepared once. */
export async function openPublishingSite() {
  const directory = await mkdtemp(join(tmpdir(), "countersign-dns-"));
  const site: PreparedSite = await prepareSite(directory);
  const running: RunningHost[] = [];
  let made = 0;
  return {
    site,
    async directory(): Promise<string> {
      const path = join(directory, `copy-${++made}`);
      await cp(site.hostDirectory, path, { recursive: true, filter: (name) => !name.endsWith(".sock") });
      return path;
    },
    async start(dataDirectory: string, dns: DnsSection, more: Partial<HostOptions> = {}) {
      const host = await startHost({
        ...{ dataDirectory, port: 0, adminPort: 0, listenAddress: "127.0.0.1", logLevel: "silent", dns },
        ...more,
      });
      running.push(host);
      return { ...host, admin: adminOf(host.adminSocket) };
    },
    async close(): Promise<void> {
      await Promise.all(running.map((host) => host.stop().catch(() => undefined)));
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The events of DNS so far: `12294 example.test`, `12293 example.test 0x80072339`. */
export async function dnsEvents(admin: ReturnType<typeof adminOf>): Promise<readonly string[]> {
  const { events } = await admin.listEvents({ eventIds: [12293, 12294, 30023], limit: 1000 });
  return events.map(({ eventId, dataJson }) => {
    const { domain, resultCode = 0 } = JSON.parse(dataJson);
    return `${eventId} ${domain}${resultCode === 0 ? "" : ` 0x${resultCode.toString(16)}`}`;
  });
}

/** The SRV records of a zone in a transfer. */
export async function servicesIn(bind: BindServer, zone: string): Promise<readonly string[]> {
  return (await bind.transfer(zone)).filter((line) => line.includes(" IN SRV "));
}
